/** What a target's trainer would leave out or change of a version; asked for again while it is being made. */
import { queryOptions } from '@tanstack/react-query'
import type { reportVersion as endpoint, TargetChoice } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { paramsOf, type VersionKey } from './read-version.ts'
import { LOOK_AGAIN_MS } from './under-way.ts'

export const reportVersion = (key: VersionKey, target: TargetChoice) =>
  queryOptions({
    queryKey: ['training', 'datasets', key.datasetId, 'version', key.version, 'report', target],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/versions/{version}/report',
        params: paramsOf(key),
        body: { target },
        signal,
      }),
    refetchInterval: ({ state }) => state.data?.status === 'processing' && LOOK_AGAIN_MS,
  })
