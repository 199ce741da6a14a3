/** Removes an export and its files. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { deleteExport as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadExports } from './list-exports.ts'

export const useDeleteExport = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/training/exports/{export_id}',
        params: { export_id: id },
      }),
    onSettled: () => rereadExports(queries),
  })
}
