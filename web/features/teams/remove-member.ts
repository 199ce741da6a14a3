/** Removes somebody from a group; removing oneself is leaving it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { removeMember as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadMembers } from './list-members.ts'

export const useRemoveMember = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (personId: string) =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/team/conversations/{id}/members/{personId}',
        params: { id, personId },
      }),
    onSuccess: () => rereadMembers(queries, id),
  })
}
