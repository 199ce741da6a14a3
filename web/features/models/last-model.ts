/** The model that this person used last in this browser. */
import { readSaved, save } from '../../lib/saved.ts'
import { createStore, useStore } from '../../lib/store.ts'

const changes = createStore(0)
const key = (personId: string) => `person.${personId}.model`

export const rememberModel = (personId: string, model: string): void => {
  save(key(personId), model)
  changes.set((count) => count + 1)
}

export const useLastModel = (personId: string): string | null => {
  useStore(changes)
  return readSaved(key(personId))
}
