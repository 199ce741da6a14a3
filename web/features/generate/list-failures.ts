/** What could not be generated, latest first. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import type { FailureType, listFailures as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { LOOK_SLOWLY_MS } from './run-state.ts'

export const listFailures = (type: FailureType | null) =>
  infiniteQueryOptions({
    queryKey: ['training', 'failures', type],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/failures',
        query: { limit: 25, cursor: pageParam, failure_type: type ?? undefined },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    refetchInterval: LOOK_SLOWLY_MS,
    placeholderData: keepPreviousData,
  })
