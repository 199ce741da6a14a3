/** Training conversations that hold words of one's own, latest first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listHeldWords as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listHeldWords = () =>
  infiniteQueryOptions({
    queryKey: ['held-words'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/my-data',
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
