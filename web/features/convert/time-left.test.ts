import { expect, it } from 'vitest'
import { secondsLeft, timeLeft } from './time-left.ts'

const MINUTE = 60_000

it.each([
  [24 * 60 * MINUTE, 'en', '24 hours'],
  [24 * 60 * MINUTE - 1, 'en', '23 hours 59 minutes'],
  [61 * MINUTE, 'en', '1 hour 1 minute'],
  [59 * MINUTE + 59_999, 'en', '59 minutes'],
  [23 * 60 * MINUTE + 5 * MINUTE, 'vi', '23 giờ 5 phút'],
  [MINUTE, 'en', '1 minute'],
  [MINUTE - 1, 'en', null],
  [-5, 'en', null],
])('%i ms are in %s: %s', (milliseconds, language, text) => {
  expect(timeLeft(milliseconds, language)).toBe(text)
})

it('seconds are whole, and at least one', () => {
  expect(secondsLeft(11_001, 'en')).toBe('12 seconds')
  expect(secondsLeft(-3, 'en')).toBe('1 second')
})
