/** Makes a task, from a message or from nothing. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createTask as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { rereadTasks } from './list-tasks.ts'

export const useCreateTask = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/team/conversations/{id}/tasks', params: { id }, body }),
    onSuccess: () => rereadTasks(queries, id),
  })
}
