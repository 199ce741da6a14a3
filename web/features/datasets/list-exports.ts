/** Exports, the latest first; read again while one of them is being made. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listExports as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { isUnderWay, LOOK_AGAIN_MS } from './under-way.ts'

export const listExports = () =>
  infiniteQueryOptions({
    queryKey: ['training', 'exports'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/exports',
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ exports }) => exports.some(isUnderWay)) === true && LOOK_AGAIN_MS,
  })

export const rereadExports = (queries: QueryClient): Promise<void> =>
  queries.invalidateQueries({ queryKey: ['training', 'exports'] })
