/** Saves or forgets the person's OpenRouter key; which models there are changes with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { deleteApiKey, saveApiKey } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { listModels } from './list-models.ts'

const useRefresh = () => {
  const queries = useQueryClient()
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['me'] }),
      queries.invalidateQueries({ queryKey: listModels().queryKey }),
    ])
}

export const useSaveApiKey = () => {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (apiKey: string) =>
      request<typeof saveApiKey>({ method: 'PUT', path: '/api/api-key', body: { apiKey } }),
    onSuccess,
  })
}

export const useDeleteApiKey = () => {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: () => request<typeof deleteApiKey>({ method: 'DELETE', path: '/api/api-key' }),
    onSuccess,
  })
}
