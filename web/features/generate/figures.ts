/** Money, time and large numbers as a person reads them: pure. */

/** US dollars: cents, and for what is less than one, enough figures to tell it from nothing. */
export const dollars = (amount: number, language: string): string =>
  new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: amount > 0 && amount < 1 ? 4 : 2,
  }).format(amount)

export const whole = (value: number, language: string): string => new Intl.NumberFormat(language).format(value)

/** Seconds in the unit that says most with one number: `45 seconds`, `12 minutes`, `1.5 hours`. */
export const duration = (seconds: number, language: string): string => {
  const [value, unit, digits] =
    seconds < 90
      ? ([Math.ceil(seconds), 'second', 0] as const)
      : seconds < 90 * 60
        ? ([seconds / 60, 'minute', 0] as const)
        : ([seconds / 3600, 'hour', 1] as const)
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: digits,
  }).format(value)
}

/** What was typed as a number from `least` to `most`: null when nothing was, undefined when it is none. */
export const typedNumber = (text: string, least: number, most: number): number | null | undefined => {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return null
  const value = Number(trimmed)
  return Number.isFinite(value) && value >= least && value <= most ? value : undefined
}
