/** Where the messages of conversations are read from: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Message } from './message.ts'

export interface MessageStore {
  /**
   * Of a conversation with a model: at most `limit` messages, newest first, strictly older than `before`; ties in time are
   * broken by id. `isReadable` is false when the actor has no such conversation, `isCursorKnown` when `before` is none of
   * its messages.
   */
  listBefore(
    actor: Actor,
    conversationId: string,
    page: { limit: number; before?: string },
  ): Promise<{ messages: Message[]; isReadable: boolean; isCursorKnown: boolean }>
  /**
   * The same of any conversation that the actor may read, replies in threads among the others, and with the reader's stars.
   * With `workTypeId` only what is tagged with it.
   */
  listSharedBefore(
    actor: Actor,
    conversationId: string,
    page: { limit: number; before?: string; workTypeId?: string },
  ): Promise<{ messages: StarredMessage[]; isReadable: boolean; isCursorKnown: boolean }>
  /**
   * A numbered page of any conversation that the actor may read, oldest first, and how many messages there are in all;
   * undefined without such a conversation.
   */
  listPage(
    actor: Actor,
    conversationId: string,
    page: { offset: number; limit: number },
  ): Promise<{ messages: Message[]; total: number } | undefined>
}

/** A message, and when the reader starred it. */
export interface StarredMessage extends Message {
  readonly starredAt: Date | null
}
