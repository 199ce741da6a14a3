/** Branches a conversation at a message: with its messages, or with a summary of them. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { branchConversation as endpoint } from '#contract/conversations/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import { request } from '../../lib/client.ts'
import { listConversations } from './list-conversations.ts'

export const useBranchConversation = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ messageId, ...body }: BodyOf<typeof endpoint> & { messageId: string }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/conversations/{id}/messages/{messageId}/branch',
        params: { id, messageId },
        body,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listConversations().queryKey }),
  })
}
