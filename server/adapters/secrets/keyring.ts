/** One secret of the operator → one key for each purpose; it does not know what the keys are used for. */
import { hkdfSync, randomBytes } from 'node:crypto'

export interface Keyring {
  /** The key of a purpose, 32 bytes: always the same for the same secret, and telling nothing of any other key. */
  derive(purpose: string): Buffer
  /** The same from the present secret and from each older one, newest first: to open what was made before a rotation. */
  deriveAll(purpose: string): readonly Buffer[]
}

/** Fewer characters than this can't hold 128 bits however they are written. */
const LEAST_LENGTH = 32
/** `aaaa…` and `0123012301…` are long and still no secrets. */
const LEAST_DIFFERENT = 8

/** A new secret for `SECRET_KEY`: 256 random bits, without white space. */
export const newSecretKey = (): string => randomBytes(32).toString('base64url')

/**
 * Derives keys by HKDF-SHA-256 (RFC 5869), the purpose being its `info`.
 *
 * @param secretKey `SECRET_KEY`; at least 32 characters
 * @param previous older values, newest first (`SECRET_KEY_PREVIOUS`): what they sealed can still be opened, and nothing
 *   is sealed with them
 * @throws Error, naming the variable, when a secret is too short or too simple
 */
export const keyring = (secretKey: string, previous: readonly string[] = []): Keyring => {
  refuseWeak('SECRET_KEY', secretKey)
  for (const older of previous) refuseWeak('SECRET_KEY_PREVIOUS', older)
  const secrets = [secretKey, ...previous]
  const deriveFrom = (secret: string, purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, 'parlance/v1', purpose, 32))
  return {
    derive: (purpose) => deriveFrom(secretKey, purpose),
    deriveAll: (purpose) => secrets.map((secret) => deriveFrom(secret, purpose)),
  }
}

const refuseWeak = (variable: string, secret: string): void => {
  if (secret.length >= LEAST_LENGTH && new Set(secret).size >= LEAST_DIFFERENT) return
  throw new Error(
    `${variable}: is too easy to guess; it must be ${LEAST_LENGTH} or more random characters, ` +
      'for example from: openssl rand -base64 32',
  )
}
