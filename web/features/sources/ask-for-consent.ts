/** Asks everybody in a team conversation whether their words may become training data. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { askForConsent as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const useAskForConsent = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (purpose: string) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/sources/{conversationId}/consent',
        params: { conversationId },
        body: { purpose },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sources'] }),
  })
}
