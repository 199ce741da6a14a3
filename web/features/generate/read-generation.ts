/** One run; read again while it is under way, so that every tab shows the same. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { GenerationRun, getGeneration as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { LOOK_AGAIN_MS, looksAgainAfter } from './run-state.ts'

const keyOf = (id: string) => ['training', 'runs', 'one', id]

export const readGeneration = (id: string) =>
  queryOptions({
    queryKey: keyOf(id),
    queryFn: ({ signal }) =>
      request<typeof endpoint>({ method: 'GET', path: '/api/training/generations/{id}', params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data ? looksAgainAfter(state.data) : LOOK_AGAIN_MS),
  })

export const keepRun = (queries: QueryClient, run: GenerationRun): void => {
  queries.setQueryData(readGeneration(run.id).queryKey, run)
}
