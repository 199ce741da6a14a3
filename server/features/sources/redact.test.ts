/** What is redacted is gone, the same for the same value, and comes back exactly as it was. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPersonalData } from './personal-data.ts'
import { areStretchesOf, redacted, type Redaction, replacementsOf, restored } from './redact.ts'

const NOBODY = new Map<string, string>()
const email = (turnNumber: number, start: number, end: number, value: string): Redaction => ({
  turnNumber,
  start,
  end,
  kind: 'email',
  value,
})

describe('replacements', () => {
  it('are counted for each kind, and the same for the same value', () =>
    expect(
      replacementsOf(
        [email(1, 0, 1, 'a'), email(1, 2, 3, 'b'), { ...email(1, 4, 5, 'a'), kind: 'phone' }, email(2, 0, 1, 'a')],
        [],
        NOBODY,
      ),
    ).toEqual(['[EMAIL_1]', '[EMAIL_2]', '[PHONE_1]', '[EMAIL_1]']))

  it('of names are the letters that people have, and of others numbers', () => {
    const name = (value: string): Redaction => ({ ...email(1, 0, 1, value), kind: 'name' })
    const letters = new Map([['ada', 'B']])
    expect(replacementsOf([name('ada'), name('bo')], [], letters)).toEqual(['[PERSON_B]', '[NAME_1]'])
    expect(replacementsOf([name('ada')], ['I am [PERSON_B]'], letters)).toEqual(['[NAME_1]'])
  })
})

describe('stretches', () => {
  it.each([
    ['that follow each other', [email(1, 0, 2, ''), email(1, 2, 3, '')], true],
    ['in another order', [email(2, 0, 1, ''), email(1, 0, 1, '')], true],
    ['that overlap', [email(1, 0, 2, ''), email(1, 1, 3, '')], false],
    ['beyond the end', [email(1, 0, 5, '')], false],
    ['of no turn', [email(3, 0, 1, '')], false],
    ['that are empty', [email(1, 1, 1, '')], false],
    ['through a character', [email(2, 1, 2, '')], false],
  ])('%s: %s', (_, stretches, isRight) => expect(areStretchesOf(stretches, ['abcd', 'a😀b'])).toBe(isRight))
})

it('a redacted text comes back exactly as it was, whatever it says, and holds nothing of what was taken out meanwhile', () => {
  const piece = fc.constantFrom('ada@example.org', 'ADA@example.org', '+49 30 901820', '[EMAIL_1]', ' and ', '\n', '😀')
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), (turns) => {
      const texts = turns.map((pieces) => pieces.join(' '))
      const found = texts.flatMap((text, index) =>
        findPersonalData(text, { names: [] }).map((trace) => ({ ...trace, turnNumber: index + 1 })),
      )
      const replacements = replacementsOf(found, texts, NOBODY)
      const { texts: out, kept } = redacted(
        texts,
        found.map((trace, index) => ({ ...trace, replacement: replacements[index]! })),
      )
      expect(out.join('\n')).not.toMatch(/ada@|901820/i)
      const back = out.map((text, index) =>
        [...new Set(replacements)].reduce((sum, replacement) => restored(sum, index + 1, replacement, kept), text),
      )
      expect(back).toEqual(texts)
    }),
  )
})
