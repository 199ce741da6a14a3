/** What a model would be asked. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { previewTemplate as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const previewTemplate = (id: string, body: BodyOf<typeof endpoint>) =>
  queryOptions({
    queryKey: ['training', 'templates', id, 'preview', body],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/templates/{id}/preview',
        params: { id },
        body,
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
  })
