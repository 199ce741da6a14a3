/** People whom one can add: by name those one shares a conversation with, by exact e-mail address anybody. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { listPeople as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const listPeople = (q: string) =>
  queryOptions({
    queryKey: ['team', 'people', q],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({ method: 'GET', path: '/api/team/people', query: { q }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
