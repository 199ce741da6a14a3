/** One training conversation: its record, what it says, and what was done with it lately. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { listRevisions, readTrainingConversation as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadConversations } from './list-conversations.ts'

export const readConversation = (conversationId: string) =>
  queryOptions({
    queryKey: ['training', 'conversation', conversationId],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/conversations/{conversationId}',
        params: { conversationId },
        signal,
      }),
  })

/** The latest of its revisions. */
export const readRevisions = (conversationId: string) =>
  queryOptions({
    queryKey: ['training', 'conversation', conversationId, 'revisions'],
    queryFn: ({ signal }) =>
      request<typeof listRevisions>({
        method: 'GET',
        path: '/api/training/conversations/{conversationId}/revisions',
        params: { conversationId },
        signal,
      }),
  })

/** Reads it and the lists again. */
export const rereadConversation = async (queries: QueryClient, conversationId: string): Promise<void> => {
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['training', 'conversation', conversationId] }),
    rereadConversations(queries),
  ])
}
