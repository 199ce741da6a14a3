/** The person's team conversations, latest activity first, page by page. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { listTeamConversations as endpoint, TeamConversation } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { withoutTeam, withTeam, type TeamPages } from './team-pages.ts'

const PAGE = 30

export const listTeams = () =>
  infiniteQueryOptions({
    queryKey: ['team', 'conversations'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations',
        query: { limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // Events keep it true.
    staleTime: 5 * 60_000,
  })

const change = (queries: QueryClient, how: (pages: TeamPages) => TeamPages) =>
  queries.setQueryData(listTeams().queryKey, (pages) => pages && how(pages))

/** Shows a conversation that was made or read again. */
export const showTeam = (queries: QueryClient, team: TeamConversation) =>
  change(queries, (pages) => withTeam(pages, team))

export const dropTeam = (queries: QueryClient, id: string) => change(queries, (pages) => withoutTeam(pages, id))
