/** The loaded part of the conversation list as one sees it, changed in place without asking the server again: pure. */
import type { InfiniteData } from '@tanstack/react-query'
import type { Conversation, listConversations } from '#contract/app/index.ts'
import type { ReplyOf } from '#contract/endpoint.ts'
import { allOnce, mapPages, withItem, withoutItem } from '../../lib/activity-pages.ts'

export type ConversationPage = ReplyOf<typeof listConversations>
export type ConversationPages = InfiniteData<ConversationPage>

export const allConversations: (pages: ConversationPages | undefined) => Conversation[] = allOnce
export const withoutConversation: (pages: ConversationPages, id: string) => ConversationPages = withoutItem
export const withConversation: (pages: ConversationPages, changed: Conversation) => ConversationPages = withItem

/** Changes fields of one conversation where it stands. */
export const withFields = (pages: ConversationPages, id: string, fields: Partial<Conversation>): ConversationPages =>
  mapPages(pages, (data) =>
    data.map((conversation) => (conversation.id === id ? { ...conversation, ...fields } : conversation)),
  )
