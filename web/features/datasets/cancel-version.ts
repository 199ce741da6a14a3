/** Stops a version that waits or is being frozen. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { cancelVersion as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadDatasets } from './list-datasets.ts'
import { keepVersion, paramsOf, type VersionKey } from './read-version.ts'

export const useCancelVersion = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (key: VersionKey) => {
      const { version } = await request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/cancel',
        params: paramsOf(key),
      })
      return version
    },
    onSuccess: (version) => keepVersion(queries, version),
    onSettled: () => rereadDatasets(queries),
  })
}
