/** Numbers that prove themselves by a checksum: payment cards, bank accounts, and some countries' numbers of persons. */
import type { Trace } from './trace.ts'

/** The sum of Luhn's algorithm (ISO/IEC 7812-1, annex B) is a multiple of ten. */
const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** How card numbers of each issuer begin, and how long they are. */
const ISSUERS: readonly { readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, 15, 16, 17, 18, 19] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:220[0-4]|60|81|82|508|9792)/, lengths: [16] },
  { prefix: /^(?:50|5[6-9]|6[37])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
]

const isCard = (digits: string): boolean =>
  ISSUERS.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && passesLuhn(digits)

const MOST_CARD_DIGITS = 19

/** In one piece, or as it is printed: groups of four, the last of any length, or 4-6-5 and 4-6-4. */
export const findCards = (text: string): Trace[] =>
  [...text.matchAll(/\d+(?:[ \u00a0-]\d+)*/g)].flatMap((run) => {
    if (/[\p{L}\p{N}_.,]$/u.test(text.slice(Math.max(0, run.index - 1), run.index))) return []
    const groups = [...run[0].matchAll(/\d+/g)].map((group) => ({ digits: group[0], at: run.index + group.index }))
    const found: Trace[] = []
    for (let first = 0; first < groups.length; first++) {
      const card = cardAt(groups, first)
      if (card === undefined) continue
      const { at, digits } = groups[card.last]!
      const end = at + digits.length
      if (/^[\p{L}_]/u.test(text.slice(end, end + 1))) continue
      found.push({
        kind: 'card',
        start: groups[first]!.at,
        end,
        value: card.digits,
        confidence: card.last > first ? 0.97 : 0.9,
      })
      first = card.last
    }
    return found
  })

const cardAt = (
  groups: readonly { readonly digits: string }[],
  first: number,
): { digits: string; last: number } | undefined => {
  let digits = ''
  const sizes: number[] = []
  for (let last = first; last < groups.length; last++) {
    digits += groups[last]!.digits
    sizes.push(groups[last]!.digits.length)
    if (isPrinted(sizes) && isCard(digits)) return { digits, last }
    if (digits.length > MOST_CARD_DIGITS || !mayGoOn(sizes)) break
  }
  return undefined
}

const isPrinted = (sizes: readonly number[]): boolean =>
  sizes.length === 1 ||
  /^4,6,[45]$/.test(sizes.join()) ||
  (sizes.length > 3 && sizes.slice(0, -1).every((size) => size === 4))

const mayGoOn = (sizes: readonly number[]): boolean =>
  sizes.every((size) => size === 4) || (sizes.length === 2 && sizes[0] === 4 && sizes[1] === 6)

/** How long accounts are in each country of the IBAN registry (ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28
   EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26
   IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28
   NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25
   SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

export const findIbans = (text: string): Trace[] =>
  [...text.matchAll(/(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}/gu)].flatMap(({ index }) => {
    const length = IBAN_LENGTHS.get(text.slice(index, index + 2).toUpperCase())
    if (length === undefined) return []
    const spelled = new RegExp(
      String.raw`^[A-Za-z0-9](?:[ \u00a0-]?[A-Za-z0-9]){${length - 1}}(?![\p{L}\p{N}])`,
      'u',
    ).exec(text.slice(index, index + 2 * length))?.[0]
    const iban = spelled?.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase()
    return spelled !== undefined && iban !== undefined && remainder97(iban.slice(4) + iban.slice(0, 4)) === 1
      ? [{ kind: 'iban' as const, start: index, end: index + spelled.length, value: iban, confidence: 0.99 }]
      : []
  })

/** ISO 7064, MOD 97-10: letters count as 10 to 35. */
const remainder97 = (signs: string): number => {
  let remainder = 0
  for (const sign of signs) {
    const value = Number.parseInt(sign, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder
}

interface NationalId {
  readonly pattern: RegExp
  readonly isValid: (id: string) => boolean
  readonly confidence: number
}

/** Those that prove themselves, by a checksum or by what must stand before them. Letters are capitals, separators are gone. */
const NATIONAL_IDS: readonly NationalId[] = [
  // Spain: DNI and NIE.
  {
    pattern: /(?<![\p{L}\p{N}])(?:\d{8}|[XYZxyz]-?\d{7})-?[A-Za-z](?![\p{L}\p{N}])/gu,
    isValid: (id) =>
      'TRWAGMYFPDXBNJZSQVHLCKE'[Number(id.slice(0, -1).replace(/^[XYZ]/, (c) => String('XYZ'.indexOf(c)))) % 23] ===
      id.at(-1),
    confidence: 0.9,
  },
  // Italy: codice fiscale.
  {
    pattern: /(?<![\p{L}\p{N}])[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z](?![\p{L}\p{N}])/gu,
    isValid: (id) => italianCheck(id) === id.at(-1),
    confidence: 0.97,
  },
  // France: NIR. Corsica's 2A and 2B count as 19 and 18.
  {
    pattern:
      /(?<![\p{L}\p{N}.,-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}(?![\p{L}\p{N}]|[.,-]\d)/gu,
    isValid: (id) =>
      97 - (Number(id.slice(0, 13).replace('2A', '19').replace('2B', '18')) % 97) === Number(id.slice(13)),
    confidence: 0.9,
  },
  // Brazil: CPF.
  {
    pattern: /(?<![\p{L}\p{N}.,-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\p{L}\p{N}]|[.,-]\d)/gu,
    isValid: (id) =>
      new Set(id).size > 1 && brazilianCheck(id.slice(0, 9)) === id[9] && brazilianCheck(id.slice(0, 10)) === id[10],
    confidence: 0.95,
  },
  // United States: social security numbers have no checksum, but numbers that were never given out.
  {
    pattern: /(?<![\p{L}\p{N}.,-])\d{3}-\d{2}-\d{4}(?![\p{L}\p{N}]|[.,-]\d)/gu,
    isValid: (id) => !/^(?:000|666|9)|^...00|0000$/.test(id),
    confidence: 0.7,
  },
  // Viet Nam: twelve digits of which the fourth says century and gender; no checksum, so a label must stand before them.
  {
    pattern:
      /(?<=(?:CCCD|căn cước(?: công dân)?|CMND|số định danh|citizen id)[\s:.#]{1,3}(?:số[\s:]{1,2})?)0\d{2}[0-9]\d{8}(?!\p{N})/giu,
    isValid: () => true,
    confidence: 0.9,
  },
]

export const findNationalIds = (text: string): Trace[] =>
  NATIONAL_IDS.flatMap(({ pattern, isValid, confidence }) =>
    [...text.matchAll(pattern)].flatMap(({ index, 0: spelled }) => {
      const id = spelled.replaceAll(/[ .-]/g, '').toUpperCase()
      return isValid(id)
        ? [{ kind: 'national_id' as const, start: index, end: index + spelled.length, value: id, confidence }]
        : []
    }),
  )

const ITALIAN_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

/** Digits count as the letters A to J; those in odd places by a table (decree of 23 December 1976). */
const italianCheck = (id: string): string => {
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const sign = id[i]!
    const value = /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 65
    sum += i % 2 === 0 ? ITALIAN_ODD[value]! : value
  }
  return String.fromCharCode(65 + (sum % 26))
}

/** Weights run down to 2. */
const brazilianCheck = (digits: string): string => {
  const sum = Array.from(digits, Number).reduce((total, digit, i) => total + digit * (digits.length + 1 - i), 0)
  return String(((sum * 10) % 11) % 10)
}
