/** Real conversations that may be taken, latest activity first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listSources as endpoint, Source } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listSources = (kind: Source['kind']) =>
  infiniteQueryOptions({
    queryKey: ['sources', 'list', kind],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/sources',
        query: { kind, limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
