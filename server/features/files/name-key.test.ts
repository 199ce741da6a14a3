import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameKeyOf } from './name-key.ts'

describe('the key of a name', () => {
  it.each([
    ['Báo cáo Đà Nẵng.PDF', 'bao cao da nang.pdf'],
    // All vowels of Vietnamese with all tones, by the letter that they are typed as without marks.
    ['àáảãạ ằắẳẵặă ầấẩẫậâ', 'aaaaa aaaaaa aaaaaa'],
    ['èéẻẽẹ ềếểễệê ìíỉĩị', 'eeeee eeeeee iiiii'],
    ['òóỏõọ ồốổỗộô ờớởỡợơ', 'ooooo oooooo oooooo'],
    ['ùúủũụ ừứửữựư ỳýỷỹỵ đĐ', 'uuuuu uuuuuu yyyyy dd'],
    ['Ærø Łódź STRASSE Straße', 'æro lodz strasse strasse'],
    ['İstanbul ısı', 'istanbul isi'],
    ['ΟΔΟΣ οδός', 'οδοσ οδοσ'],
    ['Ёлка.txt', 'елка.txt'],
    // What looks the same is the same: a ligature, full-width letters, a letter in two code points.
    ['ﬁle ＡＢＣ e\u0301', 'file abc e'],
    // Marks that are letters stay: Devanagari, Thai, kana with their voice; Hangul stays composed.
    ['हिन्दी ไทย ガ 한국어', 'हिन्दी ไทย ガ 한국어'],
  ])('%s → %s', (name, key) => {
    expect(nameKeyOf(name)).toBe(key.normalize('NFC'))
  })

  it('is the same for the two ways in which Unicode writes an accented letter', () => {
    const name = 'Hợp đồng thuê nhà – Nguyễn Thị Ánh.docx'
    expect(nameKeyOf(name.normalize('NFD'))).toBe(nameKeyOf(name.normalize('NFC')))
  })

  it('is bounded, and is never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const key = nameKeyOf(name)
        expect(key.length).toBeLessThanOrEqual(255)
        expect(key.isWellFormed()).toBe(true)
      }),
    )
    // One code point that NFKD makes eighteen of.
    expect(nameKeyOf('\ufdfa'.repeat(255))).toHaveLength(255)
    expect(nameKeyOf('😀'.repeat(200))).toBe('😀'.repeat(127))
  })

  it('of a part is a part of the key of the whole, for names in Vietnamese', () => {
    const letters =
      'abcdeghiklmnopqrstuvxyàảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ .-_0123456789'
    const word = fc.string({ unit: fc.constantFrom(...Array.from(letters + letters.toUpperCase())), maxLength: 40 })
    fc.assert(
      fc.property(word, word, word, (before, part, after) => {
        expect(nameKeyOf(before + part + after)).toContain(nameKeyOf(part))
      }),
    )
  })
})
