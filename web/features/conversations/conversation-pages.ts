/** The loaded part of the conversation list as one sees it, changed in place without asking the server again: pure. */
import type { InfiniteData } from '@tanstack/react-query'
import type { Conversation, listConversations } from '#contract/app/index.ts'
import type { ReplyOf } from '#contract/endpoint.ts'

export type ConversationPage = ReplyOf<typeof listConversations>
export type ConversationPages = InfiniteData<ConversationPage>

/** Every loaded conversation once, latest activity first. A conversation that moved up between two pages is in both: the first wins. */
export const allConversations = (pages: ConversationPages | undefined): Conversation[] => {
  const seen = new Set<string>()
  return (pages?.pages ?? []).flatMap((page) =>
    page.data.filter(({ id }) => {
      if (seen.has(id)) return false
      seen.add(id)
      return true
    }),
  )
}

const mapPages = (pages: ConversationPages, change: (data: Conversation[]) => Conversation[]): ConversationPages => ({
  ...pages,
  pages: pages.pages.map((page) => ({ ...page, data: change(page.data) })),
})

export const withoutConversation = (pages: ConversationPages, id: string): ConversationPages =>
  mapPages(pages, (data) => data.filter((conversation) => conversation.id !== id))

/**
 * Puts a conversation, new or changed, where its latest activity belongs. One that is older than everything loaded is
 * left out while there are more pages: it will come with its own.
 */
export const withConversation = (pages: ConversationPages, changed: Conversation): ConversationPages => {
  const others = withoutConversation(pages, changed.id)
  let placed = false
  const lastPage = others.pages.length - 1
  return {
    ...others,
    pages: others.pages.map((page, index) => {
      if (placed) return page
      const at = page.data.findIndex(({ activeAt }) => activeAt < changed.activeAt)
      const atEnd = at === -1 && index === lastPage && page.nextCursor === null
      if (at === -1 && !atEnd) return page
      placed = true
      const place = at === -1 ? page.data.length : at
      return { ...page, data: page.data.toSpliced(place, 0, changed) }
    }),
  }
}

/** Changes fields of one conversation where it stands. */
export const withFields = (pages: ConversationPages, id: string, fields: Partial<Conversation>): ConversationPages =>
  mapPages(pages, (data) =>
    data.map((conversation) => (conversation.id === id ? { ...conversation, ...fields } : conversation)),
  )
