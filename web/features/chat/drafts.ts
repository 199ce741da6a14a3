/** Text that was typed and not sent yet, by person and conversation; survives reloads and being signed out. */
import { readSaved, save } from '../../lib/saved.ts'

/** The box of a conversation that does not exist yet. */
export const NEW = 'new'

const draftKey = (personId: string, conversation: string) => `person.${personId}.draft.${conversation}`
const unsentKey = (personId: string, conversation: string) => `person.${personId}.unsent.${conversation}`

const readUnsent = (personId: string, conversation: string): string[] => {
  try {
    const read: unknown = JSON.parse(readSaved(unsentKey(personId, conversation)) ?? '[]')
    return Array.isArray(read) ? read.filter((text) => typeof text === 'string') : []
  } catch {
    return []
  }
}

const saveUnsent = (personId: string, conversation: string, texts: readonly string[]) =>
  save(unsentKey(personId, conversation), texts.length === 0 ? null : JSON.stringify(texts))

export const saveDraft = (personId: string, conversation: string, text: string): void =>
  save(draftKey(personId, conversation), text === '' ? null : text)

export const readDraft = (personId: string, conversation: string): string =>
  readSaved(draftKey(personId, conversation)) ?? ''

/** A message leaves the composer: until the server has it, a copy stays here. */
export const keepUnsent = (personId: string, conversation: string, text: string): void =>
  saveUnsent(personId, conversation, [...readUnsent(personId, conversation), text])

/** The server has it, or the person took it back. */
export const dropUnsent = (personId: string, conversation: string, text: string): void => {
  const texts = readUnsent(personId, conversation)
  const at = texts.indexOf(text)
  if (at !== -1) saveUnsent(personId, conversation, texts.toSpliced(at, 1))
}

/** After a reload: what had not arrived is text in the composer again, before what was typed since. */
export const recoverUnsent = (personId: string, conversation: string): void => {
  const unsent = readUnsent(personId, conversation)
  if (unsent.length === 0) return
  const texts = [...unsent, readDraft(personId, conversation)].filter((text) => text !== '')
  saveDraft(personId, conversation, texts.join('\n\n'))
  saveUnsent(personId, conversation, [])
}
