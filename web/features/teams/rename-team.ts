/** Gives a group another name: shown at once, taken back if the server refuses. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { updateTeamConversation as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { changeTeam, keepTeam } from './read-team.ts'

export const useRenameTeam = () => {
  const queries = useQueryClient()
  const show = (id: string, title: string) => changeTeam(queries, id, (team) => ({ ...team, title }))
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string; before: string }) =>
      request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/team/conversations/{id}',
        params: { id },
        body: { title },
      }),
    onMutate: ({ id, title }) => show(id, title),
    onSuccess: (team) => keepTeam(queries, team),
    onError: (_error, { id, before }) => show(id, before),
  })
}
