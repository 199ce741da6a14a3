/** The lists of a person's conversations with models: by creation with numbered pages, by activity with a cursor. */
import type { Actor } from '#kernel/actor.ts'
import type { Conversation } from './conversation.ts'
import type { ActivityCursor, ConversationStore } from './conversation-store.ts'

/** Page `page` (from 1) of `pageSize` conversations, newest first, and how many there are in all. */
export const makeListByCreation =
  ({ store }: { store: ConversationStore }) =>
  (actor: Actor, { page, pageSize }: { page: number; pageSize: number }) =>
    store.listByCreation(actor, { offset: (page - 1) * pageSize, limit: pageSize })

export interface ActivityPage {
  readonly items: Conversation[]
  /** Where the next page begins; undefined at the end. */
  readonly next: ActivityCursor | undefined
}

/** At most `limit` conversations, latest activity first. */
export const makeListByActivity =
  ({ store }: { store: ConversationStore }) =>
  async (actor: Actor, page: { limit: number; after?: ActivityCursor }): Promise<ActivityPage> => {
    const found = await store.listByActivity(actor, { ...page, limit: page.limit + 1 })
    const items = found.slice(0, page.limit)
    const last = items.at(-1)
    return { items, next: found.length > page.limit && last ? { activeAt: last.activeAt, id: last.id } : undefined }
  }
