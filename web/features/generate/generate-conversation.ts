/** Generates one conversation and waits for it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { generateConversation as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadRuns } from './list-generations.ts'

export const useGenerateConversation = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/training/conversations/generate', body }),
    onSettled: () => rereadRuns(queries),
  })
}
