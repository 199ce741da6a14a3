/** Secrets that people entrust to us, sealed for the database; it knows nothing of the tables or of who asks. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SecretBox } from '#server/features/accounts/ports.ts'
import type { Keyring } from './keyring.ts'

/** 96 bits (NIST SP 800-38D, 8.2.2): drawn anew each time, safe for 2^32 secrets under one key. */
const NONCE = 12
const TAG = 16

/**
 * Seals with AES-256-GCM. The envelope is `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url. What an envelope is for
 * (purpose and context) is authenticated and not contained, so it opens in its own place only; the key id is contained
 * and not authenticated, so that a rotation never makes a secret unreadable.
 *
 * @param purpose whose keys are used, e.g. `provider-key`
 */
export const secretBox = (ring: Keyring, purpose: string): SecretBox => {
  const ids = ring.deriveAll(`${purpose}:key-id`).map((bytes) => bytes.subarray(0, 6).toString('base64url'))
  const keys = new Map(ring.deriveAll(purpose).map((key, index) => [ids[index]!, key]))
  const currentId = ids[0]!
  const associated = (context: readonly string[]): Buffer => Buffer.from(JSON.stringify([purpose, ...context]))

  return {
    currentPrefix: `v1.${currentId}.`,

    seal(secret, context) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', keys.get(currentId)!, nonce).setAAD(associated(context))
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${currentId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },

    open(envelope, context) {
      const [version, id, nonceText, sealedText, ...rest] = envelope.split('.')
      const key = keys.get(id ?? '')
      if (version !== 'v1' || key === undefined || rest.length > 0) return undefined
      const nonce = Buffer.from(nonceText ?? '', 'base64url')
      const sealed = Buffer.from(sealedText ?? '', 'base64url')
      if (nonce.length !== NONCE || sealed.length < TAG) return undefined
      const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
      opening.setAAD(associated(context)).setAuthTag(sealed.subarray(-TAG))
      try {
        return Buffer.concat([opening.update(sealed.subarray(0, -TAG)), opening.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
