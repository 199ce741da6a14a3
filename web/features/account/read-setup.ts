/** What the sign-in pages need to know before anybody is signed in. */
import { queryOptions } from '@tanstack/react-query'
import type { readSetup as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const readSetup = () =>
  queryOptions({
    queryKey: ['setup'],
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/app/setup', signal }),
  })
