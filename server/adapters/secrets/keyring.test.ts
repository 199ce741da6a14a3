import { describe, expect, it } from 'vitest'
import { keyring, newSecretKey } from './index.ts'

const SECRET = 'an-example-secret-of-40-characters-000000'
const OLDER = 'another-example-of-a-secret-before-1111'

describe('a keyring', () => {
  it('derives by HKDF-SHA-256, as openssl does', () => {
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:… -kdfopt salt:parlance/v1 -kdfopt info:provider-key HKDF
    expect(keyring(SECRET).derive('provider-key').toString('hex')).toBe(
      '110be3c92a40b95a3455a6a5bfeea5825e8ad88598d3407b598fc1306b38a939',
    )
  })

  it('gives each purpose a key of its own', () => {
    const ring = keyring(SECRET)
    const purposes = ['provider-key', 'credential:session', 'credential:access_token', 'stream-ticket', '']
    expect(new Set(purposes.map((purpose) => ring.derive(purpose).toString('hex'))).size).toBe(purposes.length)
  })

  it('gives the keys of older secrets after the present one', () => {
    expect(keyring(SECRET, [OLDER]).deriveAll('x')).toEqual([keyring(SECRET).derive('x'), keyring(OLDER).derive('x')])
    expect(keyring(SECRET, [OLDER]).derive('x')).toEqual(keyring(SECRET).derive('x'))
  })

  it.each(['', 'changeme', 'x'.repeat(64), '01230123'.repeat(8), 'a'.repeat(31)])(
    'refuses a secret that can be guessed: %j',
    (secret) => {
      expect(() => keyring(secret)).toThrow(/^SECRET_KEY: /)
      expect(() => keyring(SECRET, [secret])).toThrow(/^SECRET_KEY_PREVIOUS: /)
    },
  )

  it('accepts the secrets that it makes, which are never the same', () => {
    expect(() => keyring(newSecretKey())).not.toThrow()
    expect(newSecretKey()).not.toBe(newSecretKey())
  })
})
