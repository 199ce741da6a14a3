/** Tags a message with a work type, or with none. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { tagMessage as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { keepMessage } from './keep-message.ts'

export const useTagMessage = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, workTypeId }: { id: string; workTypeId: string | null }) =>
      request<typeof endpoint>({
        method: 'PUT',
        path: '/api/team/messages/{id}/work-type',
        params: { id },
        body: { workTypeId },
      }),
    onSuccess: (message) => keepMessage(queries, message),
  })
}
