import { describe, expect, it } from 'vitest'
import { relativeTime } from './relative-time.ts'

/** A quarter past two in the afternoon, wherever this runs. */
const now = new Date(2026, 5, 17, 14, 15).getTime()
const ago = (milliseconds: number) => new Date(now - milliseconds).toISOString()
const at = (...date: [number, number, number, number, number]) => new Date(...date).toISOString()

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('when something happened', () => {
  it.each([
    [ago(0), 'now'],
    [ago(59_000), 'now'],
    [ago(MINUTE), '1m ago'],
    [ago(59 * MINUTE), '59m ago'],
    [ago(3 * HOUR), '3h ago'],
    [at(2026, 5, 16, 23, 50), 'yesterday'],
    [at(2026, 5, 11, 9, 0), '6d ago'],
    [at(2026, 5, 10, 9, 0), 'Jun 10'],
    [at(2025, 11, 31, 9, 0), 'Dec 31, 2025'],
  ])('%s is said as "%s"', (iso, words) => {
    expect(relativeTime(iso, now, 'en')).toBe(words)
  })

  it('is now when another clock is ahead of this one', () => {
    expect(relativeTime(ago(-5 * MINUTE), now, 'en')).toBe('now')
  })

  it('is said in the language of the page', () => {
    expect(relativeTime(at(2026, 5, 16, 9, 0), now, 'vi')).toBe('hôm qua')
  })
})
