import { describe, expect, it } from 'vitest'
import { keyring, newSecretKey, ticketBox } from './index.ts'

let now = Date.parse('2026-03-04T05:06:07.000Z')
const clock = { now: () => new Date(now) }
const ring = keyring(newSecretKey())
const box = ticketBox(ring.derive('stream-ticket'), clock)
const payload = { conversation: 'c1', subject: 'auth0|ада' }

describe('a ticket', () => {
  it('opens to what was sealed, as often as one likes', () => {
    const ticket = box.seal(payload, 60)
    expect(box.open(ticket)).toEqual(payload)
    expect(box.open(ticket)).toEqual(payload)
  })

  it('fits into a URL as it is and does not show what it holds', () => {
    const ticket = box.seal(payload, 60)
    expect(ticket).toMatch(/^[\w-]+$/)
    expect(Buffer.from(ticket, 'base64url').toString('latin1')).not.toContain('conversation')
  })

  it('is over when its time is over, to the millisecond', () => {
    const ticket = box.seal(payload, 60)
    now += 59_999
    expect(box.open(ticket)).toEqual(payload)
    now += 1
    expect(box.open(ticket)).toBeUndefined()
  })

  it('does not open with any single bit flipped', () => {
    const bytes = Buffer.from(box.seal(payload, 60), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged[bit >> 3]! ^= 1 << (bit & 7)
      expect(box.open(forged.toString('base64url'))).toBeUndefined()
    }
  })

  it('does not open in another spelling', () => {
    const ticket = box.seal(payload, 60)
    for (const other of [
      `${ticket}=`,
      `${ticket}==`,
      ` ${ticket}`,
      `${ticket}\n`,
      ticket.slice(0, -4),
      `${ticket}AAAA`,
    ]) {
      expect(box.open(other)).toBeUndefined()
    }
  })

  it('does not open with the key of another purpose', () => {
    expect(ticketBox(ring.derive('download-link'), clock).open(box.seal(payload, 60))).toBeUndefined()
  })

  it.each(['', 'A', 'null', '{}', 'A'.repeat(1_000_000)])('is not %j', (text) => {
    expect(box.open(text)).toBeUndefined()
  })
})
