/** What is said of a file: its size, its length, its date, its name where there is little room. Pure. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** Bytes as a person reads them, in steps of 1000 as file managers count: `980 byte`, `2.5 MB`. */
export const fileSize = (bytes: number, language: string): string => {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value)
}

/** Seconds as a player shows them: `0:07`, `12:03`, `1:02:03`. */
export const playingTime = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60) % 60
  const hours = Math.floor(whole / 3600)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** `YYYY-MM-DD HH:mm` where the reader is (contracts, 1.3). */
export const listedTime = (iso: string): string => {
  const time = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

const graphemes = (text: string) => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

/** A name of at most `most` characters: the middle goes, so that what tells files apart, beginning and type, stays. */
export const shortName = (name: string, most = 20): string => {
  const letters = graphemes(name)
  if (letters.length <= most) return name
  const dot = letters.lastIndexOf('.')
  const kept = dot > 0 && letters.length - dot <= 6 ? letters.length - dot + 3 : 6
  const end = Math.min(kept, most - 2)
  return `${letters.slice(0, most - 1 - end).join('')}…${letters.slice(-end).join('')}`
}

/** What follows the last dot, in lower case; empty where there is none. */
export const extensionOf = (name: string): string => /\.([^.\s/\\]{1,12})$/.exec(name)?.[1]?.toLowerCase() ?? ''
