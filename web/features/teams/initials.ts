/** The first letters of the first and the last word of a name, as a person would count letters: pure. */
const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const firstOf = (word: string): string => letters.segment(word)[Symbol.iterator]().next().value?.segment ?? ''

export const initialsOf = (name: string): string => {
  const words = name.trim().split(/\s+/)
  return [words[0] ?? '', words.length > 1 ? (words.at(-1) ?? '') : ''].map(firstOf).join('').toLocaleUpperCase()
}
