/** What was done with one's training data, newest first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listLog as endpoint, TrainingAction } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const listLog = (action?: TrainingAction) =>
  infiniteQueryOptions({
    queryKey: ['training', 'log', action ?? null],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/log',
        query: { action, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  })
