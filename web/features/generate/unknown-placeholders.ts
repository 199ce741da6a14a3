/**
 * What a text names between `{{` and `}}` that is no placeholder: each once, in the order of the text. As the server reads it,
 * so that it is said while somebody writes. Pure.
 */
export const unknownPlaceholders = (text: string, known: readonly string[]): string[] => [
  ...new Set(
    [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, name = '']) => name.trim()).filter((name) => !known.includes(name)),
  ),
]
