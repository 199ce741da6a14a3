/**
 * Deeds that can be undone for some seconds. The server deletes for good, so the page shows them as done at once and sends
 * the request only when the offer to undo is over, or the page is left.
 */
import { createStore, useStore } from './store.ts'

/** How long "Undo" stands, in milliseconds. */
export const UNDO_FOR = 5000

interface Pending {
  readonly timer: ReturnType<typeof setTimeout>
  readonly send: () => void
}

const pending = createStore<ReadonlyMap<string, Pending>>(new Map())

const settle = (id: string) =>
  pending.set((present) => {
    const rest = new Map(present)
    rest.delete(id)
    return rest
  })

/** Runs `deed` after `UNDO_FOR`, unless it is undone. `id`: what it is done to; it counts as pending until `deed` has ended. */
export const doLater = (id: string, deed: () => Promise<unknown>): void => {
  const send = () => {
    clearTimeout(timer)
    void deed().finally(() => settle(id))
  }
  const timer = setTimeout(send, UNDO_FOR)
  pending.set((present) => new Map(present).set(id, { timer, send }))
}

export const undo = (id: string): void => {
  clearTimeout(pending.get().get(id)?.timer)
  settle(id)
}

/** Does what is still held back; for the moment in which the page is left. */
export const doPending = (): void => {
  for (const { send } of pending.get().values()) send()
}

/** The ids of what is hidden because it is about to go. */
export const usePending = (): ReadonlyMap<string, unknown> => useStore(pending)
