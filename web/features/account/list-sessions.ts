/** The browsers in which the person is signed in. */
import { queryOptions } from '@tanstack/react-query'
import type { listSessions as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const listSessions = () =>
  queryOptions({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/app/sessions', signal }),
    select: ({ data }) => data,
  })
