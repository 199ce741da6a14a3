/** Groups of conversations of a version that say the same, or nearly. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listClusters as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { paramsOf, type VersionKey } from './read-version.ts'

export const listClusters = (key: VersionKey) =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version, 'duplicates'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/duplicates',
        params: paramsOf(key),
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
