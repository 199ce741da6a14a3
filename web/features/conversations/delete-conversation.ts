/**
 * Deletes a conversation, with a way back. The server deletes for good, so the page hides the conversation at once and
 * sends the request only when the offer to undo is over, or the page is left.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { deleteConversation as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { createStore, useStore } from '../../lib/store.ts'
import { dropConversation } from './list-conversations.ts'

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

/** Hides the conversation now and deletes it after `UNDO_FOR`, unless it is undone. `onFailed` runs when the server refused: it is back then. */
export const deleteLater = (queries: QueryClient, id: string, onFailed: (error: unknown) => void): void => {
  const send = () => {
    clearTimeout(timer)
    request<typeof endpoint>({ method: 'DELETE', path: '/api/conversations/{id}', params: { id }, keepalive: true })
      .then(() => {
        dropConversation(queries, id)
        queries.removeQueries({ queryKey: ['conversation', id] })
      })
      .catch((error: unknown) => {
        // Gone already, from another browser: that is what was wanted.
        if ((error as { status?: number }).status === 404) dropConversation(queries, id)
        else onFailed(error)
      })
      .finally(() => settle(id))
  }
  const timer = setTimeout(send, UNDO_FOR)
  pending.set((present) => new Map(present).set(id, { timer, send }))
}

export const undoDelete = (id: string): void => {
  clearTimeout(pending.get().get(id)?.timer)
  settle(id)
}

/** Sends what is still held back; for the moment in which the page is left. */
export const sendPendingDeletes = (): void => {
  for (const { send } of pending.get().values()) send()
}

/** The conversations that are hidden because they are about to be deleted. */
export const usePendingDeletes = (): ReadonlyMap<string, unknown> => useStore(pending)
