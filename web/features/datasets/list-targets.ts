/** The ways in which training data can be written down. They change with the server only. */
import { queryOptions } from '@tanstack/react-query'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { listTargets as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export type Target = ReplyOf<typeof endpoint>['targets'][number]

export const listTargets = () =>
  queryOptions({
    queryKey: ['training', 'targets'],
    queryFn: async ({ signal }) => {
      const { targets } = await request<typeof endpoint>({ method: 'GET', path: '/api/training/targets', signal })
      return targets
    },
    staleTime: Infinity,
  })
