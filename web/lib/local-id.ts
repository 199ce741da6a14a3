/** An id that is unique on this page. Not `crypto.randomUUID`: that is missing where the page comes over plain HTTP from another computer. */
let last = 0

export const localId = (): string => `local-${Date.now().toString(36)}-${++last}`
