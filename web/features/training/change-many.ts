/** Approves, rejects, archives or deletes several conversations with one request. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { changeManyConversations as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const useChangeMany = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/training/conversations/bulk', body }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['training'] }),
  })
}
