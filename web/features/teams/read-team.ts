/** One team conversation as the person sees it. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { readTeamConversation as endpoint, TeamConversation } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { isGone } from './gone.ts'
import { listTeams, showTeam } from './list-teams.ts'
import { allTeams } from './team-pages.ts'

export const readTeam = (queries: QueryClient, id: string) =>
  queryOptions({
    queryKey: ['team', 'conversation', id],
    queryFn: async ({ signal }): Promise<TeamConversation> => {
      const team = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/team/conversations/{id}',
        params: { id },
        signal,
      })
      signal.throwIfAborted()
      showTeam(queries, team)
      return team
    },
    // What the list knows is shown at once, and read again.
    initialData: () => allTeams(queries.getQueryData(listTeams().queryKey)).find((team) => team.id === id),
    initialDataUpdatedAt: 0,
    staleTime: 5 * 60_000,
  })

/** The conversation as far as it was read, by itself or with the list, unless it is no longer the person's. */
export const knownTeam = (queries: QueryClient, id: string): TeamConversation | undefined =>
  isGone(id)
    ? undefined
    : (queries.getQueryData(readTeam(queries, id).queryKey) ??
      allTeams(queries.getQueryData(listTeams().queryKey)).find((team) => team.id === id))

/** A conversation that is known anew goes everywhere where it is shown. */
export const keepTeam = (queries: QueryClient, team: TeamConversation): void => {
  queries.setQueryData(readTeam(queries, team.id).queryKey, team)
  showTeam(queries, team)
}

/** Changes what is known of a conversation, without asking the server. */
export const changeTeam = (
  queries: QueryClient,
  id: string,
  change: (team: TeamConversation) => TeamConversation,
): void => {
  const known = knownTeam(queries, id)
  if (known) keepTeam(queries, change(known))
}
