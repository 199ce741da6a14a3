/** Adds people to a group. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { addMembers as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadMembers } from './list-members.ts'

export const useAddMembers = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (personIds: string[]) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/team/conversations/{id}/members',
        params: { id },
        body: { personIds },
      }),
    onSuccess: () => rereadMembers(queries, id),
  })
}
