/** Takes a text apart into groups of five words, each as a number: what it means for two texts to say nearly the same. */

const WORDS = 5

/**
 * Hashes (32 bits) of all groups of five words that follow each other; of a shorter text, of all its words together; nothing of
 * a text without words. Neither case nor punctuation nor white space makes a difference. Scripts that write no spaces
 * (Chinese, Japanese, Thai …) count each character as a word.
 */
export const shinglesOf = (text: string): Uint32Array => {
  const words = hashWords(text.toLowerCase())
  if (words.length === 0) return new Uint32Array()
  const size = Math.min(WORDS, words.length)
  const shingles = new Uint32Array(words.length - size + 1)
  for (let first = 0; first < shingles.length; first++) {
    let hash = 0
    for (let at = first; at < first + size; at++) hash = Math.imul(hash ^ words[at]!, 0x9e3779b1) ^ (hash >>> 15)
    shingles[first] = mix(hash)
  }
  return shingles
}

const BETWEEN = 0
const IN_WORD = 1
const ALONE = 2

/** For every code unit whether it is between words, part of one, or a word by itself. */
const places = Uint8Array.from({ length: 0x10000 }, (_, code) => {
  if (code < 0x80) return /[a-z0-9]/.test(String.fromCharCode(code)) ? IN_WORD : BETWEEN
  // Punctuation of Latin-1, of all scripts, and of Chinese, Japanese and Korean.
  if (code < 0xc0) return [0xaa, 0xb5, 0xba].includes(code) ? IN_WORD : BETWEEN
  if ((code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f)) return BETWEEN
  if (code >= 0xff00 && code <= 0xff0f) return BETWEEN
  const isUnspaced =
    (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x1000 && code <= 0x109f) || (code >= 0x3040 && code <= 0x9fff)
  return isUnspaced ? ALONE : IN_WORD
})

const BASIS = 0x811c9dc5

/** Hashes of the words, in their order. */
const hashWords = (text: string): Uint32Array => {
  const words = new Uint32Array(text.length)
  let count = 0
  // Between words it is BASIS.
  let hash = BASIS
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const place = places[code]
    if (place !== IN_WORD && hash !== BASIS) {
      words[count++] = hash
      hash = BASIS
    }
    if (place === BETWEEN) continue
    hash = Math.imul(hash ^ code, 0x01000193)
    if (place === ALONE) {
      words[count++] = hash
      hash = BASIS
    }
  }
  if (hash !== BASIS) words[count++] = hash
  return words.subarray(0, count)
}

/** Spreads what differs in one bit over all of them (the finaliser of MurmurHash3). */
export const mix = (hash: number): number => {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** Sorted, each once: what `jaccardOf` compares. */
export const asSet = (shingles: Uint32Array): Uint32Array => {
  const sorted = shingles.toSorted()
  let size = 0
  for (const each of sorted) if (size === 0 || sorted[size - 1] !== each) sorted[size++] = each
  return sorted.subarray(0, size)
}

/** How much of what either has both have, 0 to 1; 0 where one is empty. */
export const jaccardOf = (one: Uint32Array, other: Uint32Array): number => {
  let common = 0
  for (let at = 0, there = 0; at < one.length && there < other.length;) {
    const [mine, its] = [one[at]!, other[there]!]
    if (mine === its) common++
    if (mine <= its) at++
    if (its <= mine) there++
  }
  const all = one.length + other.length - common
  return all === 0 ? 0 : common / all
}
