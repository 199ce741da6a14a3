/**
 * Finds which of many texts say nearly the same. Of each it keeps 192 bytes in memory; the shingles, which candidates are
 * compared by exactly, lie in a file that has no name.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import type { Likeness } from '#server/features/datasets/index.ts'
import { BANDS, bandsOf, BINS, signatureOf } from './min-hash.ts'
import { asSet, jaccardOf, shinglesOf } from './shingles.ts'

/** How many shingles are at hand: 32 MB, those of 8,000 texts of 6 kB. */
const MOST_AT_HAND = 8_000_000
/** Bytes that are gathered before they are written. */
const BUFFER_BYTES = 1 << 20
/** Of a bucket's texts that are not alike, so many are compared with each further one. */
const MOST_GROUPS = 256
/** Of those that are alike, so many are. */
const MOST_MEMBERS = 8
/** Candidates whose signatures agree in so much less than the threshold are not compared: four standard deviations. */
const MARGIN = 0.15
/** Of shorter texts the signature says too little for that. */
const TOO_SHORT_TO_REJECT = 2 * BINS
/** So many comparisons are remembered, so that they are not made again for another band. */
const MOST_REMEMBERED = 500_000

export interface Search {
  add(text: string): void
  findLikenesses(): Likeness[]
  close(): void
}

/** @param path of a file to be; it is unlinked at once, so that nothing of it is left however this ends */
export const openLikenessSearch = (threshold: number, path: string): Search => {
  const shelf = openShelf(path)
  let count = 0
  // 128 low bytes of the signature, to reject by; and the bands.
  let marks = new Uint8Array(1024 * BINS)
  let bands = new Uint32Array(1024 * BANDS)
  const grow = (): void => {
    if ((count + 1) * BINS <= marks.length) return
    const [moreMarks, moreBands] = [new Uint8Array(marks.length * 2), new Uint32Array(bands.length * 2)]
    moreMarks.set(marks)
    moreBands.set(bands)
    marks = moreMarks
    bands = moreBands
  }

  const mayBeAlike = (one: number, other: number): boolean => {
    if (Math.min(shelf.sizeOf(one), shelf.sizeOf(other)) < TOO_SHORT_TO_REJECT) return true
    let equal = 0
    for (let bin = 0; bin < BINS; bin++) if (marks[one * BINS + bin] === marks[other * BINS + bin]) equal++
    // Of bytes that have nothing to do with each other one in 256 agrees.
    return (equal / BINS - 1 / 256) / (1 - 1 / 256) >= threshold - MARGIN
  }

  return {
    add(text) {
      const shingles = shinglesOf(text)
      const signature = signatureOf(shingles)
      grow()
      for (let bin = 0; bin < BINS; bin++) marks[count * BINS + bin] = signature[bin]! & 0xff
      bands.set(bandsOf(signature), count * BANDS)
      shelf.add(shingles)
      count++
    },

    findLikenesses() {
      const found: Likeness[] = []
      const parents = Int32Array.from({ length: count }, (_, index) => index)
      const rootOf = (index: number): number => {
        let root = index
        while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!
        return root
      }
      const compared = new Set<number>()
      const compare = (earlier: number, later: number): boolean => {
        const pair = earlier * 2 ** 24 + later
        if (compared.has(pair) || !mayBeAlike(earlier, later)) return false
        if (compared.size < MOST_REMEMBERED) compared.add(pair)
        const similarity = jaccardOf(shelf.read(earlier), shelf.read(later))
        if (similarity < threshold) return false
        found.push({ earlier, later, similarity })
        parents[Math.max(rootOf(earlier), rootOf(later))] = Math.min(rootOf(earlier), rootOf(later))
        return true
      }
      for (let band = 0; band < BANDS; band++) {
        for (const bucket of bucketsOf(bands, band, count, (index) => shelf.sizeOf(index) > 0)) {
          const groups: number[][] = []
          for (const index of bucket) {
            let home: number[] | undefined
            for (const group of groups) {
              if (rootOf(group[0]!) === rootOf(index) || group.some((member) => compare(member, index))) home ??= group
            }
            if (home === undefined) {
              if (groups.length < MOST_GROUPS) groups.push([index])
            } else if (home.length < MOST_MEMBERS) home.push(index)
          }
        }
      }
      return found
    },

    close: () => shelf.close(),
  }
}

/** Texts that have a band in common, two or more, in the order in which they were added. */
const bucketsOf = function* (
  bands: Uint32Array,
  band: number,
  count: number,
  isFilled: (index: number) => boolean,
): Generator<number[]> {
  // The band's number and the text's in one: it fits, for fewer than 2^21 texts.
  const keys = new Float64Array(count)
  let size = 0
  for (let index = 0; index < count; index++)
    if (isFilled(index)) keys[size++] = bands[index * BANDS + band]! * 2 ** 21 + index
  const sorted = keys.subarray(0, size).sort()
  for (let first = 0, end = 0; first < size; first = end) {
    const hash = Math.floor(sorted[first]! / 2 ** 21)
    while (end < size && Math.floor(sorted[end]! / 2 ** 21) === hash) end++
    if (end - first > 1) yield Array.from(sorted.subarray(first, end), (key) => key % 2 ** 21)
  }
}

interface Shelf {
  add(shingles: Uint32Array): void
  sizeOf(index: number): number
  /** As a set. */
  read(index: number): Uint32Array
  close(): void
}

/** Numbers by the thousand in a file without a name. */
const openShelf = (path: string): Shelf => {
  const file = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  /** Where each begins, in numbers; and where the last ends. */
  const starts = [0]
  const buffer = new Uint32Array(BUFFER_BYTES / 4)
  let buffered = 0
  const atHand = new Map<number, Uint32Array>()
  let numbersAtHand = 0

  const write = (numbers: Uint32Array): void => {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
  }
  const flush = (): void => {
    write(buffer.subarray(0, buffered))
    buffered = 0
  }
  const readSet = (index: number): Uint32Array => {
    flush()
    const bytes = new Uint8Array((starts[index + 1]! - starts[index]!) * 4)
    for (let at = 0; at < bytes.length;) {
      const read = readSync(file, bytes, at, bytes.length - at, starts[index]! * 4 + at)
      if (read === 0) throw new Error('the file of the search ended early')
      at += read
    }
    return asSet(new Uint32Array(bytes.buffer))
  }

  return {
    add(shingles) {
      starts.push(starts.at(-1)! + shingles.length)
      if (buffered + shingles.length > buffer.length) flush()
      if (shingles.length > buffer.length) write(shingles)
      else {
        buffer.set(shingles, buffered)
        buffered += shingles.length
      }
    },
    sizeOf: (index) => starts[index + 1]! - starts[index]!,
    read(index) {
      const known = atHand.get(index)
      const set = known ?? readSet(index)
      if (known === undefined) numbersAtHand += set.length
      // What was used last goes last.
      atHand.delete(index)
      atHand.set(index, set)
      for (const [oldest, { length }] of atHand) {
        if (numbersAtHand <= MOST_AT_HAND || oldest === index) break
        atHand.delete(oldest)
        numbersAtHand -= length
      }
      return set
    },
    close: () => closeSync(file),
  }
}
