/** How well a persona, an arc and a topic go together. */
import { queryOptions } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { checkCompatibility as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const checkCompatibility = (body: BodyOf<typeof endpoint>) =>
  queryOptions({
    queryKey: ['training', 'scaffolding', 'compatibility', body],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/scaffolding/check-compatibility',
        body,
        signal,
      }),
  })
