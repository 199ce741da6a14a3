/** Changes the name or colour of a work type. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { updateWorkType as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { listWorkTypes } from './list-work-types.ts'

export const useUpdateWorkType = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'PATCH', path: '/api/team/work-types/{id}', params: { id }, body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listWorkTypes(conversationId).queryKey }),
  })
}
