/** Tokens of links: an HMAC over what a link leads to and when it ends. It does not know what lies there. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { LinkSigner, LinkTarget } from '#server/features/files/index.ts'
import type { Keyring } from './keyring.ts'

// Version ‖ end in milliseconds ‖ HMAC-SHA-256: 39 bytes, which base64url writes in 52 characters without spare bits, so that
// every token has exactly one spelling.
const VERSION = 1
const END = 6
const MAC = 32
const TEXT_LENGTH = ((1 + END + MAC) / 3) * 4

export const linkSigner = (ring: Keyring): LinkSigner => {
  const keys = ring.deriveAll('signed-link')
  return {
    sign(target, expiresAt) {
      const head = Buffer.alloc(1 + END)
      head.writeUInt8(VERSION)
      head.writeUIntBE(expiresAt.getTime(), 1, END)
      return Buffer.concat([head, macOf(keys[0]!, head, target)]).toString('base64url')
    },
    isValid(token, target, now) {
      if (token.length !== TEXT_LENGTH) return false
      const bytes = Buffer.from(token, 'base64url')
      // Node also reads the other alphabet of base64.
      if (bytes.length !== 1 + END + MAC || bytes.toString('base64url') !== token) return false
      const head = bytes.subarray(0, 1 + END)
      const mac = bytes.subarray(1 + END)
      if (!keys.some((key) => timingSafeEqual(macOf(key, head, target), mac))) return false
      return head[0] === VERSION && now.getTime() < head.readUIntBE(1, END)
    },
  }
}

/** JSON keeps bucket and path apart, whatever they are; `read` is all that a link allows. */
const macOf = (key: Buffer, head: Buffer, { bucket, path }: LinkTarget): Buffer =>
  createHmac('sha256', key)
    .update(head)
    .update(JSON.stringify(['read', bucket, path]))
    .digest()
