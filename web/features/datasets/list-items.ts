/** What a version holds, or left out, by conversation. It never changes. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { DropReason, listItems as endpoint, SplitName } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { paramsOf, type VersionKey } from './read-version.ts'

export interface ItemFilter {
  readonly split?: SplitName
  readonly dropped?: DropReason
}

export const listItems = (key: VersionKey, filter: ItemFilter) =>
  infiniteQueryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version, 'items', filter],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/items',
        params: paramsOf(key),
        query: { ...filter, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
