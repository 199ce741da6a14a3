/** The conversations of a dataset as they are now, or those that are left out of it by name; the latest first. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listMembers as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

const keyOf = (datasetId: string) => ['training', 'datasets', datasetId, 'members'] as const

export const listMembers = (datasetId: string, leftOut: boolean) =>
  infiniteQueryOptions({
    queryKey: [...keyOf(datasetId), leftOut],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/members',
        params: { dataset_id: datasetId },
        query: { left_out: leftOut ? 'true' : 'false', limit: 10, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })

/** What is shown stays until it is looked for again, with what was just left out; whatever else shows them asks anew. */
export const staleMembers = (queries: QueryClient, datasetId: string): void =>
  void queries.invalidateQueries({ queryKey: keyOf(datasetId), refetchType: 'none' })

export const reloadMembers = (queries: QueryClient, datasetId: string): void =>
  void queries.invalidateQueries({ queryKey: keyOf(datasetId) })
