/** Begins the next version of a dataset. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { freezeDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadDatasets } from './list-datasets.ts'
import { keepVersion } from './read-version.ts'

export const useFreezeDataset = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      const { version } = await request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/versions',
        params: { dataset_id: id },
      })
      return version
    },
    onSuccess: (version) => {
      keepVersion(queries, version)
      void rereadDatasets(queries)
    },
  })
}
