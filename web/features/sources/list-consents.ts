/** Who asked whether one's words may become training data, latest first. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { listConsents as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listConsents = () =>
  infiniteQueryOptions({
    queryKey: ['consents', 'list'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/consents',
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })

/** What waits for an answer in one conversation. */
export const listWaitingConsents = (conversationId: string) =>
  queryOptions({
    queryKey: ['consents', 'waiting', conversationId],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/consents',
        query: { answer: 'waiting', conversation_id: conversationId },
        signal,
      }),
  })
