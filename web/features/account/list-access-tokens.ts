/** The person's access tokens, without the tokens themselves. */
import { queryOptions } from '@tanstack/react-query'
import type { listAccessTokens as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const listAccessTokens = () =>
  queryOptions({
    queryKey: ['access-tokens'],
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/app/access-tokens', signal }),
    select: ({ data }) => data,
  })
