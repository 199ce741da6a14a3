/** Reads a JSON body strictly (RFC 8259): what two parsers could read differently is refused. */
import { AppError } from '#kernel/errors.ts'

/** Deepest nesting of arrays and objects that is read; later recursion would die on much more. */
const MAX_DEPTH = 64

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Bytes → value. Refuses, with `request.malformed`: invalid UTF-8, a byte order mark, a key that occurs twice in one
 * object, `__proto__` as a key, more than 64 levels, and everything that is not JSON. Empty input is `undefined`.
 *
 * JSON.parse and one scan, since no library does both strictly and fast: lossless-json takes 80 ms for a body of 1 MB
 * that JSON.parse reads in 2 ms, and lets a repeated key pass when both values are equal.
 */
export const readJson = (body: Buffer): unknown => {
  if (body.length === 0) return undefined
  try {
    const text = utf8.decode(body)
    const value: unknown = JSON.parse(text)
    refuseAmbiguity(text)
    return value
  } catch (error) {
    throw new AppError('request.malformed', { cause: error })
  }
}

const QUOTE = 34
const COMMA = 44
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Walks over text that is known to be valid JSON and throws at a repeated key or too deep a level. */
const refuseAmbiguity = (text: string): void => {
  // One entry a level: the keys of an object so far, or null for an array.
  const levels: (Set<string> | null)[] = []
  let awaitsKey = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      const end = endOfString(text, index)
      if (awaitsKey) noteKey(levels.at(-1)!, text.slice(index, end + 1))
      awaitsKey = false
      index = end
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (levels.push(code === OPEN_OBJECT ? new Set() : null) > MAX_DEPTH) throw new SyntaxError('nested too deeply')
      awaitsKey = code === OPEN_OBJECT
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      levels.pop()
      awaitsKey = false
    } else if (code === COMMA) {
      awaitsKey = levels.at(-1) !== null && levels.length > 0
    }
  }
}

/** The index of the quote that ends the string which begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end
  }
}

const noteKey = (keys: Set<string> | null, literal: string): void => {
  const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
  // It would become the prototype of whatever the object is merged into.
  if (key === '__proto__') throw new SyntaxError('__proto__ is not a key')
  if (keys?.has(key)) throw new SyntaxError(`key ${literal} occurs twice`)
  keys?.add(key)
}
