/** Names of people who are known to be in a conversation, as whole words, whatever their capitals and diacritics. */
import type { Trace } from './trace.ts'

export interface KnownName {
  /** Whose name it is: what finds it says so. */
  readonly personId: string
  readonly name: string
}

/** A part of a name that is as short is a name with a capital only: `An` and `Bo` are words elsewhere. */
const SHORT_PART = 2

/** `name_key_of` of the database does the same. */
const folded = (word: string): string =>
  word
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('đ', 'd')

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu

interface Entry {
  /** The id of a person, or the word itself where it is part of several people's names. */
  readonly value: string
  readonly confidence: number
}

/** Longer names are looked for by their first words. */
const MOST_WORDS = 8

/**
 * The value of a trace is the id of the person. A whole name is sure; a part of one is less so, and least in small letters, where
 * it may be a word.
 */
export const findNames = (text: string, names: readonly KnownName[]): Trace[] => {
  const entries = entriesOf(names)
  if (entries.size === 0) return []
  const words = [...text.matchAll(WORD)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    folded: folded(match[0]),
    isCapital: /^\p{Lu}/u.test(match[0]),
  }))
  const found: Trace[] = []
  for (let first = 0; first < words.length; first++) {
    let name = ''
    let longest: { last: number; entry: Entry } | undefined
    for (let last = first; last < Math.min(first + MOST_WORDS, words.length); last++) {
      if (last > first && !/^[ \u00a0.]{1,2}$/.test(text.slice(words[last - 1]!.end, words[last]!.start))) break
      name = last === first ? words[last]!.folded : `${name} ${words[last]!.folded}`
      const entry = entries.get(name)
      if (entry !== undefined) longest = { last, entry }
    }
    if (longest === undefined) continue
    const { last, entry } = longest
    const { start, isCapital } = words[first]!
    if (last === first && !isCapital && words[first]!.folded.length <= SHORT_PART) continue
    const confidence = last > first || isCapital ? entry.confidence : UNLIKELY
    found.push({ kind: 'name', start, end: words[last]!.end, value: entry.value, confidence })
    first = last
  }
  return found
}

const UNLIKELY = 0.3

/** By their folded words. */
const entriesOf = (names: readonly KnownName[]): Map<string, Entry> => {
  const entries = new Map<string, Entry>()
  for (const { personId, name } of names) {
    const words = [...name.matchAll(WORD)].map(([word]) => folded(word)).slice(0, MOST_WORDS)
    for (const word of words.length > 1 ? new Set(words) : []) {
      if (word.length < SHORT_PART || /^\d+$/.test(word)) continue
      const isShared = (entries.get(word)?.value ?? personId) !== personId
      entries.set(word, { value: isShared ? word : personId, confidence: word.length <= SHORT_PART ? 0.5 : 0.6 })
    }
  }
  // After the parts, so that somebody's whole name is theirs even where it is part of another's.
  for (const { personId, name } of names) {
    const words = [...name.matchAll(WORD)].map(([word]) => folded(word)).slice(0, MOST_WORDS)
    if (words.length > 0) entries.set(words.join(' '), { value: personId, confidence: words.length > 1 ? 0.95 : 0.8 })
  }
  return entries
}
