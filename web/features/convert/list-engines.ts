/** Which engines are installed, and which package brings those that are not. */
import { queryOptions } from '@tanstack/react-query'
import type { listEngines as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'

export const listEngines = () =>
  queryOptions({
    queryKey: ['conversion', 'engines'],
    queryFn: async ({ signal }) => {
      const { data } = await request<typeof endpoint>({ method: 'GET', path: '/convert/engines', signal })
      return data
    },
    staleTime: 60_000,
  })
