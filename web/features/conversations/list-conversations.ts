/** The person's conversations, latest activity first, page by page. */
import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import type { Conversation, listConversations as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'
import {
  allConversations,
  withConversation,
  withFields,
  withoutConversation,
  type ConversationPages,
} from './conversation-pages.ts'

const PAGE = 30
/** While a reply is being written somewhere else, how often the list asks whether it has ended, in milliseconds. */
const ASKS_EVERY = 5000

export const listConversations = () =>
  infiniteQueryOptions({
    queryKey: ['conversations'],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/app/conversations',
        query: { limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 30_000,
    refetchInterval: ({ state }) =>
      allConversations(state.data as ConversationPages | undefined).some(({ isReplying }) => isReplying)
        ? ASKS_EVERY
        : false,
  })

const change = (queries: QueryClient, how: (pages: ConversationPages) => ConversationPages) =>
  queries.setQueryData(listConversations().queryKey, (pages) => pages && how(pages))

/** Shows a conversation that was made or read again. */
export const showConversation = (queries: QueryClient, conversation: Conversation) =>
  change(queries, (pages) => withConversation(pages, conversation))

export const changeConversation = (queries: QueryClient, id: string, fields: Partial<Conversation>) =>
  change(queries, (pages) => withFields(pages, id, fields))

export const dropConversation = (queries: QueryClient, id: string) =>
  change(queries, (pages) => withoutConversation(pages, id))
