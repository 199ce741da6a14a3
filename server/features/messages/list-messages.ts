/** The two ways to read a conversation's messages: back from the newest by cursor, and by numbered pages. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Message } from './message.ts'
import type { MessageStore } from './message-store.ts'

interface Needs {
  store: MessageStore
  /** Tells why a conversation is hidden, where the surface promises to; else it is simply not found. */
  explainHidden?: (conversationId: string) => Promise<AppError>
}

export interface CursorPage {
  /** Newest first. */
  readonly messages: Message[]
  readonly hasMore: boolean
}

/**
 * At most `limit` messages older than `before`. No message is skipped or repeated while others are being written:
 * the cursor is a place in (time, id), and times within a conversation only grow.
 * An unknown cursor is `request.invalid`.
 */
export const makeListMessages =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string, page: { limit: number; before?: string }): Promise<CursorPage> => {
    const found = await store.listBefore(actor, conversationId, { ...page, limit: page.limit + 1 })
    if (!found.isReadable) throw await hidden(explainHidden, conversationId)
    if (!found.isCursorKnown) {
      throw new AppError('request.invalid', {
        issues: [{ part: 'query', path: ['before'], rule: 'other', message: 'must be a message of this conversation' }],
      })
    }
    return { messages: found.messages.slice(0, page.limit), hasMore: found.messages.length > page.limit }
  }

/** Page `page` (from 1), oldest first, and how many messages there are in all. */
export const makeListMessagePage =
  ({ store, explainHidden }: Needs) =>
  async (
    actor: Actor,
    conversationId: string,
    { page, pageSize }: { page: number; pageSize: number },
  ): Promise<{ messages: Message[]; total: number }> => {
    const found = await store.listPage(actor, conversationId, { offset: (page - 1) * pageSize, limit: pageSize })
    if (found === undefined) throw await hidden(explainHidden, conversationId)
    return found
  }

const hidden = (explain: Needs['explainHidden'], conversationId: string): Promise<AppError> | AppError =>
  explain ? explain(conversationId) : new AppError('conversation.not_found')
