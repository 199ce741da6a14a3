/** Removes a dataset with its versions; the conversations stay. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { deleteDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { listDatasets } from './list-datasets.ts'

export const useDeleteDataset = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/training/datasets/{dataset_id}',
        params: { dataset_id: id },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listDatasets().queryKey }),
  })
}
