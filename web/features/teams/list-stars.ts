/** The messages that the person has starred, latest first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listStars as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const listStars = () =>
  infiniteQueryOptions({
    queryKey: ['team', 'stars'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({ method: 'GET', path: '/api/team/stars', query: { cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 60_000,
  })
