/** Changes the name, the choice or the settings of a dataset; frozen versions stay as they are. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { changeDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { listDatasets } from './list-datasets.ts'
import { reloadMembers } from './list-members.ts'
import { keepDataset } from './read-dataset.ts'

export const useChangeDataset = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (change: BodyOf<typeof endpoint>) => {
      const { dataset } = await request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/training/datasets/{dataset_id}',
        params: { dataset_id: id },
        body: change,
      })
      return dataset
    },
    onSuccess: (dataset) => {
      keepDataset(queries, dataset)
      reloadMembers(queries, dataset.id)
      void queries.invalidateQueries({ queryKey: listDatasets().queryKey })
    },
  })
}
