import { describe, expect, it } from 'vitest'
import { extensionOf, fileSize, listedTime, playingTime, shortName } from './describe-file.ts'

describe('the size of a file', () => {
  it.each([
    [1, '1 byte'],
    [999, '999 byte'],
    [1000, '1 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [2_524_288, '2.5 MB'],
    [104_857_600, '105 MB'],
    [5_000_000_000, '5 GB'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(fileSize(bytes, 'en')).toBe(text)
  })

  it('is written with the comma of the reader’s language', () => {
    expect(fileSize(2_524_288, 'vi')).toBe('2,5 MB')
  })
})

describe('the length of a recording', () => {
  it.each([
    [0, '0:00'],
    [7.4, '0:07'],
    [59.6, '1:00'],
    [723, '12:03'],
    [3723, '1:02:03'],
  ])('%d seconds read %s', (seconds, text) => {
    expect(playingTime(seconds)).toBe(text)
  })
})

it('the date in a list is year, month, day, hour and minute, where the reader is', () => {
  expect(listedTime(new Date(2025, 0, 8, 4, 5, 59).toISOString())).toBe('2025-01-08 04:05')
})

describe('a name where there is little room', () => {
  it('stays as it is when it has 20 characters or fewer', () => {
    expect(shortName('proposal_2025_01.pdf')).toBe('proposal_2025_01.pdf')
  })

  it('loses its middle and keeps beginning and type', () => {
    expect(shortName('screenshot_2025_01_08.png')).toBe('screenshot_2…_08.png')
    expect(shortName('a name without any type at all')).toBe('a name withou…at all')
  })

  it('is cut between characters as people see them, never within one', () => {
    const family = '👨‍👩‍👧'
    const short = shortName(`${family.repeat(30)}.png`)
    expect(short).toBe(`${family.repeat(12)}…${family.repeat(3)}.png`)
  })

  it('has at most 20 characters however long the type is', () => {
    for (const name of ['x'.repeat(300), `${'x'.repeat(50)}.${'y'.repeat(50)}`, `.${'z'.repeat(40)}`]) {
      expect(Array.from(shortName(name))).toHaveLength(20)
    }
  })
})

it.each([
  ['notes.MD', 'md'],
  ['archive.tar.gz', 'gz'],
  ['no type', ''],
  ['.hidden', 'hidden'],
  ['ends with a dot.', ''],
])('the type by name of %s is “%s”', (name, extension) => {
  expect(extensionOf(name)).toBe(extension)
})
