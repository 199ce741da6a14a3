/** Messages on their way to the server: shown at once, kept when sending fails. The rules are pure; the store holds one box for each conversation. */
import type { RequestError } from '../../lib/request-error.ts'
import { createStore, useStore } from '../../lib/store.ts'

export interface Outgoing {
  /** Known to this page only. */
  readonly localId: string
  readonly content: string
  readonly model: string
  readonly state: 'sending' | 'failed'
  readonly error: RequestError | null
}

export type Outbox = readonly Outgoing[]

export const withOutgoing = (box: Outbox, localId: string, content: string, model: string): Outbox => [
  ...box,
  { localId, content, model, state: 'sending', error: null },
]

export const withFailure = (box: Outbox, localId: string, error: RequestError): Outbox =>
  box.map((post) => (post.localId === localId ? { ...post, state: 'failed', error } : post))

/** Sent again, perhaps to another model; last in the row, as it will be in the conversation. */
export const withRetry = (box: Outbox, localId: string, model: string): Outbox => [
  ...without(box, localId),
  ...box
    .filter((post) => post.localId === localId)
    .map((post) => ({ ...post, model, state: 'sending' as const, error: null })),
]

/** It is a message now, or was taken back. */
export const without = (box: Outbox, localId: string): Outbox => box.filter((post) => post.localId !== localId)

export const isSending = (box: Outbox): boolean => box.some(({ state }) => state === 'sending')

const empty: Outbox = []
const boxes = createStore<Readonly<Record<string, Outbox>>>({})

export const changeOutbox = (conversation: string, change: (box: Outbox) => Outbox): void =>
  boxes.set((present) => ({ ...present, [conversation]: change(present[conversation] ?? empty) }))

export const useOutbox = (conversation: string): Outbox => useStore(boxes)[conversation] ?? empty
