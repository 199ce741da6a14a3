/** Erases one's words from a training conversation and from all that was made of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { eraseHeldWords as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const useEraseHeldWords = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (conversationId: string) =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/training/my-data/{conversationId}',
        params: { conversationId },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['held-words'] }),
  })
}
