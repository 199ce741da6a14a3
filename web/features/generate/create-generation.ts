/** Starts a run. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createGeneration as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadRuns } from './list-generations.ts'
import { keepRun } from './read-generation.ts'

export const useCreateGeneration = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/training/generations', body }),
    onSuccess: (run) => {
      keepRun(queries, run)
      void rereadRuns(queries)
    },
  })
}
