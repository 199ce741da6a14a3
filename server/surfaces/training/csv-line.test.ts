import { expect, it } from 'vitest'
import { csvLine } from './csv-line.ts'

it('separates values by commas and ends with CRLF; null is empty', () => {
  expect(csvLine(['a', 1, null, -2.5])).toBe('a,1,,-2.5\r\n')
})

it.each([
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'say "x"', '"say ""x"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['a carriage return', 'a\rb', '"a\rb"'],
  ['nothing', '', ''],
  ['blanks', ' a ', ' a '],
])('keeps %s', (_what, value, written) => {
  expect(csvLine([value])).toBe(`${written}\r\n`)
})

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://x","y")'])(
  'lets no spreadsheet compute %j',
  (value) => {
    expect(csvLine([value]).replaceAll('"', '')).toMatch(/^'/)
  },
)
