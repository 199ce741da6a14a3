/** The messages of a team conversation or of one of its threads, as far as they are loaded, and how more of them come. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { listTeamMessages as endpoint, TeamMessage } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'
import { reread, startedWith, withNewer, withOlder, type LoadedMessages } from './loaded-messages.ts'

const PAGE = 50

/** The timeline of a conversation, or a thread of it. */
export interface Place {
  readonly conversationId: string
  /** The message that the thread hangs on; null: the timeline. */
  readonly threadId: string | null
}

type Where = { readonly before?: string; readonly after?: string; readonly around?: string }

/** Messages that are known to be deleted: what was read before must not bring them back. */
const deleted = new Set<string>()

export const isDeleted = (id: string): boolean => deleted.has(id)

export const setDeleted = (id: string): void => void deleted.add(id)

const fetchPage = async ({ conversationId, threadId }: Place, where: Where, signal?: AbortSignal) => {
  const page = await request<typeof endpoint>({
    method: 'GET',
    path: '/api/team/conversations/{id}/messages',
    params: { id: conversationId },
    query: { limit: PAGE, threadId: threadId ?? undefined, ...where },
    ...(signal ? { signal } : {}),
  })
  return { ...page, data: page.data.filter(({ id }) => !isDeleted(id)) }
}

/** Of everything that is loaded of one conversation; threads have one more part. */
export const messagesKey = (conversationId: string) => ['team', 'messages', conversationId]

const keyOf = ({ conversationId, threadId }: Place) => [...messagesKey(conversationId), threadId]

/** Read again, a run that reaches the present is joined to its newest page; one in the past, to a page around its middle. */
export const listTeamMessages = (queries: QueryClient, place: Place) =>
  queryOptions({
    queryKey: keyOf(place),
    queryFn: async ({ signal }): Promise<LoadedMessages> => {
      const before = queries.getQueryData<LoadedMessages>(keyOf(place))
      const middle = before?.hasNewer ? before.messages[before.messages.length >> 1] : undefined
      const page = await fetchPage(place, middle ? { around: middle.id } : {}, signal)
      const present = queries.getQueryData<LoadedMessages>(keyOf(place))
      const hadBefore = new Set(before?.messages.map(({ id }) => id))
      const addedSince = before ? (present?.messages.filter(({ id }) => !hadBefore.has(id)) ?? []) : []
      return reread(present, page, addedSince)
    },
    // Events keep it true.
    staleTime: 5 * 60_000,
  })

const change = (queries: QueryClient, place: Place, how: (loaded: LoadedMessages) => LoadedMessages) =>
  queries.setQueryData<LoadedMessages>(keyOf(place), (loaded) => loaded && how(loaded))

export const loadOlder = async (queries: QueryClient, place: Place): Promise<void> => {
  const oldest = queries.getQueryData<LoadedMessages>(keyOf(place))?.messages[0]
  if (!oldest) return
  const page = await fetchPage(place, { before: oldest.id })
  change(queries, place, (loaded) => (loaded.messages[0]?.id === oldest.id ? withOlder(loaded, page) : loaded))
}

export const loadNewer = async (queries: QueryClient, place: Place): Promise<void> => {
  const newest = queries.getQueryData<LoadedMessages>(keyOf(place))?.messages.at(-1)
  if (!newest) return
  const page = await fetchPage(place, { after: newest.id })
  change(queries, place, (loaded) => (loaded.messages.at(-1)?.id === newest.id ? withNewer(loaded, page) : loaded))
}

/** Loads the messages around one, in the place of what was loaded. */
export const loadAround = async (queries: QueryClient, place: Place, messageId: string): Promise<void> => {
  const page = await fetchPage(place, { around: messageId })
  await queries.cancelQueries({ queryKey: keyOf(place), exact: true })
  queries.setQueryData<LoadedMessages>(keyOf(place), startedWith(page))
}

/** Loads the latest messages, in the place of what was loaded. */
export const loadLatest = async (queries: QueryClient, place: Place): Promise<void> => {
  const page = await fetchPage(place, {})
  await queries.cancelQueries({ queryKey: keyOf(place), exact: true })
  queries.setQueryData<LoadedMessages>(keyOf(place), startedWith(page))
}

/** Everything that is loaded of a conversation, its timeline and its threads, changed alike. */
export const changeLoaded = (
  queries: QueryClient,
  conversationId: string,
  how: (loaded: LoadedMessages, threadId: string | null) => LoadedMessages,
): void => {
  for (const [key] of queries.getQueriesData<LoadedMessages>({ queryKey: messagesKey(conversationId) })) {
    queries.setQueryData<LoadedMessages>(key, (loaded) => loaded && how(loaded, (key[3] as string | null) ?? null))
  }
}

/** A message where it is loaded: in the timeline, or in a thread. */
export const findLoaded = (queries: QueryClient, conversationId: string, id: string): TeamMessage | undefined => {
  for (const [, loaded] of queries.getQueriesData<LoadedMessages>({ queryKey: messagesKey(conversationId) })) {
    const found = loaded?.messages.find((message) => message.id === id)
    if (found) return found
  }
  return undefined
}
