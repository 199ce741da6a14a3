/** The messages of a conversation: the newest first, older ones as the reader goes back. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { listMessages as endpoint, Message } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'
import { withMessage, withNewest, withOlder, type LoadedMessages } from './message-pages.ts'

const PAGE = 50

const fetchPage = (id: string, before: string | undefined, signal?: AbortSignal) =>
  request<typeof endpoint>({
    method: 'GET',
    path: '/api/app/conversations/{id}/messages',
    params: { id },
    query: { limit: PAGE, before },
    ...(signal ? { signal } : {}),
  })

const keyOf = (id: string) => ['messages', id]

export const listMessages = (queries: QueryClient, id: string) =>
  queryOptions({
    queryKey: keyOf(id),
    queryFn: async ({ signal }): Promise<LoadedMessages> => {
      const before = queries.getQueryData<LoadedMessages>(keyOf(id))
      const page = await fetchPage(id, undefined, signal)
      const present = queries.getQueryData<LoadedMessages>(keyOf(id))
      const hadBefore = new Set(before?.messages.map((message) => message.id))
      const addedSince = present?.messages.filter((message) => !hadBefore.has(message.id)) ?? []
      return withNewest(present, page, before ? addedSince : [])
    },
    // Coming back shows what was there at once; the stream tells when that is no longer all.
    staleTime: 30_000,
  })

export const addMessage = (queries: QueryClient, message: Message): void => {
  queries.setQueryData<LoadedMessages>(
    keyOf(message.conversationId),
    (loaded) => loaded && withMessage(loaded, message),
  )
}

/** The messages of a conversation that this page has just made: nobody needs to ask for them. */
export const startMessages = (queries: QueryClient, message: Message): void => {
  queries.setQueryData<LoadedMessages>(keyOf(message.conversationId), { messages: [message], hasOlder: false })
}

/** Loads one more page of history. */
export const loadOlder = async (queries: QueryClient, id: string): Promise<void> => {
  const oldest = queries.getQueryData<LoadedMessages>(keyOf(id))?.messages[0]
  if (!oldest) return
  const page = await fetchPage(id, oldest.id)
  queries.setQueryData<LoadedMessages>(keyOf(id), (loaded) => loaded && withOlder(loaded, page))
}
