/** Ranges as RFC 9110 (14.1.2) explains them on ten thousand bytes, and everything that is none. */
import { describe, expect, it } from 'vitest'
import { matchesTag, rangeOf } from './byte-range.ts'

describe('a range of 10,000 bytes', () => {
  it.each<[string, number, number]>([
    ['bytes=0-499', 0, 499],
    ['bytes=500-999', 500, 999],
    ['bytes=-500', 9500, 9999],
    ['bytes=9500-', 9500, 9999],
    ['bytes=0-0', 0, 0],
    ['bytes=9999-9999', 9999, 9999],
    ['bytes=-1', 9999, 9999],
    ['bytes=0-', 0, 9999],
    ['bytes=0-99999999999999999999999', 0, 9999],
    ['bytes=-99999999999999999999999', 0, 9999],
    ['bytes=9999-10000', 9999, 9999],
    ['BYTES=1-2', 1, 2],
    ['bytes= 1-2 ', 1, 2],
    ['bytes=,1-2,', 1, 2],
  ])('%s is %i to %i', (header, start, end) => expect(rangeOf(header, 10_000)).toEqual({ start, end }))

  it.each(['bytes=10000-', 'bytes=10000-10001', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s has nothing in it',
    (header) => expect(rangeOf(header, 10_000)).toBe('unsatisfiable'),
  )

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=2-1',
    'bytes=1-2,4-5',
    'bytes=1-2;3-4',
    'bytes=--1',
    'bytes=1.5-2',
    'bytes=+1-2',
    'bytes=0x1-2',
    'items=0-1',
    'bytes 0-1',
    'bytes:0-1',
    `bytes=${'0-1,'.repeat(10_000)}`,
  ])('%s is no range of ours, so the whole is the answer', (header) => expect(rangeOf(header, 10_000)).toBe('whole'))

  it('of nothing has nothing in it', () => {
    expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable')
    expect(rangeOf('bytes=-1', 0)).toBe('unsatisfiable')
  })
})

describe('If-None-Match', () => {
  it.each<[string | undefined, boolean]>([
    ['"abc"', true],
    ['W/"abc"', true],
    ['*', true],
    [' * ', true],
    ['"x", "abc"', true],
    ['"x",W/"abc"', true],
    ['"a,b", "abc"', true],
    ['abc', false],
    ['"ab"', false],
    ['"abcd"', false],
    ['"x"', false],
    ['', false],
    [undefined, false],
    ['"*"', false],
  ])('%s matches "abc": %s', (header, matches) => expect(matchesTag(header, '"abc"')).toBe(matches))
})
