/** Changes what a turn says, whether it is learned from, and its scores. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { changeTurn as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversation } from './read-conversation.ts'

export const useChangeTurn = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ turn, ...body }: BodyOf<typeof endpoint> & { readonly turn: number }) =>
      request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/training/conversations/{conversationId}/turns/{turnNumber}',
        params: { conversationId, turnNumber: String(turn) as never },
        body,
      }),
    // Also after a failure: another tab may have moved on.
    onSettled: () => rereadConversation(queries, conversationId),
  })
}
