/** Where messages are read from: the port, in the slice's own words. Writing is done with the replies that follow. */
import type { Actor } from '#kernel/actor.ts'
import type { Message } from './message.ts'

export interface MessageStore {
  /**
   * At most `limit` messages, newest first, strictly older than `before`; ties in time are broken by id.
   * `isReadable` is false when the actor has no such conversation, `isCursorKnown` when `before` is none of its messages.
   */
  listBefore(
    actor: Actor,
    conversationId: string,
    page: { limit: number; before?: string },
  ): Promise<{ messages: Message[]; isReadable: boolean; isCursorKnown: boolean }>
  /** A numbered page, oldest first, and how many messages there are in all; undefined without such a conversation. */
  listPage(
    actor: Actor,
    conversationId: string,
    page: { offset: number; limit: number },
  ): Promise<{ messages: Message[]; total: number } | undefined>
}
