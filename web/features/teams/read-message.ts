/** One message, wherever it stands. */
import { queryOptions } from '@tanstack/react-query'
import type { readTeamMessage as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const readMessage = (id: string) =>
  queryOptions({
    queryKey: ['team', 'message', id],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({ method: 'GET', path: '/api/team/messages/{id}', params: { id }, signal }),
    staleTime: 60_000,
  })
