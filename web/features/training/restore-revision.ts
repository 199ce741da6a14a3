/** Lets a conversation say again what it said at an earlier revision. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { restoreRevision as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversation } from './read-conversation.ts'

export const useRestoreRevision = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (revision: number) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/conversations/{conversationId}/restore',
        params: { conversationId },
        body: { revision },
      }),
    onSettled: () => rereadConversation(queries, conversationId),
  })
}
