/** What was redacted in a training conversation. Read again with the conversation: approving it makes this final. */
import { queryOptions } from '@tanstack/react-query'
import type { listRedactions as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listRedactions = (conversationId: string) =>
  queryOptions({
    queryKey: ['training', 'conversation', conversationId, 'redactions'],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/conversations/{conversationId}/redactions',
        params: { conversationId },
        signal,
      }),
  })
