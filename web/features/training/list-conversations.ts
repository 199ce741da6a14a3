/** Training conversations, 25 a page, as the address of the dashboard filters and sorts them. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listTrainingConversations as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import type { DashboardSearch } from './dashboard-search.ts'

export const listConversations = ({ open: _open, ...search }: DashboardSearch) =>
  infiniteQueryOptions({
    queryKey: ['training', 'conversations', search],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/conversations',
        query: {
          status: search.status,
          tier: search.tier,
          quality_min: search.quality,
          persona_key: search.persona,
          arc_key: search.arc,
          topic_key: search.topic,
          requires_manual_review: search.flagged ? 'true' : undefined,
          q: search.q,
          sort: search.sort,
          direction: search.direction,
          cursor: pageParam,
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })

/** After anything has changed in any of them. */
export const rereadConversations = (queries: QueryClient): Promise<void> =>
  queries.invalidateQueries({ queryKey: ['training', 'conversations'] })
