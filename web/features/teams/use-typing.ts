/** Who is writing in a conversation at the moment, themselves left out. */
import { createStore, useStore } from '../../lib/store.ts'
import { typingAt, type Typing, type Writer } from './typing.ts'

const typing = createStore<Typing>({})
let timer: ReturnType<typeof setTimeout> | undefined

const nobody: readonly Writer[] = []

/** How often it is looked whether somebody has stopped, in milliseconds. */
const LOOKS_EVERY = 1000

const look = () => {
  typing.set((present) => typingAt(present, Date.now()))
  timer = Object.values(typing.get()).some((writers) => writers.length > 0) ? setTimeout(look, LOOKS_EVERY) : undefined
}

export const changeTyping = (change: (present: Typing) => Typing): void => {
  typing.set(change)
  timer ??= setTimeout(look, LOOKS_EVERY)
}

export const useTyping = (conversationId: string): readonly Writer[] => useStore(typing)[conversationId] ?? nobody
