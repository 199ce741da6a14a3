/** What a version has that another has not, what it lacks, and what has changed. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { diffVersions as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { paramsOf, type VersionKey } from './read-version.ts'

export const diffVersions = (key: VersionKey, former: number) =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version, 'diff', former],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/diff',
        params: paramsOf(key),
        query: { with: String(former), limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
