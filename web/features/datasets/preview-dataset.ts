/** What a version would hold if it were frozen now, as the choice and the settings are being changed. */
import { queryOptions } from '@tanstack/react-query'
import type { Dataset, previewDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export type Draft = Pick<Dataset, 'selection' | 'settings'>

export const previewDataset = (id: string, draft: Draft) =>
  queryOptions({
    queryKey: ['training', 'datasets', id, 'preview', draft],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/preview',
        params: { dataset_id: id },
        body: draft,
        signal,
      }),
  })
