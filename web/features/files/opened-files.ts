/** Which files of a conversation are shown large, opened from a message. One for the page: the row that opened them may scroll away. */
import { createStore, useStore } from '../../lib/store.ts'
import type { ShownFile } from './shown-file.ts'

export interface OpenedFiles {
  readonly files: readonly ShownFile[]
  readonly at: number
}

const opened = createStore<OpenedFiles | null>(null)

export const openFiles = (files: readonly ShownFile[], at: number): void => opened.set({ files, at })

export const closeFiles = (): void => opened.set(null)

export const useOpenedFiles = (): OpenedFiles | null => useStore(opened)
