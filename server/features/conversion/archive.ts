/** Names for the files of an archive: unique, and safe on every system that unpacks it; pure. */

/** What Windows doesn't allow in names, and what leads elsewhere. */
const unsafe = /[<>:"/\\|?*\u0000-\u001F\u007F]/g
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Longest name in an archive, in bytes of UTF-8; file systems take 255. */
const MOST_BYTES = 200

/** `a.pdf`, `a (2).pdf`; names that only some file systems tell apart count as the same. */
export const uniqueNames = (names: readonly string[]): string[] => {
  const taken = new Set<string>()
  return names.map((name) => {
    const [bare, ending] = split(safe(name))
    for (let count = 1; ; count++) {
      const candidate = count === 1 ? `${bare}${ending}` : `${bare} (${count})${ending}`
      const key = candidate.normalize('NFKC').toLowerCase()
      if (taken.has(key)) continue
      taken.add(key)
      return candidate
    }
  })
}

const safe = (name: string): string => {
  const plain = name
    .toWellFormed()
    .replaceAll(unsafe, '_')
    .replaceAll(/[. ]+$/g, '')
  return plain === '' || reserved.test(plain) ? `_${plain}` : plain
}

/** The name, cut to what file systems take, and its ending with the dot. */
const split = (name: string): [string, string] => {
  const dot = name.lastIndexOf('.')
  const [bare, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  return [cut(bare), ending]
}

const cut = (text: string): string => {
  let length = 0
  let end = 0
  for (const character of text) {
    length += new TextEncoder().encode(character).length
    if (length > MOST_BYTES) break
    end += character.length
  }
  return text.slice(0, end)
}
