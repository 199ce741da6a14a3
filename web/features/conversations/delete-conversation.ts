/** Deletes a conversation, with a way back for some seconds. */
import type { QueryClient } from '@tanstack/react-query'
import type { deleteConversation as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { doLater } from '../../lib/undoable.ts'
import { dropConversation } from './list-conversations.ts'

/** Hides the conversation now and deletes it later. `onFailed` runs when the server refused: it is back then. */
export const deleteLater = (queries: QueryClient, id: string, onFailed: (error: unknown) => void): void =>
  doLater(id, () =>
    request<typeof endpoint>({ method: 'DELETE', path: '/api/conversations/{id}', params: { id }, keepalive: true })
      .then(() => {
        dropConversation(queries, id)
        queries.removeQueries({ queryKey: ['conversation', id] })
      })
      .catch((error: unknown) => {
        // Gone already, from another browser: that is what was wanted.
        if (asRequestError(error).status === 404) dropConversation(queries, id)
        else onFailed(error)
      }),
  )
