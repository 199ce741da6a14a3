/** Deletes a task; its messages stay. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { deleteTask as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadTasks } from './list-tasks.ts'

export const useDeleteTask = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({ method: 'DELETE', path: '/api/team/tasks/{id}', params: { id } }),
    onSuccess: () => rereadTasks(queries, conversationId),
  })
}
