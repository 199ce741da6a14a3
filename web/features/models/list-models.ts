/** Every model that the person can choose, by where it comes from. */
import { queryOptions } from '@tanstack/react-query'
import type { listModels as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const listModels = () =>
  queryOptions({
    queryKey: ['models'],
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/app/models', signal }),
    staleTime: 5 * 60_000,
  })
