/** What this server converts into what. */
import { queryOptions } from '@tanstack/react-query'
import type { listFormats as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'

export const listFormats = () =>
  queryOptions({
    queryKey: ['conversion', 'formats'],
    queryFn: async ({ signal }) => {
      const { data } = await request<typeof endpoint>({ method: 'GET', path: '/convert/formats', signal })
      return data
    },
    staleTime: 60_000,
  })
