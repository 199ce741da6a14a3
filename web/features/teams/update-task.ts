/** Changes a task, or ticks it off. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { updateTask as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadTasks } from './list-tasks.ts'

export const useUpdateTask = (conversationId: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'PATCH', path: '/api/team/tasks/{id}', params: { id }, body }),
    onSuccess: () => rereadTasks(queries, conversationId),
  })
}
