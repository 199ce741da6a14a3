/** Deletes a conversation, with a way back for some seconds. */
import type { QueryClient } from '@tanstack/react-query'
import type { deleteConversation as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { outdateReads } from '../../lib/outdate-reads.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { doLater } from '../../lib/undoable.ts'
import { dropConversation, listConversations } from './list-conversations.ts'
import { readConversation } from './read-conversation.ts'

const forget = (queries: QueryClient, id: string): void => {
  outdateReads(queries, { one: readConversation(queries, id).queryKey, list: listConversations().queryKey })
  dropConversation(queries, id)
}

/** Hides the conversation now and deletes it later. `onFailed` runs when the server refused: it is back then. */
export const deleteLater = (queries: QueryClient, id: string, onFailed: (error: unknown) => void): void =>
  doLater(id, () =>
    request<typeof endpoint>({ method: 'DELETE', path: '/api/conversations/{id}', params: { id }, keepalive: true })
      .then(() => {
        forget(queries, id)
        queries.removeQueries({ queryKey: readConversation(queries, id).queryKey })
      })
      .catch((error: unknown) => {
        // Gone already, from another browser: that is what was wanted.
        if (asRequestError(error).status === 404) forget(queries, id)
        else onFailed(error)
      }),
  )
