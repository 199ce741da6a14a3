/** What a screen reader is told in passing. One polite sentence at a time, never a stream. */
import { createStore, useStore } from './store.ts'

const sentence = createStore('')

export const announce = (text: string): void => {
  // The same sentence twice in a row would not be read again without a change in between.
  sentence.set((present) => (present === text ? `${text}\u00a0` : text))
}

export const useAnnouncement = (): string => useStore(sentence)
