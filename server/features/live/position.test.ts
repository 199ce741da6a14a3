import { describe, expect, it } from 'vitest'
import { formatPosition, isAfter, parsePosition } from './position.ts'

describe('a position', () => {
  it('survives the wire', () => {
    for (const position of [
      { transaction: 0, eventId: 0 },
      { transaction: 741, eventId: 12 },
      { transaction: 999_999_999_999_999, eventId: 999_999_999_999_999 },
    ]) {
      expect(parsePosition(formatPosition(position))).toEqual(position)
    }
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      '7',
      '7.',
      '.7',
      '7.7.7',
      '-7.7',
      '7.7 ',
      '7.7\n',
      '7e1.0',
      '3.end',
      '٣.٣',
      `${'9'.repeat(16)}.1`,
    ]) {
      expect(parsePosition(text)).toBeUndefined()
    }
  })

  it('comes after another by its transaction first, and then by its event', () => {
    const [first, second, third] = [
      { transaction: 9, eventId: 30 },
      { transaction: 10, eventId: 4 },
      { transaction: 10, eventId: 11 },
    ] as const
    expect([isAfter(second, first), isAfter(third, second), isAfter(third, first)]).toEqual([true, true, true])
    expect([isAfter(first, second), isAfter(second, third), isAfter(second, second)]).toEqual([false, false, false])
  })
})
