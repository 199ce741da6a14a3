/** A person's words as parts: plain text, mentions, and addresses that can be opened. Pure. */
import { findMentions } from './mentions.ts'

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string; readonly personId: string }
  | { readonly kind: 'link'; readonly text: string }

/** Punctuation at the end of an address belongs to the sentence around it; a closing bracket too, unless it was opened inside. */
const trimmed = (address: string): string => {
  let end = address.replace(/[.,:;!?'"”’»]+$/, '')
  if (end.endsWith(')') && !end.includes('(')) end = trimmed(end.slice(0, -1))
  return end
}

export const textParts = (
  text: string,
  mentions: readonly { readonly id: string; readonly name: string }[],
): TextPart[] => {
  const marked = [
    ...findMentions(text, mentions).map(({ named, start, end }) => ({
      start,
      part: { kind: 'mention' as const, text: text.slice(start, end), personId: named.id },
    })),
    ...[...text.matchAll(/\bhttps?:\/\/[^\s<>"]+/g)].map((match) => ({
      start: match.index,
      part: { kind: 'link' as const, text: trimmed(match[0]) },
    })),
  ].toSorted((a, b) => a.start - b.start)
  const parts: TextPart[] = []
  let at = 0
  for (const { start, part } of marked) {
    if (start < at) continue
    if (start > at) parts.push({ kind: 'text', text: text.slice(at, start) })
    parts.push(part)
    at = start + part.text.length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}
