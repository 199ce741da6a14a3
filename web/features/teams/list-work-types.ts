/** The work types of a conversation, by name. */
import { queryOptions } from '@tanstack/react-query'
import type { listWorkTypes as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const listWorkTypes = (id: string) =>
  queryOptions({
    queryKey: ['team', 'work-types', id],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations/{id}/work-types',
        params: { id },
        signal,
      }),
    staleTime: 5 * 60_000,
  })
