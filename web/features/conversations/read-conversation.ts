/** One conversation and the state of its latest reply. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { readConversation as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'
import { showConversation } from './list-conversations.ts'

export const readConversation = (queries: QueryClient, id: string) =>
  queryOptions({
    queryKey: ['conversation', id],
    queryFn: async ({ signal }) => {
      const { conversation, latestReply } = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/app/conversations/{id}',
        params: { id },
        signal,
      })
      signal.throwIfAborted()
      showConversation(queries, conversation)
      return { conversation, latestReply }
    },
    staleTime: 30_000,
  })
