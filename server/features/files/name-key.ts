/** The key by which files are found and sorted by name, so that case and accents do not matter; pure. */

/** Longest key in UTF-16 code units: what an entry of an index may hold is bounded, and so is what a cursor carries. */
const MAX_NAME_KEY = 255

/** Accents that NFKD takes off a letter: the block of combining diacritical marks. Marks of other scripts are letters. */
const accents = /[\u0300-\u036f]/g

/** Letters that Unicode does not take apart, though people type them without their stroke; and the sigma of word ends. */
const plain: Readonly<Record<string, string>> = { đ: 'd', ð: 'd', ħ: 'h', ł: 'l', ø: 'o', ŧ: 't', ς: 'σ' }

/**
 * The name without case, accents and typographic variants: `Báo cáo Đà Nẵng.PDF` → `bao cao da nang.pdf`. What is
 * searched for goes through it too, and is then looked for in it as it is.
 *
 * @returns at most 255 UTF-16 code units that PostgreSQL can store, wherever the name could be
 */
export const nameKeyOf = (name: string): string => {
  const bare = name.normalize('NFKD').replaceAll(accents, '')
  // Upper case first: it alone knows that ß is SS and that ı is I.
  const folded = bare.toUpperCase().toLowerCase().replaceAll(accents, '')
  const key = folded.replaceAll(/[đðħłøŧς]/g, (letter) => plain[letter] ?? letter).normalize('NFC')
  return cut(key)
}

const cut = (key: string): string => {
  const head = key.slice(0, MAX_NAME_KEY)
  return head.isWellFormed() ? head : head.slice(0, -1)
}
