/** When something happened, as a person says it: pure, given the present. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const cache = new Map<string, Intl.RelativeTimeFormat>()
const formatter = (language: string) => {
  const made = cache.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'narrow' })
  cache.set(language, made)
  return made
}

const startOfDay = (time: number) => new Date(time).setHours(0, 0, 0, 0)

/**
 * `iso` as seen from `now` (milliseconds): minutes and hours within the last day, then days for a week, then a date.
 * Times ahead of `now` (clocks differ) read as now.
 */
export const relativeTime = (iso: string, now: number, language: string): string => {
  const then = Date.parse(iso)
  const passed = Math.max(0, now - then)
  if (passed < MINUTE) return formatter(language).format(0, 'second')
  if (passed < HOUR) return formatter(language).format(-Math.floor(passed / MINUTE), 'minute')
  const days = Math.round((startOfDay(now) - startOfDay(then)) / DAY)
  if (days === 0) return formatter(language).format(-Math.floor(passed / HOUR), 'hour')
  if (days < 7) return formatter(language).format(-days, 'day')
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear()
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(then)
}

/** Date and time in full, for tooltips and tables. */
export const exactTime = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(Date.parse(iso))
