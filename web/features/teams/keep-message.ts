/** A message that is known anew goes everywhere where it is shown. */
import type { QueryClient } from '@tanstack/react-query'
import type { TeamMessage } from '#contract/messages/team.ts'
import { changeLoaded, isDeleted, setDeleted } from './list-team-messages.ts'
import { withChange, withMessage, withoutMessage } from './loaded-messages.ts'
import { readMessage } from './read-message.ts'

export const keepMessage = (queries: QueryClient, message: TeamMessage): void => {
  const { id, conversationId, threadId } = message
  if (isDeleted(id)) return
  changeLoaded(queries, conversationId, (loaded, place) =>
    place === (threadId ?? null) ? withMessage(loaded, message) : loaded,
  )
  queries.setQueryData(readMessage(id).queryKey, (read) => read && message)
}

/** Changes a message where it is shown, and nothing elsewhere. */
export const changeMessage = (
  queries: QueryClient,
  conversationId: string,
  id: string,
  change: (message: TeamMessage) => TeamMessage,
): void => {
  changeLoaded(queries, conversationId, (loaded) => withChange(loaded, id, change))
  queries.setQueryData(readMessage(id).queryKey, (read) => read && change(read))
}

export const dropMessage = (queries: QueryClient, conversationId: string, id: string): void => {
  setDeleted(id)
  changeLoaded(queries, conversationId, (loaded) => withoutMessage(loaded, id))
  void queries.invalidateQueries({ queryKey: readMessage(id).queryKey })
}
