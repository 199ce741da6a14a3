/** Decides on a conversation, or takes it up again. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { changeReviewStatus as endpoint, ReviewStatus } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversation } from './read-conversation.ts'

export interface Decision {
  readonly conversationId: string
  readonly status: ReviewStatus
  readonly notes?: string
}

export const useReviewConversation = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ conversationId, status, notes }: Decision) =>
      request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/training/conversations/{conversationId}/status',
        params: { conversationId },
        body: { status, ...(notes === undefined ? {} : { review_notes: notes }) },
      }),
    onSettled: (_review, _error, { conversationId }) => rereadConversation(queries, conversationId),
  })
}
