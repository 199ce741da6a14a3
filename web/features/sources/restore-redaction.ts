/** Puts back what a replacement stands for, wherever it stands. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { restoreRedaction as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversation } from '../training/read-conversation.ts'

export const useRestoreRedaction = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (replacement: string) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/conversations/{conversationId}/redactions/restore',
        params: { conversationId },
        body: { replacement },
      }),
    onSettled: () => rereadConversation(queries, conversationId),
  })
}
