/** Changes the words of the person's own message. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { editTeamMessage as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { keepMessage } from './keep-message.ts'

export const useEditMessage = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, content, mentions }: { id: string; content: string; mentions: string[] }) =>
      request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/team/messages/{id}',
        params: { id },
        body: { content, mentions },
      }),
    onSuccess: (message) => keepMessage(queries, message),
  })
}
