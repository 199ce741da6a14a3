/** Takes a conversation as training data, as it was shown. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { takeSource as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversations } from '../training/list-conversations.ts'

export const useTakeSource = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/sources/{conversationId}/take',
        params: { conversationId },
        body,
      }),
    onSuccess: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['sources', 'list'] }), rereadConversations(queries)]),
  })
}
