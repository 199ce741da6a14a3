/** E-mail addresses, phone numbers, IP addresses, and user names with passwords in URLs. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Trace } from './trace.ts'

const LOCAL_PART = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,63})(?![\p{L}\p{N}])/u

/** Addresses as RFC 5321 limits them: 64 characters before the `@`, 255 behind it. */
export const findEmails = (text: string): Trace[] =>
  placesOf(text, '@').flatMap((at) => {
    const local = LOCAL_PART.exec(text.slice(Math.max(0, at - 64), at))?.[0].replace(/^['.]+/, '')
    const domain = DOMAIN.exec(text.slice(at + 1, at + 256))?.[0]
    // `name@1.2.beta` is a package and its version.
    if (!local || local.endsWith('.') || domain === undefined || /^\d+\.\d/.test(domain)) return []
    const end = at + 1 + domain.length
    return [trace('email', at - local.length, end, text.slice(at - local.length, end).toLowerCase(), 0.98)]
  })

/** The user name and password of `https://user:password@host`. */
export const findLogins = (text: string): Trace[] =>
  placesOf(text, '://').flatMap((at) => {
    const start = at + 3
    const authority = /^[^\s/?#"'<>]{3,300}/.exec(text.slice(start, start + 300))?.[0] ?? ''
    const login = authority.slice(0, authority.lastIndexOf('@'))
    return authority.includes('@') && /^[^:]*:./.test(login)
      ? [trace('url', start, start + login.length, login, 0.99)]
      : []
  })

/** A stretch that could be a phone number: it begins with `+`, `(` or a digit and goes on with digits and what separates them. */
const PHONE = /(?:\+ ?|\()?\d(?:[ \u00a0]?[().\-/–]?[ \u00a0]?\d|\) ?){5,22}/gu
const PHONE_LABEL =
  /(?:tel|phone|call|mobile|cell|fax|handy|móvil|téléphone|whatsapp|zalo|sms|sđt|điện thoại|gọi)\.?\s{0,2}(?:(?:no|nr|number|số|is|là)(?!\p{L}))?\W{0,4}$/iu
const OTHER_LABEL =
  /(?<!\p{L})(?:invoice|inv|order|ref|reference|ticket|bill|receipt|serial|version|ver|build|isbn|issn|id|no|nr|nº|số|rechnung|factura|facture|article|part|sku|case|#)[\s.:#№º_-]{0,3}(?:no|nr|number|num)?[\s.:#№º_-]{0,3}$/iu
const DATE =
  /^(?:(?:19|20)\d\d([-/. ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])([-/. ])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)?\d\d)(?: \d\d?)?$/

/** Valid numbers by the rules of their countries: with a country code, or as one dials them within `country`. */
export const findPhones = (text: string, country: string | undefined): Trace[] => {
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined
  return [...text.matchAll(PHONE)].flatMap((match) => {
    const { index } = match
    const spelled = match[0].replace(/[^\d)]+$/u, '')
    const before = text.slice(Math.max(0, index - 24), index)
    const behind = text.slice(index + spelled.length, index + spelled.length + 2)
    if (/[\p{L}\p{N}_@/=-]$|\d[.,:]$/u.test(before) || /^(?:[\p{L}\p{N}_]|[.,:]\d)/u.test(behind)) return []
    const isLabelled = PHONE_LABEL.test(before)
    const number = phoneOf(spelled, home)
    if (number === undefined || (!isLabelled && isSomethingElse(spelled, before))) return []
    return [trace('phone', index, index + spelled.length, number, confidenceOfPhone(spelled, isLabelled))]
  })
}

const phoneOf = (spelled: string, home: CountryCode | undefined): string | undefined => {
  const digits = spelled.replaceAll(/\D/g, '')
  if (digits.length < 7 || digits.length > 16) return undefined
  // 00 is how most of the world dials what is written as +.
  const asDialled = spelled.startsWith('+') ? `+${digits}` : digits.startsWith('00') ? `+${digits.slice(2)}` : digits
  const parsed = parsePhoneNumberFromString(asDialled, home === undefined ? undefined : { defaultCountry: home })
  return parsed?.isValid() === true ? parsed.number : undefined
}

const isSomethingElse = (spelled: string, before: string): boolean =>
  !spelled.startsWith('+') && (OTHER_LABEL.test(before) || DATE.test(spelled))

const confidenceOfPhone = (spelled: string, isLabelled: boolean): number => {
  if (spelled.startsWith('+') || isLabelled) return 0.95
  // Nothing but digits could be a number of anything.
  return /^0|\D/.test(spelled) ? 0.7 : 0.4
}

/** The country that phone numbers in these texts are from: of the first with a country code, or as their language says. */
export const guessCountry = (texts: readonly string[]): string | undefined => {
  for (const text of texts) {
    for (const [spelled] of text.matchAll(/\+\d(?:[ .()-]{0,2}\d){6,14}/g)) {
      const country = parsePhoneNumberFromString(`+${spelled.replaceAll(/\D/g, '')}`)?.country
      if (country !== undefined) return country
    }
  }
  return texts.some((text) => /[ơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/u.test(text)) ? 'VN' : undefined
}

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3,}/g
const VERSION_LABEL = /(?:\bv|\bversion|\bver\.?|\brelease|\bbuild|\/)\s?$/iu

/** Addresses of the Internet; those that everybody has at home are less sure. */
export const findIpAddresses = (text: string): Trace[] => [
  ...[...text.matchAll(IPV4)].flatMap(({ index, 0: spelled }) => {
    const octets = spelled.split('.').map(Number)
    const before = text.slice(Math.max(0, index - 12), index)
    const after = text.slice(index + spelled.length, index + spelled.length + 2)
    const isAddress = octets.length === 4 && octets.every((octet) => octet <= 255) && !/(?:^|\.)0\d/.test(spelled)
    if (!isAddress || /[\p{L}\p{N}_.-]$/u.test(before) || /^(?:[\p{L}\p{N}_]|[.-]\d)/u.test(after)) return []
    if (isUnspecific(octets) || (VERSION_LABEL.test(before) && !before.endsWith('//'))) return []
    return [trace('ip', index, index + spelled.length, spelled, isPrivate(octets) ? 0.3 : 0.8)]
  }),
  ...[...text.matchAll(/[\da-fA-F:]{6,}/g)].flatMap(({ index, 0: spelled }) => {
    const around = text.slice(Math.max(0, index - 1), index) + text.slice(index + spelled.length).slice(0, 1)
    const isAddress = spelled.length <= 39 && /\d/.test(spelled) && isIPv6(spelled) && !/[\p{L}\p{N}_.]/u.test(around)
    return isAddress ? [trace('ip', index, index + spelled.length, spelled.toLowerCase(), 0.8)] : []
  }),
]

/** Eight groups of up to four hexadecimal digits, of which `::` stands for those that are zero (RFC 4291, 2.2). */
const isIPv6 = (text: string): boolean => {
  const halves = text.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const isWhole = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8
  return isWhole && groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
}

/** Loopback, broadcast and what ends in zeros: networks, and versions. */
const isUnspecific = ([a = 0, , c, d]: readonly number[]): boolean =>
  a === 0 || a === 127 || a === 255 || (c === 0 && d === 0)

const isPrivate = ([a, b = 0]: readonly number[]): boolean =>
  a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31) || (a === 169 && b === 254)

const placesOf = (text: string, sign: string): number[] => {
  const places: number[] = []
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) places.push(at)
  return places
}

const trace = (kind: Trace['kind'], start: number, end: number, value: string, confidence: number): Trace => ({
  kind,
  start,
  end,
  value,
  confidence,
})
