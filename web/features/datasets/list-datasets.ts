/** Datasets, the latest first. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listDatasets as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listDatasets = () =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', 'list'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets',
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })

/** Lists, datasets and versions. */
export const rereadDatasets = (queries: QueryClient): Promise<void> =>
  queries.invalidateQueries({ queryKey: ['training', 'datasets'] })
