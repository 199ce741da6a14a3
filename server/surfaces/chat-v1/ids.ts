/** How this surface spells ids: a UUID as `c` and 25 base-36 digits, reversibly (contracts, decision 2). */

const DIGITS = 25

/** UUID → `c…`, 26 characters. */
export const toCuid = (uuid: string): string =>
  `c${BigInt(`0x${uuid.replaceAll('-', '')}`)
    .toString(36)
    .padStart(DIGITS, '0')}`

/** Either spelling → UUID in lower case; undefined for anything else, and when the digits stand for no 128-bit value. */
export const fromCuid = (id: string): string | undefined => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id.toLowerCase()
  if (!/^c[0-9a-z]{25}$/.test(id)) return undefined
  let value = 0n
  for (const digit of id.slice(1)) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  const hex = value.toString(16).padStart(32, '0')
  return hex.length > 32 ? undefined : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
