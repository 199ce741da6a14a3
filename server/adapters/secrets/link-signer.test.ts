import { describe, expect, it } from 'vitest'
import { keyring, linkSigner, newSecretKey } from './index.ts'

const secret = newSecretKey()
const signer = linkSigner(keyring(secret))
const target = { bucket: 'conversation-files', path: '7f3c/2b1d/conversation.json' }
const now = new Date('2026-03-04T05:06:07.000Z')
const end = new Date(now.getTime() + 3_600_000)
const token = signer.sign(target, end)
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)

/** Every text that differs from another in one bit. */
const flipped = (text: string): string[] => {
  const bytes = Buffer.from(text)
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const other = Buffer.from(bytes)
    other[bit >> 3]! ^= 1 << (bit & 7)
    return other.toString('latin1')
  })
}

describe('the token of a link', () => {
  it('is valid as often as one likes, until its time is over, to the millisecond', () => {
    for (let use = 0; use < 20; use++) expect(signer.isValid(token, target, later(use * 180_000))).toBe(true)
    expect(signer.isValid(token, target, later(3_599_999))).toBe(true)
    expect(signer.isValid(token, target, later(3_600_000))).toBe(false)
  })

  it('is 52 characters that need no quoting anywhere', () => {
    expect(token).toMatch(/^[\w-]{52}$/)
  })

  it('is not valid with any single bit flipped', () => {
    for (const other of flipped(token)) expect(signer.isValid(other, target, now), other).toBe(false)
    // And those of what it means, whatever its spelling.
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged[bit >> 3]! ^= 1 << (bit & 7)
      expect(signer.isValid(forged.toString('base64url'), target, now)).toBe(false)
    }
  })

  it('is not valid for anything else, not even where bucket and path make the same address', () => {
    for (const path of flipped(target.path)) expect(signer.isValid(token, { ...target, path }, now)).toBe(false)
    for (const bucket of flipped(target.bucket)) expect(signer.isValid(token, { ...target, bucket }, now)).toBe(false)
    const shifted = { bucket: 'conversation-files/7f3c', path: '2b1d/conversation.json' }
    expect(signer.isValid(token, shifted, now)).toBe(false)
    expect(signer.isValid(token, { bucket: '', path: '' }, now)).toBe(false)
  })

  it('is not valid when it is cut, longer, empty, or in another spelling', () => {
    for (const other of ['', token.slice(1), token.slice(0, -1), `${token}A`, `${token}=`, `${token} `, ` ${token}`])
      expect(signer.isValid(other, target, now), other).toBe(false)
    const odd = Array.from({ length: 50 }, (_, index) => signer.sign(target, later(index + 1_000)))
    for (const each of odd.filter((text) => /[-_]/.test(text)))
      expect(signer.isValid(each.replaceAll('-', '+').replaceAll('_', '/'), target, now)).toBe(false)
  })

  it('outlives a change of the secret as long as the old one is kept', () => {
    expect(linkSigner(keyring(newSecretKey(), [secret])).isValid(token, target, now)).toBe(true)
    expect(linkSigner(keyring(newSecretKey())).isValid(token, target, now)).toBe(false)
  })
})
