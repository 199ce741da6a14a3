/** Deletes a message with its files, with a way back for some seconds. */
import type { QueryClient } from '@tanstack/react-query'
import type { deleteTeamMessage as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { doLater } from '../../lib/undoable.ts'
import { dropMessage } from './keep-message.ts'

/** `onFailed` runs when the server refused: the message is back then. */
export const deleteMessageLater = (
  queries: QueryClient,
  conversationId: string,
  id: string,
  onFailed: (error: unknown) => void,
): void =>
  doLater(id, () =>
    request<typeof endpoint>({ method: 'DELETE', path: '/api/team/messages/{id}', params: { id }, keepalive: true })
      .then(() => dropMessage(queries, conversationId, id))
      .catch((error: unknown) => {
        // Gone already: that is what was wanted.
        if (asRequestError(error).status === 404) dropMessage(queries, conversationId, id)
        else onFailed(error)
      }),
  )
