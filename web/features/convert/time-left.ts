/** How long something lasts yet, as a person says it: pure. */

const MINUTE = 60_000

const part = (value: number, unit: 'hour' | 'minute' | 'second', language: string): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value)

/** Milliseconds as hours and minutes, whole and never more than there are: `23 hours 5 minutes`. Under a minute: null. */
export const timeLeft = (milliseconds: number, language: string): string | null => {
  const minutes = Math.floor(milliseconds / MINUTE)
  if (minutes < 1) return null
  const parts = [part(minutes % 60, 'minute', language)]
  if (minutes >= 60) parts.unshift(part(Math.floor(minutes / 60), 'hour', language))
  return minutes % 60 === 0 ? parts[0]! : parts.join(' ')
}

/** Milliseconds as whole seconds, at least one. */
export const secondsLeft = (milliseconds: number, language: string): string =>
  part(Math.max(1, Math.ceil(milliseconds / 1000)), 'second', language)
