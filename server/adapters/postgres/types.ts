/** How values of PostgreSQL are read into JavaScript; knows no tables. */

/**
 * `timestamptz` in its ISO text form → Date. Every connection runs in UTC, so the zone is always `+00`.
 * About five times faster than pg's general parser, which is a tenth of the time of a list of 20 otherwise.
 */
export const readTimestamp = (text: string): Date => {
  // 2026-11-21 09:00:00.123+00
  const seconds = Date.UTC(
    +text.slice(0, 4),
    +text.slice(5, 7) - 1,
    +text.slice(8, 10),
    +text.slice(11, 13),
    +text.slice(14, 16),
    +text.slice(17, 19),
  )
  const fraction = text.charCodeAt(19) === 46 ? +`0${text.slice(19, text.lastIndexOf('+'))}` : 0
  return new Date(seconds + Math.floor(fraction * 1000 + 1e-6))
}
