/** Deletes a group with everything in it, with a way back for some seconds. */
import type { QueryClient } from '@tanstack/react-query'
import type { deleteTeamConversation as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { doLater } from '../../lib/undoable.ts'
import { loseTeam } from './lose-team.ts'

/** `onFailed` runs when the server refused: the group is back then. */
export const deleteTeamLater = (queries: QueryClient, id: string, onFailed: (error: unknown) => void): void =>
  doLater(id, () =>
    request<typeof endpoint>({
      method: 'DELETE',
      path: '/api/team/conversations/{id}',
      params: { id },
      keepalive: true,
    })
      .then(() => loseTeam(queries, id))
      .catch((error: unknown) => {
        if (asRequestError(error).status === 404) loseTeam(queries, id)
        else onFailed(error)
      }),
  )
