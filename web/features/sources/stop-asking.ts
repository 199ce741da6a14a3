/** Takes the question back, with all answers. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { stopAsking as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const useStopAsking = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/training/sources/{conversationId}/consent',
        params: { conversationId },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sources'] }),
  })
}
