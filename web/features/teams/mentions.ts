/** Who is meant by `@name` in a text: pure. */

interface Named {
  readonly id: string
  readonly name: string
}

const isWordBefore = (text: string, at: number) => at > 0 && /[\p{L}\p{N}_]/u.test(text[at - 1] ?? '')
// Two units, since a letter may be a surrogate pair; only the first letter counts.
const isWordAfter = (text: string, at: number) => /^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2))

export interface FoundMention<N extends Named> {
  readonly named: N
  /** From the `@` to the end of the name. */
  readonly start: number
  readonly end: number
}

/** Every `@name` of the given ones, in the order of the text; where two begin alike, the longer name is meant. */
export const findMentions = <N extends Named>(text: string, known: readonly N[]): FoundMention<N>[] => {
  const byLength = known.filter(({ name }) => name !== '').toSorted((a, b) => b.name.length - a.name.length)
  const found: FoundMention<N>[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (isWordBefore(text, at)) continue
    const named = byLength.find(({ name }) => text.startsWith(name, at + 1) && !isWordAfter(text, at + 1 + name.length))
    if (named) found.push({ named, start: at, end: at + 1 + named.name.length })
  }
  return found
}

/** The ids of everybody who is mentioned, each once. */
export const mentionedIds = (text: string, known: readonly Named[]): string[] => [
  ...new Set(findMentions(text, known).map(({ named }) => named.id)),
]

/** The `@word` that the caret stands in, while it may still become a mention. */
export interface MentionStart {
  readonly start: number
  readonly query: string
}

/** Names have spaces, but nobody types three of them before choosing. */
const MOST_WORDS = 3

export const mentionAt = (text: string, caret: number): MentionStart | null => {
  const start = text.slice(0, caret).lastIndexOf('@')
  if (start === -1 || isWordBefore(text, start)) return null
  const query = text.slice(start + 1, caret)
  if (query.includes('\n') || query.startsWith(' ') || query.split(' ').length > MOST_WORDS) return null
  return { start, query }
}

/** Puts `@name` in the place of what was typed of it, and says where the caret goes. */
export const completeMention = (text: string, caret: number, { start }: MentionStart, name: string) => {
  const rest = text.slice(caret)
  const put = `@${name}${rest.startsWith(' ') ? '' : ' '}`
  return { text: text.slice(0, start) + put + rest, caret: start + name.length + 2 }
}
