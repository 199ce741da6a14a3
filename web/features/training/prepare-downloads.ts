/** Asks for one ZIP of several conversations: an export like any other. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { prepareDownloads as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const usePrepareDownloads = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (ids: string[]) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/downloads',
        body: { conversation_ids: ids, type: 'final', format: 'json', compression: 'zip', include_metadata: true },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['training', 'exports'] }),
  })
}
