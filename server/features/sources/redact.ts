/** Takes traces out of the turns of a conversation, and puts them back; pure. */
import type { RedactionKind } from './trace.ts'

/** A stretch of a turn. Turns count from 1; `start` and `end` count UTF-16 code units. */
export interface Stretch {
  readonly turnNumber: number
  readonly start: number
  readonly end: number
  readonly kind: RedactionKind
}

/** With what it says, however it was spelled: what is equal gets the same replacement. */
export interface Redaction extends Stretch {
  readonly value: string
}

/** One replacement in one turn, and what stood there. */
export interface KeptRedaction {
  readonly turnNumber: number
  readonly replacement: string
  readonly kind: RedactionKind
  /** As it was spelled. */
  readonly original: string
}

const TOKEN_NAMES: Readonly<Record<RedactionKind, string>> = {
  email: 'EMAIL',
  phone: 'PHONE',
  card: 'CARD',
  iban: 'IBAN',
  secret: 'SECRET',
  ip: 'IP',
  url: 'LOGIN',
  national_id: 'ID',
  name: 'NAME',
  other: 'REDACTED',
}

/**
 * The replacement of each redaction, in the order given: `[EMAIL_1]`, counted in the conversation, the same for the same value. What
 * stands in the texts already is given to nobody.
 *
 * @param pseudonyms of people, by their ids: `A` makes `[PERSON_A]`
 */
export const replacementsOf = (
  redactions: readonly Redaction[],
  texts: readonly string[],
  pseudonyms: ReadonlyMap<string, string>,
): string[] => {
  const taken = new Set(texts.flatMap((text) => text.match(/\[[A-Z]{2,10}_[A-Z0-9]{1,6}\]/g) ?? []))
  const given = new Map<string, string>()
  const counts = new Map<string, number>()
  const next = (name: string): string => {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const token = `[${name}_${count}]`
    return taken.has(token) ? next(name) : token
  }
  return redactions.map(({ kind, value }) => {
    const key = `${kind} ${value}`
    const pseudonym = kind === 'name' ? pseudonyms.get(value) : undefined
    const own = pseudonym === undefined ? undefined : `[PERSON_${pseudonym}]`
    const replacement = given.get(key) ?? (own === undefined || taken.has(own) ? next(TOKEN_NAMES[kind]) : own)
    given.set(key, replacement)
    return replacement
  })
}

/**
 * The texts with replacements in the place of stretches, and what stood there in the order of the texts.
 *
 * @param stretches in any order; those of one text must not overlap
 */
export const redacted = (
  texts: readonly string[],
  stretches: readonly (Stretch & { readonly replacement: string })[],
): { texts: string[]; kept: KeptRedaction[] } => {
  const kept: KeptRedaction[] = []
  const byTurn = Map.groupBy(stretches, ({ turnNumber }) => turnNumber)
  return {
    kept,
    texts: texts.map((text, index) => {
      const turnNumber = index + 1
      let result = ''
      let from = 0
      for (const { start, end, kind, replacement } of (byTurn.get(turnNumber) ?? []).toSorted(
        (a, b) => a.start - b.start,
      )) {
        result += text.slice(from, start) + replacement
        kept.push({ turnNumber, replacement, kind, original: text.slice(start, end) })
        from = end
      }
      return result + text.slice(from)
    }),
  }
}

/** Whether each lies within its turn, between whole characters, and none touches what another has. */
export const areStretchesOf = (stretches: readonly Stretch[], texts: readonly string[]): boolean => {
  const sorted = stretches.toSorted((a, b) => a.turnNumber - b.turnNumber || a.start - b.start)
  return sorted.every(({ turnNumber, start, end }, index) => {
    const text = texts[turnNumber - 1]
    const before = sorted[index - 1]
    return (
      text !== undefined &&
      start < end &&
      end <= text.length &&
      text.slice(start, end).isWellFormed() &&
      (before === undefined || before.turnNumber < turnNumber || before.end <= start)
    )
  })
}

/** One text of a turn with what a replacement stands for, each time as it was spelled there; what was removed meanwhile stays away. */
export const restored = (
  text: string,
  turnNumber: number,
  replacement: string,
  kept: readonly KeptRedaction[],
): string => {
  const originals = kept.filter((one) => one.turnNumber === turnNumber && one.replacement === replacement)
  let count = 0
  return originals.length === 0
    ? text
    : text.replaceAll(replacement, () => originals[Math.min(count++, originals.length - 1)]!.original)
}
