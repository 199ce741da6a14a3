/**
 * Session cookies and access tokens that prove by themselves that we made them, so that a forged one costs no database
 * trip. It does not know whether one was revoked: the door asks that in the same round trip as the query.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credential } from '#kernel/actor.ts'
import type { CredentialSigner } from '#server/features/accounts/ports.ts'
import type { Keyring } from './keyring.ts'

// version ‖ user id ‖ secret ‖ HMAC-SHA-256. 17 bytes of secret and not 16: the whole is then 66 bytes, which base64url
// writes in 88 characters without spare bits, so that every credential has exactly one spelling.
const VERSION = 1
const USER_ID = 16
const SECRET = 17
const MAC = 32
const SIGNED = 1 + USER_ID + SECRET
const TEXT_LENGTH = ((SIGNED + MAC) / 3) * 4

/** What access tokens begin with: secret scanners find them by it, and nobody takes one for a JWT. */
const ACCESS_TOKEN_PREFIX = 'plt_'

const prefixOf = (kind: Credential['kind']): string => (kind === 'access_token' ? ACCESS_TOKEN_PREFIX : '')

/** Each kind has a key of its own: a cookie never works as a token, nor the other way. */
export const credentialSigner = (ring: Keyring): CredentialSigner => {
  const keys = {
    session: ring.deriveAll('credential:session'),
    access_token: ring.deriveAll('credential:access_token'),
  }

  return {
    accessTokenPrefix: ACCESS_TOKEN_PREFIX,

    issue(kind, userId) {
      const secret = randomBytes(SECRET)
      const signed = Buffer.concat([Buffer.of(VERSION), bytesOfUuid(userId), secret])
      const text = Buffer.concat([signed, macOf(keys[kind][0]!, signed)]).toString('base64url')
      return { text: prefixOf(kind) + text, hash: hashOf(secret) }
    },

    read(kind, text) {
      const prefix = prefixOf(kind)
      if (text.length !== prefix.length + TEXT_LENGTH || !text.startsWith(prefix)) return undefined
      const spelling = text.slice(prefix.length)
      const bytes = Buffer.from(spelling, 'base64url')
      // Node also reads the other alphabet of base64.
      if (bytes.length !== SIGNED + MAC || bytes.toString('base64url') !== spelling) return undefined
      const signed = bytes.subarray(0, SIGNED)
      const mac = bytes.subarray(SIGNED)
      if (!keys[kind].some((key) => timingSafeEqual(macOf(key, signed), mac))) return undefined
      if (signed[0] !== VERSION) return undefined
      return { userId: uuidOfBytes(signed.subarray(1, 1 + USER_ID)), hash: hashOf(signed.subarray(1 + USER_ID)) }
    },
  }
}

const macOf = (key: Buffer, signed: Buffer): Buffer => createHmac('sha256', key).update(signed).digest()

const hashOf = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest()

const bytesOfUuid = (uuid: string): Buffer => {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  if (bytes.length !== USER_ID) throw new TypeError('a user id is a UUID')
  return bytes
}

const uuidOfBytes = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
