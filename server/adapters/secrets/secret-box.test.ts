import { describe, expect, it } from 'vitest'
import { keyring, newSecretKey, secretBox } from './index.ts'

const SECRET = newSecretKey()
const ring = keyring(SECRET)
const box = secretBox(ring, 'provider-key')
const HERE = ['5f0c7d6a-8f3b-4f6e-9f63-0d0f5c1c7a11', 'openrouter']
const partsOf = (envelope: string) => envelope.split('.') as [string, string, string, string]

describe('a sealed secret', () => {
  it.each(['sk-or-v1-0123456789abcdef', '', 'ключ 🔑', 'x'.repeat(500)])('opens in its own place: %j', (secret) => {
    expect(box.open(box.seal(secret, HERE), HERE)).toBe(secret)
  })

  it('is AES-256-GCM with a nonce of 96 bits and the place as associated data', async () => {
    const { subtle } = globalThis.crypto
    const [version, , nonce, sealed] = partsOf(box.seal('sk-or-v1-abc', HERE))
    const root = await subtle.importKey('raw', Buffer.from(SECRET), 'HKDF', false, ['deriveKey'])
    const derivation = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: Buffer.from('parlance/v1'),
      info: Buffer.from('provider-key'),
    }
    const key = await subtle.deriveKey(derivation, root, { name: 'AES-GCM', length: 256 }, false, ['decrypt'])
    const opened = await subtle.decrypt(
      {
        name: 'AES-GCM',
        iv: Buffer.from(nonce, 'base64url'),
        additionalData: Buffer.from(`["provider-key","${HERE[0]}","openrouter"]`),
      },
      key,
      Buffer.from(sealed, 'base64url'),
    )
    expect(version).toBe('v1')
    expect(Buffer.from(nonce, 'base64url')).toHaveLength(12)
    expect(Buffer.from(opened).toString()).toBe('sk-or-v1-abc')
  })

  it('does not contain the secret, and is different each time', () => {
    const envelopes = Array.from({ length: 10_000 }, () => box.seal('sk-or-v1-abc', HERE))
    expect(envelopes[0]).not.toContain('sk-or')
    expect(new Set(envelopes.map((envelope) => partsOf(envelope)[2])).size).toBe(envelopes.length)
  })

  it.each([
    ['of another person', ['a3f2c8be-6d0a-4a53-8b0e-6a9f2f1d9c22', 'openrouter']],
    ['of another provider', [HERE[0]!, 'anthropic']],
    ['with the parts joined', [`${HERE[0]},openrouter`]],
    ['with one part more', [...HERE, '']],
    ['without parts', []],
  ])('does not open in the place %s', (_, place) => {
    expect(box.open(box.seal('sk-or-v1-abc', HERE), place)).toBeUndefined()
  })

  it('does not open for another purpose', () => {
    expect(secretBox(ring, 'something-else').open(box.seal('sk-or-v1-abc', HERE), HERE)).toBeUndefined()
  })

  it('does not open with any single bit of nonce, text or tag flipped', () => {
    const [version, id, nonce, sealed] = partsOf(box.seal('sk-or-v1-abc', HERE))
    const bytes = [Buffer.from(nonce, 'base64url'), Buffer.from(sealed, 'base64url')] as const
    for (const part of [0, 1] as const) {
      for (let bit = 0; bit < bytes[part].length * 8; bit++) {
        const [left, right] = [Buffer.from(bytes[0]), Buffer.from(bytes[1])]
        const flipped = part === 0 ? left : right
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        const forged = [version, id, left.toString('base64url'), right.toString('base64url')].join('.')
        expect(box.open(forged, HERE)).toBeUndefined()
      }
    }
  })

  it('does not open with a tag cut short', () => {
    const [version, id, nonce, sealed] = partsOf(box.seal('', HERE))
    for (let length = 0; length < 16; length++) {
      const cut = Buffer.from(sealed, 'base64url').subarray(0, length).toString('base64url')
      expect(box.open([version, id, nonce, cut].join('.'), HERE)).toBeUndefined()
    }
  })

  it.each(['', '.', '...', 'v1', 'v2.a.b.c', 'sk-or-v1-plain', `v1.${'.'.repeat(50)}`])('is not %j', (text) => {
    expect(box.open(text, HERE)).toBeUndefined()
  })
})

describe('changing the secret key', () => {
  const [older, newer] = [newSecretKey(), newSecretKey()]
  const before = secretBox(keyring(older), 'provider-key')
  const after = secretBox(keyring(newer, [older]), 'provider-key')

  it('leaves what was sealed before readable, as long as the older key is known', () => {
    const envelope = before.seal('sk-or-v1-abc', HERE)
    expect(after.open(envelope, HERE)).toBe('sk-or-v1-abc')
    expect(secretBox(keyring(newer), 'provider-key').open(envelope, HERE)).toBeUndefined()
  })

  it('seals with the new key, which the prefix tells', () => {
    expect(after.seal('x', HERE).startsWith(after.currentPrefix)).toBe(true)
    expect(before.seal('x', HERE).startsWith(after.currentPrefix)).toBe(false)
    expect(secretBox(keyring(newer), 'provider-key').open(after.seal('x', HERE), HERE)).toBe('x')
  })
})
