import { describe, expect, it } from 'vitest'
import {
  commonPairs,
  commonTargets,
  type FormatGroup,
  formatOf,
  isOffered,
  largestOf,
  pairPath,
  parsePair,
  searchFormats,
  targetsOf,
} from './formats.ts'

const group = (inputFormats: string[], outputFormats: string[], maxSize = 100_000_000): FormatGroup => ({
  id: inputFormats.join('-'),
  name: '',
  description: '',
  inputFormats,
  outputFormats,
  maxSize,
  features: [],
})

const groups = [
  group(['docx', 'odt'], ['pdf', 'docx', 'odt', 'txt']),
  group(['pdf'], ['txt', 'png'], 50_000_000),
  group(['docx', 'md'], ['html', 'pdf']),
]

describe('the formats that fit', () => {
  it('are those of every group that takes the file, each once and never its own', () => {
    expect(targetsOf(groups, 'docx')).toEqual(['pdf', 'odt', 'txt', 'html'])
    expect(targetsOf(groups, 'pdf')).toEqual(['txt', 'png'])
    expect(targetsOf(groups, 'exe')).toEqual([])
  })

  it('for several files are those that all of them can become', () => {
    expect(commonTargets([targetsOf(groups, 'docx'), targetsOf(groups, 'md')])).toEqual(['pdf', 'html'])
    expect(commonTargets([targetsOf(groups, 'docx'), []])).toEqual([])
    expect(commonTargets([])).toEqual([])
  })

  it.each([
    ['Report.DOCX', 'docx'],
    ['photo.jpeg', 'jpg'],
    ['báo cáo.cuối.tif', 'tiff'],
    ['notes', ''],
    ['.profile', 'profile'],
    ['a/b.c/file', ''],
  ])('are found by the ending of %s: %s', (name, format) => {
    expect(formatOf(name)).toBe(format)
  })

  it('take files up to the largest size of a group that fits, and of any group where none is known to', () => {
    expect(largestOf(groups, 'pdf')).toBe(50_000_000)
    expect(largestOf(groups, 'xyz')).toBe(100_000_000)
    expect(largestOf([], 'pdf')).toBeNull()
  })
})

describe('searching for a format', () => {
  const formats = ['pdf', 'docx', 'doc', 'odt', 'jpg']

  it.each([
    ['', formats],
    ['  ', formats],
    ['.PDF', ['pdf']],
    ['doc', ['doc', 'docx']],
    ['word', ['docx', 'doc']],
    ['jpeg', ['jpg']],
    ['open', ['odt']],
    ['nothing', []],
  ])('“%s” finds %j', (query, found) => {
    expect(searchFormats(formats, query)).toEqual(found)
  })
})

describe('a page for a pair', () => {
  it.each([
    ['docx-to-pdf', { from: 'docx', to: 'pdf' }],
    ['jpeg-to-pdf', { from: 'jpg', to: 'pdf' }],
    ['docx', null],
    ['docx-to-', null],
    ['-to-pdf', null],
    ['DOCX-to-PDF', null],
    ['docx-to-pdf-to-png', null],
    ['<b>-to-pdf', null],
  ])('%s is about %j', (text, pair) => {
    expect(parsePair(text)).toEqual(pair)
  })

  it('is offered where the server can do it', () => {
    expect(isOffered(groups, { from: 'docx', to: 'pdf' })).toBe(true)
    expect(isOffered(groups, { from: 'pdf', to: 'docx' })).toBe(false)
    expect(commonPairs(groups).map(pairPath)).toEqual(['docx-to-pdf', 'pdf-to-txt'])
  })
})
