/** A conversation that is no longer the person's goes everywhere where it is shown. */
import type { QueryClient } from '@tanstack/react-query'
import { outdateReads } from '../../lib/outdate-reads.ts'
import { setGone } from './gone.ts'
import { messagesKey } from './list-team-messages.ts'
import { dropTeam, listTeams } from './list-teams.ts'
import { readTeam } from './read-team.ts'

export const loseTeam = (queries: QueryClient, id: string): void => {
  setGone(id, true)
  outdateReads(queries, { one: readTeam(queries, id).queryKey, list: listTeams().queryKey })
  dropTeam(queries, id)
  queries.removeQueries({ queryKey: messagesKey(id) })
}
