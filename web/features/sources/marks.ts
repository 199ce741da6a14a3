/** What of a conversation is redacted while somebody decides on it: what was found, and what they add; pure. */
import type { Redaction, RedactionKind, SourceTurn } from '#contract/training/index.ts'

/** A stretch of a turn that is redacted, or could be. No two of them overlap. */
export interface Mark {
  readonly turn_number: number
  readonly start: number
  readonly end: number
  readonly kind: RedactionKind
  /** What will stand there; null of what was added, which the server names. */
  readonly replacement: string | null
  readonly isRedacted: boolean
}

/** From this confidence on what was found is redacted unless somebody knows better (contract). */
const LIKELY = 0.5

export const foundMarks = (redactions: readonly Redaction[]): Mark[] =>
  redactions.map(({ confidence, ...redaction }) => ({ ...redaction, isRedacted: confidence >= LIKELY }))

const isSame = (a: Mark, b: Mark): boolean => a.turn_number === b.turn_number && a.start === b.start && a.end === b.end

export const toggled = (marks: readonly Mark[], mark: Mark): Mark[] =>
  marks.map((each) => (isSame(each, mark) ? { ...each, isRedacted: !each.isRedacted } : each))

export const allRedacted = (marks: readonly Mark[]): Mark[] => marks.map((mark) => ({ ...mark, isRedacted: true }))

const escaped = (words: string): string => words.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

interface Place {
  readonly turn_number: number
  readonly start: number
  readonly end: number
}

/** Where words stand in texts. Capitals make no difference, nor how long the spaces between them are. */
const findWords = (texts: readonly string[], words: string, areWhole: boolean): Place[] => {
  const inner = words
    .trim()
    .split(/\s+/)
    .map(escaped)
    .join(String.raw`\s+`)
  if (inner === '') return []
  const pattern = new RegExp(areWhole ? String.raw`(?<![\p{L}\p{N}])${inner}(?![\p{L}\p{N}])` : inner, 'giu')
  return texts.flatMap((text, index) =>
    Array.from(text.matchAll(pattern), ({ 0: found, index: start }) => ({
      turn_number: index + 1,
      start,
      end: start + found.length,
    })),
  )
}

/** As whole words, or anywhere when they never stand so. */
const placesOf = (turns: readonly SourceTurn[], words: string): Place[] => {
  const texts = turns.map(({ content }) => content)
  const whole = findWords(texts, words, true)
  return whole.length > 0 ? whole : findWords(texts, words, false)
}

/** How often words stand in the turns. */
export const countPlaces = (turns: readonly SourceTurn[], words: string): number => placesOf(turns, words).length

/** With words redacted wherever they stand; what is redacted around them already stays, what they touch becomes one with them. */
export const withWords = (
  marks: readonly Mark[],
  turns: readonly SourceTurn[],
  words: string,
  kind: RedactionKind,
): Mark[] => {
  return placesOf(turns, words).reduce<Mark[]>(
    (present, place) => {
      const touched = present.filter(
        (mark) => mark.turn_number === place.turn_number && mark.start < place.end && place.start < mark.end,
      )
      if (touched.some((mark) => mark.isRedacted && mark.start <= place.start && place.end <= mark.end)) return present
      const redacted = touched.filter(({ isRedacted }) => isRedacted)
      const added: Mark = {
        turn_number: place.turn_number,
        start: Math.min(place.start, ...redacted.map(({ start }) => start)),
        end: Math.max(place.end, ...redacted.map(({ end }) => end)),
        kind,
        replacement: null,
        isRedacted: true,
      }
      return [
        ...present.filter(
          (mark) => mark.turn_number !== added.turn_number || mark.end <= added.start || added.end <= mark.start,
        ),
        added,
      ]
    },
    [...marks],
  )
}

/** A turn's text cut into what is plain and what is marked, in order. */
export const piecesOf = (
  { turn_number: turnNumber, content }: SourceTurn,
  marks: readonly Mark[],
): (string | { readonly mark: Mark; readonly text: string })[] => {
  const pieces: (string | { mark: Mark; text: string })[] = []
  let from = 0
  const own = marks.filter((mark) => mark.turn_number === turnNumber).toSorted((a, b) => a.start - b.start)
  for (const mark of own) {
    pieces.push(content.slice(from, mark.start), { mark, text: content.slice(mark.start, mark.end) })
    from = mark.end
  }
  pieces.push(content.slice(from))
  return pieces.filter((piece) => piece !== '')
}

/** A text that may repeat what is redacted in the turns, such as their conversation's title, without that. */
export const withoutRedacted = (text: string, marks: readonly Mark[], turns: readonly SourceTurn[]): string => {
  const replacements = new Map(
    marks
      .filter(({ isRedacted }) => isRedacted)
      .map(({ turn_number, start, end, replacement, kind }) => [
        turns[turn_number - 1]?.content.slice(start, end) ?? '',
        replacement ?? `[${kind.toUpperCase()}]`,
      ]),
  )
  return [...replacements]
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce(
      (result, [words, replacement]) =>
        findWords([result], words, true)
          .toReversed()
          .reduce((whole, { start, end }) => whole.slice(0, start) + replacement + whole.slice(end), result),
      text,
    )
}

/** What is sent: where, and as what. */
export const stretchesOf = (marks: readonly Mark[]) =>
  marks
    .filter(({ isRedacted }) => isRedacted)
    .map(({ turn_number, start, end, kind }) => ({ turn_number, start, end, kind }))
