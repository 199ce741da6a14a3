/** Names a choice of conversations; what becomes of them is as it usually is, until it is changed. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { listDatasets } from './list-datasets.ts'
import { keepDataset } from './read-dataset.ts'

type Body = BodyOf<typeof endpoint>

export const useCreateDataset = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (given: Omit<Body, 'settings'>) => {
      const { dataset } = await request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets',
        // The server knows the usual settings.
        body: given as Body,
      })
      return dataset
    },
    onSuccess: (dataset) => {
      keepDataset(queries, dataset)
      void queries.invalidateQueries({ queryKey: listDatasets().queryKey })
    },
  })
}
