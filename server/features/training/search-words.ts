/** Which words a conversation is found by: the same cut of a text when it is kept and when it is asked for. Pure. */

/** As much of a text is searched, in UTF-16 code units. */
const MAX_SEARCHED = 65_536
const MAX_WORDS = 20

/** The words of a text, in small letters, one space between them: nothing is left that PostgreSQL's parser could take for an address. */
export const searchedText = (text: string): string => wordsOf(text.slice(0, MAX_SEARCHED)).join(' ')

/** What is looked for → a `tsquery`: all of the words, the last perhaps a beginning. Undefined where it has no words. */
export const searchQuery = (text: string): string | undefined => {
  const words = wordsOf(text).slice(0, MAX_WORDS)
  return words.length === 0 ? undefined : `${words.map((word) => `'${word}'`).join(' & ')}:*`
}

const wordsOf = (text: string): string[] =>
  text
    .toWellFormed()
    .normalize('NFC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
