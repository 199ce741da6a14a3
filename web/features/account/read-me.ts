/** Who is signed in, and what they have set. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import type { Person, readMe as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const readMe = () =>
  queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/app/me', signal }),
    staleTime: 60_000,
  })

/** The person, inside the part of the page that only signed-in people see. */
export const useMe = (): Person => useSuspenseQuery(readMe()).data
