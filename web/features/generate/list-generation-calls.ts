/** The conversations of a run, in its order. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import type { CallStatus, GenerationRun, listGenerationCalls as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { looksAgainAfter } from './run-state.ts'

export const listGenerationCalls = (run: GenerationRun, status: CallStatus | null) =>
  infiniteQueryOptions({
    queryKey: ['training', 'runs', 'calls', run.id, status],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/generations/{id}/calls',
        params: { id: run.id },
        query: { limit: 25, cursor: pageParam, status: status ?? undefined },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    refetchInterval: looksAgainAfter(run),
    placeholderData: keepPreviousData,
  })
