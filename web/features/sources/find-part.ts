/** Where the latest messages of a conversation begin, of which a part is taken. */
import { queryOptions } from '@tanstack/react-query'
import type { listMessages as endpoint } from '#contract/messages/index.ts'
import { request } from '../../lib/client.ts'

/** How many of the latest messages can be taken by themselves. */
export const parts = ['100', '50', '20'] as const
export type Part = (typeof parts)[number]

/** The id of the first of them; null where there are none. */
export const findPart = (conversationId: string, part: Part) =>
  queryOptions({
    queryKey: ['sources', 'part', conversationId, part],
    queryFn: async ({ signal }) => {
      const page = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/conversations/{conversationId}/messages',
        params: { conversationId },
        query: { limit: Number(part) },
        signal,
      })
      return ('oldestMessageId' in page && page.oldestMessageId) || null
    },
    staleTime: Infinity,
    gcTime: 0,
  })
