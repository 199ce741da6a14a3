/** The versions of a dataset, the latest first; read again while one of them is being frozen. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listVersions as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { isUnderWay, LOOK_AGAIN_MS } from './under-way.ts'

export const listVersions = (datasetId: string) =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', datasetId, 'versions'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/versions',
        params: { dataset_id: datasetId },
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ versions }) => versions.some(isUnderWay)) === true && LOOK_AGAIN_MS,
  })
