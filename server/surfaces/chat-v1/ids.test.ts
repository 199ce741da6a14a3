import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromCuid, toCuid } from './ids.ts'

describe('the spelling of ids', () => {
  it('is c and the 128-bit value as 25 base-36 digits', () => {
    expect(toCuid('00000000-0000-0000-0000-000000000000')).toBe(`c${'0'.repeat(25)}`)
    expect(toCuid('00000000-0000-0000-0000-000000000024')).toBe(`c${'0'.repeat(23)}10`)
    // 2^128 - 1 = 340282366920938463463374607431768211455
    expect(toCuid('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('cf5lxx1zz5pnorynqglhzmsp33')
  })

  it('is shaped like a cuid2 and can be read back, for every UUID in any case', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), (uuid) => {
        const cuid = toCuid(uuid)
        expect(cuid).toMatch(/^c[0-9a-z]{25}$/)
        expect(fromCuid(cuid)).toBe(uuid)
        expect(fromCuid(uuid)).toBe(uuid)
        expect(fromCuid(uuid.toUpperCase())).toBe(uuid)
      }),
    )
  })

  it('has one UUID for every value below 2^128 and none from there on', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 36n ** 25n - 1n), (value) => {
        const cuid = `c${value.toString(36).padStart(25, '0')}`
        const uuid = fromCuid(cuid)
        if (value >= 2n ** 128n) expect(uuid).toBeUndefined()
        else expect(toCuid(uuid!)).toBe(cuid)
      }),
    )
    expect(fromCuid(`c${(2n ** 128n).toString(36)}`)).toBeUndefined()
    expect(fromCuid(`c${(2n ** 128n - 1n).toString(36)}`)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff')
  })

  it('is nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(fromCuid(text)).toBeUndefined()
        expect(fromCuid(`c${text}`)).toBeUndefined()
      }),
    )
  })
})
