import { describe, expect, it } from 'vitest'
import type { Redaction, SourceTurn } from '#contract/training/index.ts'
import {
  allRedacted,
  countPlaces,
  foundMarks,
  piecesOf,
  stretchesOf,
  toggled,
  withoutRedacted,
  withWords,
} from './marks.ts'

const turn = (turn_number: number, content: string): SourceTurn => ({
  turn_number,
  role: 'user',
  name: null,
  content,
  train: false,
})

const turns = [turn(1, 'I am Ann, mail ann@example.org. Can Anna come?'), turn(2, 'Dear ANN, the cat sat.')]

const found: Redaction[] = [
  { turn_number: 1, start: 15, end: 30, kind: 'email', replacement: '[EMAIL_1]', confidence: 0.9 },
  { turn_number: 2, start: 14, end: 17, kind: 'name', replacement: '[NAME_1]', confidence: 0.2 },
]

/** What is redacted, as it is read. */
const redactedWords = (marks: ReturnType<typeof foundMarks>) =>
  stretchesOf(marks).map(({ turn_number, start, end }) => turns[turn_number - 1]!.content.slice(start, end))

describe('what was found', () => {
  it('is redacted where it is likely, and can be decided otherwise', () => {
    const marks = foundMarks(found)
    expect(redactedWords(marks)).toEqual(['ann@example.org'])
    expect(redactedWords(toggled(marks, marks[0]!))).toEqual([])
    expect(redactedWords(toggled(marks, marks[1]!))).toEqual(['ann@example.org', 'cat'])
    expect(redactedWords(allRedacted(marks))).toEqual(['ann@example.org', 'cat'])
  })

  it('cuts a turn into what is plain and what is marked, and loses no letter', () => {
    const pieces = piecesOf(turns[0]!, foundMarks(found))
    expect(pieces.map((piece) => (typeof piece === 'string' ? piece : `<${piece.text}>`))).toEqual([
      'I am Ann, mail ',
      '<ann@example.org>',
      '. Can Anna come?',
    ])
  })
})

describe('a title', () => {
  it('says nothing that is redacted in the turns', () => {
    const marks = withWords(foundMarks(found), turns, 'Ann', 'name')
    expect(withoutRedacted('Ann asks: ann@example.org, Anna, the cat', marks, turns)).toBe(
      '[NAME] asks: [EMAIL_1], Anna, the cat',
    )
  })
})

describe('words that are added', () => {
  it('are redacted wherever they stand as whole words, in capitals too, but not within longer words', () => {
    expect(redactedWords(withWords([], turns, 'Ann', 'name'))).toEqual(['Ann', 'ann', 'ANN'])
    expect(countPlaces(turns, 'Ann')).toBe(3)
  })

  it('are left alone where they are redacted as part of something already', () => {
    const marks = withWords(foundMarks(found), turns, 'ann', 'name')
    expect(redactedWords(marks).toSorted()).toEqual(['ANN', 'Ann', 'ann@example.org'])
  })

  it('become one with what they touch', () => {
    const marks = withWords(foundMarks(found), turns, 'mail ann', 'other')
    expect(redactedWords(marks)).toEqual(['mail ann@example.org'])
  })

  it('take the place of what was found in them and not redacted', () => {
    const marks = withWords(foundMarks(found), turns, 'the cat', 'other')
    expect(redactedWords(marks)).toEqual(['ann@example.org', 'the cat'])
    expect(marks).toHaveLength(2)
  })

  it('may be part of a word when they are no words of their own', () => {
    expect(redactedWords(withWords([], turns, 'omeb', 'other'))).toEqual([])
    expect(redactedWords(withWords([], turns, 'ca', 'other'))).toEqual(['Ca', 'ca'])
  })

  it.each([...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'.split(''), 'sk-proj-a/b', '😀'])('may hold %s', (sign) => {
    const said = [turn(1, `It is a${sign}b here`)]
    expect(stretchesOf(withWords([], said, `a${sign}b`, 'secret'))).toEqual([
      { turn_number: 1, start: 6, end: 8 + sign.length, kind: 'secret' },
    ])
  })

  it('may hold any character, and spaces of any length', () => {
    const odd = [turn(1, 'Call (555)  [x]+?* now')]
    expect(stretchesOf(withWords([], odd, '(555) [x]+?*', 'phone'))).toEqual([
      { turn_number: 1, start: 5, end: 18, kind: 'phone' },
    ])
    expect(withWords([], odd, '   ', 'other')).toEqual([])
  })
})
