/** The pinned messages of a conversation, latest pin first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listPins as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const listPins = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['team', 'pins', id],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations/{id}/pins',
        params: { id },
        query: { cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 60_000,
  })
