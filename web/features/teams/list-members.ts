/** Who is in a conversation, by name, page by page. */
import { infiniteQueryOptions, keepPreviousData, type QueryClient } from '@tanstack/react-query'
import type { listMembers as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

/** `q`: part of the name; empty for everybody. */
export const listMembers = (id: string, q = '') =>
  infiniteQueryOptions({
    queryKey: ['team', 'members', id, q],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations/{id}/members',
        params: { id },
        query: { cursor: pageParam, q: q === '' ? undefined : q },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

/** Whatever was read of the members is read again. */
export const rereadMembers = (queries: QueryClient, id: string) =>
  queries.invalidateQueries({ queryKey: ['team', 'members', id] })
