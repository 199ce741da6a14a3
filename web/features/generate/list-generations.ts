/** Runs, latest first; read again while one of them is under way. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listGenerations as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { isUnderWay, LOOK_AGAIN_MS } from './run-state.ts'

/** Of everything about runs: lists, single runs, their conversations, failures, and what is missing. */
const KEYS = [
  ['training', 'runs'],
  ['training', 'failures'],
  ['training', 'coverage'],
] as const

export const listGenerations = () =>
  infiniteQueryOptions({
    queryKey: ['training', 'runs', 'list'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/generations',
        query: { limit: 25, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ generations }) => generations.some(isUnderWay)) === true && LOOK_AGAIN_MS,
  })

export const rereadRuns = async (queries: QueryClient): Promise<void> => {
  await Promise.all(KEYS.map((queryKey) => queries.invalidateQueries({ queryKey })))
}
