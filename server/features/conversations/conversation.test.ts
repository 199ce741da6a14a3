import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { branchTitle, previewOf, titleFromAnswer, titleFromPrompt } from './conversation.ts'

describe('a preview', () => {
  test('is the message itself when it is short', () => expect(previewOf('Should I bet?')).toBe('Should I bet?'))
  test('has at most 100 characters and never half of one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (content) => {
        const preview = previewOf(content)
        expect(preview.length).toBeLessThanOrEqual(100)
        expect(preview.isWellFormed()).toBe(true)
        expect(content.startsWith(preview)).toBe(true)
      }),
    )
  })
})

describe('a title that a model gave', () => {
  test.each([
    ['"Capital of France"', 'Capital of France'],
    ['“Capital of France”', 'Capital of France'],
    ['Title: Capital of France.', 'Capital of France'],
    ['# Capital of France\n\nIt is Paris.', 'Capital of France'],
    ['**Capital of France**', 'Capital of France'],
    ['\n\n  Capital of France  \n', 'Capital of France'],
    ['Thủ đô nước Pháp', 'Thủ đô nước Pháp'],
  ])('%j becomes %s', (answer, title) => expect(titleFromAnswer(answer)).toBe(title))
  test.each(['', '   ', '""', '\n\n'])('%j is none', (answer) => expect(titleFromAnswer(answer)).toBeUndefined())
  test('has at most 50 characters', () => expect(titleFromAnswer('word '.repeat(40))!.length).toBeLessThanOrEqual(50))
})

describe('without a model the title', () => {
  test('is the beginning of the prompt', () =>
    expect(titleFromPrompt('  What is\nthe capital of France? Please answer in one word.')).toBe(
      'What is the capital of France? Please answer in on',
    ))
  test('is New Conversation for a prompt of nothing', () => expect(titleFromPrompt(' \n ')).toBe('New Conversation'))
})

describe('the title of a branch', () => {
  test('counts', () => expect(branchTitle('Paris', 2)).toBe('Paris - branch 2'))
  test('has a name where the parent has none', () => expect(branchTitle(null, 1)).toBe('New Conversation - branch 1'))
  test('keeps its number when the parent is as long as a title may be', () => {
    const title = branchTitle('x'.repeat(255), 12)
    expect(title.endsWith(' - branch 12')).toBe(true)
    expect(title.length).toBe(255)
  })
})
