/** Stops an export that waits or is being made. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { cancelExport as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadExports } from './list-exports.ts'

export const useCancelExport = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/exports/{export_id}/cancel',
        params: { export_id: id },
      }),
    onSettled: () => rereadExports(queries),
  })
}
