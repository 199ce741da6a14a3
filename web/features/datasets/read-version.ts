/** One version; read again while it is being frozen. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { DatasetVersion, getVersion as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { isUnderWay, LOOK_AGAIN_MS } from './under-way.ts'

/** Names a version. */
export interface VersionKey {
  readonly datasetId: string
  readonly version: number
}

export const paramsOf = ({ datasetId, version }: VersionKey) => ({ dataset_id: datasetId, version })

export const readVersion = (key: VersionKey) =>
  queryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version],
    queryFn: async ({ signal }) => {
      const { version } = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/datasets/{dataset_id}/versions/{version}',
        params: paramsOf(key),
        signal,
      })
      return version
    },
    refetchInterval: ({ state }) => state.data !== undefined && isUnderWay(state.data) && LOOK_AGAIN_MS,
  })

export const keepVersion = (queries: QueryClient, version: DatasetVersion): void => {
  queries.setQueryData(readVersion({ datasetId: version.dataset_id, version: version.version }).queryKey, version)
}
