/** Pins a message for everybody, or stars it for oneself: shown at once, taken back if the server refuses. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  pinMessage as pinEndpoint,
  starMessage as starEndpoint,
  TeamMessage,
  unpinMessage as unpinEndpoint,
  unstarMessage as unstarEndpoint,
} from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { changeMessage } from './keep-message.ts'
import { listPins } from './list-pins.ts'

const pin = (id: string) =>
  request<typeof pinEndpoint>({ method: 'PUT', path: '/api/team/messages/{id}/pin', params: { id } })
const unpin = (id: string) =>
  request<typeof unpinEndpoint>({ method: 'DELETE', path: '/api/team/messages/{id}/pin', params: { id } })
const star = (id: string) =>
  request<typeof starEndpoint>({ method: 'PUT', path: '/api/team/messages/{id}/star', params: { id } })
const unstar = (id: string) =>
  request<typeof unstarEndpoint>({ method: 'DELETE', path: '/api/team/messages/{id}/star', params: { id } })

interface Mark {
  readonly message: Pick<TeamMessage, 'id' | 'conversationId'>
  readonly on: boolean
}

export const usePin = () => {
  const queries = useQueryClient()
  const show = ({ id, conversationId }: Mark['message'], isPinned: boolean) =>
    changeMessage(queries, conversationId, id, (message) => ({ ...message, isPinned }))
  return useMutation({
    mutationFn: ({ message, on }: Mark) => (on ? pin(message.id) : unpin(message.id)),
    onMutate: ({ message, on }) => show(message, on),
    onError: (_error, { message, on }) => show(message, !on),
    onSuccess: (_nothing, { message }) =>
      queries.invalidateQueries({ queryKey: listPins(message.conversationId).queryKey }),
  })
}

export const useStar = () => {
  const queries = useQueryClient()
  const show = ({ id, conversationId }: Mark['message'], isStarred: boolean) =>
    changeMessage(queries, conversationId, id, (message) => ({ ...message, isStarred }))
  return useMutation({
    mutationFn: ({ message, on }: Mark) => (on ? star(message.id) : unstar(message.id)),
    onMutate: ({ message, on }) => show(message, on),
    onError: (_error, { message, on }) => show(message, !on),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['team', 'stars'] }),
  })
}
