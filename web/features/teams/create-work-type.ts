/** Makes a work type that messages can be tagged with. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createWorkType as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { listWorkTypes } from './list-work-types.ts'

export const useCreateWorkType = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/team/conversations/{id}/work-types',
        params: { id },
        body,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listWorkTypes(id).queryKey }),
  })
}
