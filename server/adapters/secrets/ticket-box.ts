/** Short-lived tickets that carry their own content through somebody else's hands, such as a URL; it keeps no state. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Clock } from '#kernel/clock.ts'

export interface TicketBox {
  /** @returns a string for URLs that hides the payload and can be opened for `ttlSeconds` */
  seal(payload: object, ttlSeconds: number): string
  /** @returns what was sealed; undefined when the ticket was not made by this key, was changed, or is over */
  open(ticket: string): object | undefined
}

const NONCE = 12
const TAG = 16
/** Longer ones are refused unread. */
const MAX_TICKET = 4096

/**
 * AES-256-GCM rather than a signature: URLs end up in logs and histories, and need not tell who asked for what.
 * A ticket can be used again until it is over; whoever wants it once must remember it.
 *
 * @param key 32 bytes, one for each purpose: `ring.derive('stream-ticket')`
 */
export const ticketBox = (key: Buffer, clock: Clock): TicketBox => ({
  seal(payload, ttlSeconds) {
    const content = JSON.stringify({ payload, until: clock.now().getTime() + ttlSeconds * 1000 })
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    return Buffer.concat([nonce, cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    )
  },

  open(ticket) {
    if (ticket.length > MAX_TICKET) return undefined
    const bytes = Buffer.from(ticket, 'base64url')
    if (bytes.length <= NONCE + TAG || bytes.toString('base64url') !== ticket) return undefined
    const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG })
    opening.setAuthTag(bytes.subarray(-TAG))
    try {
      const content = Buffer.concat([opening.update(bytes.subarray(NONCE, -TAG)), opening.final()]).toString('utf8')
      const { payload, until } = JSON.parse(content) as { payload: object; until: number }
      return clock.now().getTime() < until ? payload : undefined
    } catch {
      return undefined
    }
  },
})
