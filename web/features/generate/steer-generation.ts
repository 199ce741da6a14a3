/** Pauses, goes on with, ends or retries a run. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  cancelGeneration as cancelEndpoint,
  GenerationRun,
  pauseGeneration as pauseEndpoint,
  resumeGeneration as resumeEndpoint,
  retryGeneration as retryEndpoint,
} from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadRuns } from './list-generations.ts'
import { keepRun } from './read-generation.ts'

export type Steering =
  | { readonly to: 'pause' | 'cancel' }
  /** With another cap, in US dollars, where one is given. */
  | { readonly to: 'resume'; readonly cap?: number }
  /** All that has failed, or these. */
  | { readonly to: 'retry'; readonly callIds?: string[] }

const steer = (id: string, steering: Steering): Promise<GenerationRun> => {
  const params = { id }
  switch (steering.to) {
    case 'pause':
      return request<typeof pauseEndpoint>({ method: 'POST', path: '/api/training/generations/{id}/pause', params })
    case 'cancel':
      return request<typeof cancelEndpoint>({ method: 'POST', path: '/api/training/generations/{id}/cancel', params })
    case 'resume':
      return request<typeof resumeEndpoint>({
        method: 'POST',
        path: '/api/training/generations/{id}/resume',
        params,
        body: steering.cap === undefined ? {} : { cost_cap: steering.cap },
      })
    case 'retry':
      return request<typeof retryEndpoint>({
        method: 'POST',
        path: '/api/training/generations/{id}/retry',
        params,
        body: steering.callIds === undefined ? {} : { call_ids: steering.callIds },
      })
  }
}

export const useSteerGeneration = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...steering }: Steering & { readonly id: string }) => steer(id, steering),
    onSuccess: (run) => keepRun(queries, run),
    onSettled: () => rereadRuns(queries),
  })
}
