/** Which bytes a `Range` header asks for (RFC 9110, 14.1 and 14.2); pure. */

export interface AskedRange {
  /** Both belong to it. */
  readonly start: number
  readonly end: number
}

/**
 * `whole`: there is no range, or none that we know how to answer, so the whole is the right answer: another unit, a header
 * that is not well formed, several ranges at once. `unsatisfiable`: nothing of it is there.
 *
 * @param size of the whole, in bytes
 */
export const rangeOf = (header: string | undefined, size: number): AskedRange | 'whole' | 'unsatisfiable' => {
  const [, first, last] = /^bytes=[ \t]*(?:,[ \t]*)*(\d*)-(\d*)[ \t]*(?:,[ \t]*)*$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return 'whole'
  if (first === '') {
    const length = Number(last)
    return length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 }
  }
  if (last !== '' && BigInt(last) < BigInt(first)) return 'whole'
  const start = Number(first)
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/** Whether `If-None-Match` names this tag, or any (13.1.2): it compares weakly. `etag` is strong and quoted. */
export const matchesTag = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' ||
    [...header.matchAll(/(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)].some(([, tag]) => tag === etag))
