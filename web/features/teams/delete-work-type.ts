/** Deletes a work type; its messages lose the tag. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { deleteWorkType as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { listWorkTypes } from './list-work-types.ts'

export const useDeleteWorkType = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({ method: 'DELETE', path: '/api/team/work-types/{id}', params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listWorkTypes(conversationId).queryKey }),
  })
}
