/** One dataset. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { Dataset, getDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const readDataset = (id: string) =>
  queryOptions({
    queryKey: ['training', 'datasets', id],
    queryFn: async ({ signal }) => {
      const { dataset } = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}',
        params: { dataset_id: id },
        signal,
      })
      return dataset
    },
  })

export const keepDataset = (queries: QueryClient, dataset: Dataset): void => {
  queries.setQueryData(readDataset(dataset.id).queryKey, dataset)
}
