/** A model's answer → the JSON that it was asked for; pure. What was cut off is never made whole. */
import { jsonrepair } from 'jsonrepair'

export type ParsedAnswer =
  | { readonly kind: 'parsed'; readonly value: unknown; readonly method: 'direct' | 'jsonrepair' }
  /** The object was never closed. */
  | { readonly kind: 'cut-off' }
  | { readonly kind: 'garbled' }

/**
 * Takes the outermost object, for models put fences and sentences around it. `jsonrepair`: the object was no JSON, and what
 * it became must be looked at by a person.
 */
export const parseAnswer = (text: string): ParsedAnswer => {
  const start = text.indexOf('{')
  if (start === -1) return { kind: 'garbled' }
  const end = endOfObject(text, start)
  const outermost = text.slice(start, text.lastIndexOf('}') + 1)
  const direct = readObject(end === undefined ? outermost : text.slice(start, end))
  if (direct !== undefined) return { kind: 'parsed', value: direct, method: 'direct' }
  if (end === undefined) return { kind: 'cut-off' }
  const repaired = readObject(repairOf(outermost))
  return repaired === undefined ? { kind: 'garbled' } : { kind: 'parsed', value: repaired, method: 'jsonrepair' }
}

const readObject = (json: string | undefined): object | undefined => {
  if (json === undefined) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const repairOf = (json: string): string | undefined => {
  try {
    return jsonrepair(json)
  } catch {
    return undefined
  }
}

/** Behind the brace that closes the one at `start`, whatever stands in strings between them; undefined: it is never closed. */
const endOfObject = (text: string, start: number): number | undefined => {
  let depth = 0
  let isInString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (isInString) {
      if (character === '\\') at++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1
  }
  return undefined
}
