/** Moves the person's read mark forward. */
import type { QueryClient } from '@tanstack/react-query'
import type { markRead as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { changeTeam } from './read-team.ts'

/** `messageId`: up to there; null: to the end. */
export const markRead = async (queries: QueryClient, id: string, messageId: string | null): Promise<void> => {
  const counts = await request<typeof endpoint>({
    method: 'PUT',
    path: '/api/team/conversations/{id}/read',
    params: { id },
    body: messageId === null ? {} : { messageId },
  })
  changeTeam(queries, id, (team) => (counts.readAt < team.readAt ? team : { ...team, ...counts }))
}
