/** Where conversations are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Conversation, ConversationKind } from './conversation.ts'

export interface ConversationStore {
  /** The conversation with a model, or the training conversation, if the actor may read it. Team conversations are another slice's. */
  find(actor: Actor, id: string): Promise<Conversation | undefined>
  /** Whether it exists for anybody, as this kind if one is named: only for telling 403 from 404 where a contract promises it. Audited. */
  existsForAnybody(id: string, kind?: ConversationKind): Promise<boolean>
  /** The actor's assistant conversations, newest first, and how many there are in all. */
  listByCreation(
    actor: Actor,
    page: { offset: number; limit: number },
  ): Promise<{ items: Conversation[]; total: number }>
  /** The actor's assistant conversations, latest activity first, strictly after `after` in that order. */
  listByActivity(actor: Actor, page: { limit: number; after?: ActivityCursor }): Promise<Conversation[]>
  create(actor: Actor, conversation: NewConversation): Promise<Conversation>
  /** A conversation with a model; training conversations are changed by their own slice. */
  rename(actor: Actor, id: string, title: string, now: Date): Promise<Conversation | undefined>
  /** Deletes a conversation with a model and all of its messages; false when there was none. */
  delete(actor: Actor, id: string): Promise<boolean>
  /**
   * A copy of the conversation up to and including one of its messages, made in one transaction and counted in the
   * parent. Undefined when the conversation or the message is not there.
   */
  branchWithMessages(actor: Actor, branch: NewBranch): Promise<Conversation | undefined>
  /** A branch that holds one system message: the summary. */
  branchWithSummary(
    actor: Actor,
    branch: NewBranch & { summary: string; messageId: string },
  ): Promise<Conversation | undefined>
}

export interface ActivityCursor {
  readonly activeAt: Date
  readonly id: string
}

export interface NewConversation {
  readonly id: string
  readonly title: string | null
  /** Handed to the first message (chat-v1). */
  readonly metadata: Record<string, unknown> | null
  readonly now: Date
}

export interface NewBranch {
  readonly id: string
  readonly parentId: string
  readonly sourceMessageId: string
  readonly now: Date
}
