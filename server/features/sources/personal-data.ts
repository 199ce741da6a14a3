/**
 * Finds what tells of persons in a text: contacts, numbers with checksums, secrets, names. Pure, and in linear time whatever the
 * text: what looks for more than a fixed stretch starts at a sign that is rare, or never reads a character twice.
 */
import type { Trace } from './trace.ts'
import { findEmails, findIpAddresses, findLogins, findPhones } from './find-contacts.ts'
import { findCards, findIbans, findNationalIds } from './find-numbers.ts'
import { type KnownName, findNames } from './find-names.ts'
import { findSecrets } from './find-secrets.ts'

export interface Hints {
  /** Names of people who are known to be in it. */
  readonly names: readonly KnownName[]
  /** Where phone numbers without a country code are from: ISO 3166-1. */
  readonly country?: string | undefined
}

/** What tells of persons, from the beginning to the end; of two that overlap the surer one, or else the longer. */
export const findPersonalData = (text: string, { names, country }: Hints): Trace[] =>
  withoutOverlaps([
    ...findEmails(text),
    ...findLogins(text),
    ...findSecrets(text),
    ...findIbans(text),
    ...findCards(text),
    ...findNationalIds(text),
    ...findPhones(text, country),
    ...findIpAddresses(text),
    ...findNames(text, names),
  ])

const withoutOverlaps = (traces: readonly Trace[]): Trace[] => {
  const kept: Trace[] = []
  for (const trace of traces.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1)
    if (last === undefined || trace.start >= last.end) kept.push(trace)
    else if (isBetter(trace, last)) kept[kept.length - 1] = trace
  }
  return kept
}

const isBetter = (a: Trace, b: Trace): boolean =>
  a.confidence === b.confidence ? a.end - a.start > b.end - b.start : a.confidence > b.confidence
