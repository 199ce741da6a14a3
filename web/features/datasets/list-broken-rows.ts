/** Which conversations of a version break a rule of a target. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listBrokenRows as endpoint, TargetChoice } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { paramsOf, type VersionKey } from './read-version.ts'

export const listBrokenRows = (key: VersionKey, target: TargetChoice, rule: string) =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version, 'broken', target, rule],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/report/rows',
        params: paramsOf(key),
        body: { target, rule, limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
