/** Promotes, demotes, or hands the group over. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { changeRole as endpoint, Role } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadMembers } from './list-members.ts'
import { readTeam } from './read-team.ts'

export const useChangeRole = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ personId, role }: { personId: string; role: Role }) =>
      request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/team/conversations/{id}/members/{personId}',
        params: { id, personId },
        body: { role },
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: readTeam(queries, id).queryKey })
      return rereadMembers(queries, id)
    },
  })
}
