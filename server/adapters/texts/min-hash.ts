/**
 * A short signature by which texts that share most of their shingles are found without comparing all with all: MinHash with one
 * permutation in 128 bins, whose empty ones borrow from others (one hash per shingle and not 128: twelve times as fast).
 */
import { mix } from './shingles.ts'

export const BINS = 128
/** Two texts are compared when they have one whole band in common. */
export const BANDS = 16
const ROWS = BINS / BANDS

const EMPTY = 0xffffffff

/** @returns 128 numbers; the share of bins in which two signatures agree estimates the Jaccard similarity of the shingles */
export const signatureOf = (shingles: Uint32Array): Uint32Array => {
  const least = new Uint32Array(BINS).fill(EMPTY)
  for (const shingle of shingles) {
    const bin = shingle >>> 25
    const value = shingle & 0x1ffffff
    if (value < least[bin]!) least[bin] = value
  }
  return shingles.length === 0 ? least : filled(least)
}

/** Each empty bin borrows from one that is not, chosen by the bin's number alone: so do the same bins of another text. */
const filled = (least: Uint32Array): Uint32Array => {
  const full = least.slice()
  for (let bin = 0; bin < BINS; bin++) {
    let from = bin
    for (let attempt = 1; least[from] === EMPTY; attempt++) from = mix(bin * 0x10001 + attempt) % BINS
    full[bin] = least[from]!
  }
  return full
}

/** A number for each band. */
export const bandsOf = (signature: Uint32Array): Uint32Array => {
  const bands = new Uint32Array(BANDS)
  for (let band = 0; band < BANDS; band++) {
    let hash = band
    for (let row = band * ROWS; row < (band + 1) * ROWS; row++) hash = mix(Math.imul(hash, 31) ^ signature[row]!)
    bands[band] = hash
  }
  return bands
}
