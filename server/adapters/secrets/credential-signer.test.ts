import { createHash, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { credentialSigner, keyring, newSecretKey } from './index.ts'

const ring = keyring(newSecretKey())
const signer = credentialSigner(ring)
const userId = randomUUID()

describe.each(['session', 'access_token'] as const)('a credential of kind %s', (kind) => {
  const prefix = kind === 'access_token' ? 'plt_' : ''

  it('says who it was issued to, and gives the hash that was issued with it', () => {
    const { text, hash } = signer.issue(kind, userId)
    expect(signer.read(kind, text)).toEqual({ userId, hash })
  })

  it('is 88 characters that need no quoting anywhere, after its prefix', () => {
    expect(signer.issue(kind, userId).text).toMatch(new RegExp(`^${prefix}[A-Za-z0-9_-]{88}$`))
  })

  it('holds a secret of 17 random bytes, of which the database is given SHA-256 only', () => {
    const { text, hash } = signer.issue(kind, userId)
    const bytes = Buffer.from(text.slice(prefix.length), 'base64url')
    expect(hash).toEqual(createHash('sha256').update(bytes.subarray(17, 34)).digest())
    expect(signer.issue(kind, userId).hash).not.toEqual(hash)
  })

  it('is refused with any single bit flipped', () => {
    const { text } = signer.issue(kind, userId)
    const bytes = Buffer.from(text.slice(prefix.length), 'base64url')
    const accepted = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const forged = Buffer.from(bytes)
      forged[bit >> 3]! ^= 1 << (bit & 7)
      return signer.read(kind, prefix + forged.toString('base64url'))
    }).filter((read) => read !== undefined)
    expect(accepted).toEqual([])
  })

  it('is refused with any single character replaced', () => {
    const { text } = signer.issue(kind, userId)
    const others = 'ABab09-_+/=. \n\u0000é'.split('')
    for (let index = 0; index < text.length; index++) {
      for (const other of others) {
        if (other === text[index]) continue
        expect(signer.read(kind, text.slice(0, index) + other + text.slice(index + 1))).toBeUndefined()
      }
    }
  })

  it.each([
    ['empty', () => ''],
    ['cut short', (text: string) => text.slice(0, -1)],
    ['prolonged', (text: string) => `${text}A`],
    ['padded', (text: string) => `${text}==`],
    ['surrounded by spaces', (text: string) => ` ${text} `],
    ['in the other alphabet of base64', (text: string) => `${text.slice(0, -88)}${'+/'.repeat(44)}`],
    ['doubled', (text: string) => text + text],
    ['without its prefix or with one too many', (text: string) => (prefix ? text.slice(prefix.length) : `plt_${text}`)],
    ['with the prefix in capitals', (text: string) => `PLT_${text.slice(prefix.length)}`],
    ['a megabyte long', () => `${prefix}${'A'.repeat(1_000_000)}`],
  ])('is refused when it is %s', (_, change) => {
    expect(signer.read(kind, change(signer.issue(kind, userId).text))).toBeUndefined()
  })

  it('is refused as the other kind', () => {
    const other = kind === 'session' ? 'access_token' : 'session'
    const bare = signer.issue(kind, userId).text.slice(prefix.length)
    expect(signer.read(other, `${other === 'access_token' ? 'plt_' : ''}${bare}`)).toBeUndefined()
  })

  it('is refused when another secret key signed it', () => {
    const stranger = credentialSigner(keyring(newSecretKey()))
    expect(signer.read(kind, stranger.issue(kind, userId).text)).toBeUndefined()
  })

  it('goes on working after the secret key was changed, until the older one is forgotten', () => {
    const [older, newer] = [newSecretKey(), newSecretKey()]
    const { text, hash } = credentialSigner(keyring(older)).issue(kind, userId)
    expect(credentialSigner(keyring(newer, [older])).read(kind, text)).toEqual({ userId, hash })
    expect(credentialSigner(keyring(newer)).read(kind, text)).toBeUndefined()
  })
})

it('refuses to issue for what is no user id', () => {
  expect(() => signer.issue('session', 'somebody')).toThrow(TypeError)
})
