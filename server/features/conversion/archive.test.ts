/** Names in an archive: no two files land on one another, and none lands elsewhere. */
import { expect, it } from 'vitest'
import { uniqueNames } from './archive.ts'

it.each<[string, string[], string[]]>([
  ['keeps names that are fine', ['a.pdf', 'Báo cáo.docx', '报告.md'], ['a.pdf', 'Báo cáo.docx', '报告.md']],
  ['counts the same name', ['a.pdf', 'a.pdf', 'a.pdf'], ['a.pdf', 'a (2).pdf', 'a (3).pdf']],
  ['takes no name that is there already', ['a.pdf', 'a (2).pdf', 'a.pdf'], ['a.pdf', 'a (2).pdf', 'a (3).pdf']],
  ['counts names that differ by case only, as macOS and Windows see them', ['A.pdf', 'a.PDF'], ['A.pdf', 'a (2).PDF']],
  [
    'counts names that differ by how an accent is written',
    ['\u00E9.md', 'e\u0301.md'],
    ['\u00E9.md', 'e\u0301 (2).md'],
  ],
  ['leads nowhere', ['../../etc/passwd', 'C:\\boot.ini', '/x'], ['.._.._etc_passwd', 'C__boot.ini', '_x']],
  [
    'holds nothing that Windows refuses',
    ['a<b>:"|?*.txt', 'con.txt', 'NUL', 'a. '],
    ['a_b______.txt', '_con.txt', '_NUL', 'a'],
  ],
  ['has no line breaks and no NUL', ['a\r\nb\0.txt'], ['a__b_.txt']],
  ['is never empty', ['', '...', ' '], ['_', '_ (2)', '_ (3)']],
])('%s', (_, names, expected) => {
  expect(uniqueNames(names)).toEqual(expected)
})

it('fits into what file systems take, and keeps its ending', () => {
  const [name = '', next = ''] = uniqueNames([`${'報'.repeat(255)}.pdf`, `${'報'.repeat(255)}.pdf`])
  expect(Buffer.byteLength(next)).toBeLessThanOrEqual(255)
  expect(name).toMatch(/^報+\.pdf$/)
  expect(next).toMatch(/^報+ \(2\)\.pdf$/)
})

it('names thousands of the same in no time', () => {
  const names = uniqueNames(Array.from({ length: 2000 }, () => 'a.pdf'))
  expect(new Set(names).size).toBe(2000)
})
