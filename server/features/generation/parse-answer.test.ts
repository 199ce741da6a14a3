/** What a model's text is taken for: JSON as it is, JSON that had to be repaired, or nothing. */
import { describe, expect, it } from 'vitest'
import { parseAnswer } from './parse-answer.ts'

const value = {
  conversation_metadata: { client_persona: 'Maya {the planner}' },
  turns: [{ content: 'I said "no" \\ }' }],
}
const json = JSON.stringify(value)
const direct = { kind: 'parsed', value, method: 'direct' }

describe('is taken as it is', () => {
  it.each([
    ['bare', json],
    ['indented', JSON.stringify(value, null, 2)],
    ['in a fence', `\`\`\`json\n${json}\n\`\`\``],
    ['after a sentence', `Here is the conversation:\n\n${json}`],
    ['before a sentence with braces', `${json}\n\nI filled {{persona_name}} in.`],
  ])('%s', (_how, text) => expect(parseAnswer(text)).toEqual(direct))
})

describe('is repaired, and says so', () => {
  it.each([
    ['a trailing comma', '{"a": [1, 2,], "b": "x",}', { a: [1, 2], b: 'x' }],
    ['single quotes', "{'a': 'x'}", { a: 'x' }],
    ['keys without quotes', '{a: "x"}', { a: 'x' }],
    ['a comment', '{"a": "x" /* why */}', { a: 'x' }],
    ['a missing comma', '{"a": "x" "b": "y"}', { a: 'x', b: 'y' }],
    ['a line break within a text', '{"a": "one\ntwo"}', { a: 'one\ntwo' }],
  ])('%s', (_what, text, repaired) =>
    expect(parseAnswer(text)).toEqual({ kind: 'parsed', value: repaired, method: 'jsonrepair' }),
  )
})

describe('is never made whole', () => {
  it('wherever the text is cut, it was cut off', () => {
    for (let length = 1; length < json.length; length++) {
      expect(parseAnswer(json.slice(0, length)), `after ${length} characters`).toEqual({ kind: 'cut-off' })
    }
  })

  it('in a fence that is closed nevertheless', () =>
    expect(parseAnswer(`\`\`\`json\n${json.slice(0, -10)}\n\`\`\``)).toEqual({ kind: 'cut-off' }))
})

describe('is no answer', () => {
  it.each([
    ['nothing', ''],
    ['prose', "I'm sorry, I can't help with that."],
    ['a list', '[1, 2]'],
    ['a page', '<!doctype html><title>Not a model</title>'],
  ])('%s', (_what, text) => expect(parseAnswer(text)).toEqual({ kind: 'garbled' }))
})
