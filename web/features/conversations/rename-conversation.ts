/** Gives a conversation another title: shown at once, taken back if the server refuses. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { renameConversation as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { changeConversation } from './list-conversations.ts'
import { readConversation } from './read-conversation.ts'

export const useRenameConversation = () => {
  const queries = useQueryClient()
  const show = (id: string, title: string | null) => {
    changeConversation(queries, id, { title })
    queries.setQueryData(
      readConversation(queries, id).queryKey,
      (read) => read && { ...read, conversation: { ...read.conversation, title } },
    )
  }
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string; before: string | null }) =>
      request<typeof endpoint>({ method: 'PATCH', path: '/api/conversations/{id}', params: { id }, body: { title } }),
    onMutate: ({ id, title }) => show(id, title),
    onError: (_error, { id, before }) => show(id, before),
  })
}
