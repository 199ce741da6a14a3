import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import { readJson } from './read-json.ts'

const read = (text: string) => readJson(Buffer.from(text))

test('whatever JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('__proto__'))
      expect(read(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('nothing at all is undefined', () => expect(readJson(Buffer.alloc(0))).toBeUndefined())

describe('refused as malformed', () => {
  test.each([
    ['a key that occurs twice', '{"a": 1, "a": 2}'],
    ['also with the same value', '{"a": 1, "a": 1}'],
    ['also when one is written with an escape', String.raw`{"a": 1, "\u0061": 2}`],
    ['also deep inside', '[{"x": {"a": 1, "b": [], "a": 2}}]'],
    ['a key that would become a prototype', '{"__proto__": {}}'],
    ['the same written with an escape', String.raw`{"__proto\u005f_": {}}`],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['half a million levels', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['a comment', '{} // no'],
    ['a trailing comma', '[1,]'],
    ['two values', '{}{}'],
    ['single quotes', "{'a': 1}"],
    ['NaN', '[NaN]'],
    ['a byte order mark', '\ufeff{}'],
    ['only spaces', '   '],
  ])('%s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'request.malformed' }))
  })
  test('bytes that are not UTF-8', () => {
    expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(AppError)
  })
})

describe('read', () => {
  test('64 levels', () => expect(() => read('['.repeat(64) + ']'.repeat(64))).not.toThrow())
  test('the same key in different objects', () =>
    expect(read('[{"a": 1}, {"a": {"a": 2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]))
  test('brackets, commas and quotes inside strings', () =>
    expect(read(String.raw`{"a": "[{\"a\": 1, \\", "b": ",]}"}`)).toEqual({
      a: String.raw`[{"a": 1, \ `.trimEnd(),
      b: ',]}',
    }))
})

test('a megabyte takes milliseconds', () => {
  const body = Buffer.from(JSON.stringify({ content: 'x\\"'.repeat(300_000) }))
  const before = performance.now()
  readJson(body)
  expect(performance.now() - before).toBeLessThan(200)
})
