/** The tasks of a conversation: open ones first, then the newest; or those of one message. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listTasks as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const listTasks = (id: string, messageId?: string) =>
  infiniteQueryOptions({
    queryKey: ['team', 'tasks', id, messageId ?? null],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations/{id}/tasks',
        params: { id },
        query: { cursor: pageParam, messageId },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 60_000,
  })

export const rereadTasks = (queries: QueryClient, id: string) =>
  queries.invalidateQueries({ queryKey: ['team', 'tasks', id] })
