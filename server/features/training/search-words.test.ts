import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchedText, searchQuery } from './search-words.ts'

const TRICKY = `ab'"&|!():*<->\\\0 \ud800đẵ我é1_-.@`.split('')

describe('the words that are searched', () => {
  it('are what is left without signs, in small letters', () => {
    expect(searchedText('Mortgage: 30-year, at example.com — ĐÀ NẴNG!')).toBe('mortgage 30 year at example com đà nẵng')
  })

  it('are the same whichever way accents are written', () => {
    expect(searchedText('ẵ'.normalize('NFD'))).toBe(searchedText('ẵ'.normalize('NFC')))
  })
})

describe('what is asked of PostgreSQL', () => {
  it('is all words, the last perhaps a beginning', () => {
    expect(searchQuery('House loa')).toBe("'house' & 'loa':*")
  })

  it('is nothing where there are no words', () => {
    expect(searchQuery(" '&|!():* ")).toBeUndefined()
  })

  it('never holds anything but words between its signs, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...TRICKY) }), (typed) => {
        const query = searchQuery(typed)
        if (query !== undefined) expect(query).toMatch(/^'[\p{L}\p{M}\p{N}]+'(?: & '[\p{L}\p{M}\p{N}]+')*:\*$/u)
      }),
    )
  })
})
