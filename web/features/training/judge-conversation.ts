/** Lets a model score a conversation. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { judgeConversation as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversation } from './read-conversation.ts'

export const useJudgeConversation = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (model: string) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/conversations/{conversationId}/judge',
        params: { conversationId },
        body: { model },
      }),
    onSuccess: () => rereadConversation(queries, conversationId),
  })
}
