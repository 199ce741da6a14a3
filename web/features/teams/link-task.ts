/** Links a message to a task, or unlinks it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { linkTask as linkEndpoint, unlinkTask as unlinkEndpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadTasks } from './list-tasks.ts'

const link = (id: string, messageId: string) =>
  request<typeof linkEndpoint>({
    method: 'PUT',
    path: '/api/team/tasks/{id}/messages/{messageId}',
    params: { id, messageId },
  })
const unlink = (id: string, messageId: string) =>
  request<typeof unlinkEndpoint>({
    method: 'DELETE',
    path: '/api/team/tasks/{id}/messages/{messageId}',
    params: { id, messageId },
  })

export const useLinkTask = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, messageId, on }: { id: string; messageId: string; on: boolean }) =>
      on ? link(id, messageId) : unlink(id, messageId),
    onSuccess: () => rereadTasks(queries, conversationId),
  })
}
