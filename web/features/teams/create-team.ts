/** Starts a group, or finds or starts the direct conversation with somebody. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createTeamConversation as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { keepTeam } from './read-team.ts'

export const useCreateTeam = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/team/conversations', body }),
    onSuccess: (team) => keepTeam(queries, team),
  })
}
