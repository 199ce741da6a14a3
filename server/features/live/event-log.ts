/** Where it is written what happened in team conversations: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Message } from '../messages/index.ts'
import type { Position } from './position.ts'

/** What people are told. */
export type Happening =
  /** As it is now, and not as it was then: what comes later says the same again. */
  | { readonly type: 'message-posted' | 'message-changed'; readonly message: Message }
  | { readonly type: 'message-deleted' | 'star-changed'; readonly conversationId: string; readonly messageId: string }
  | {
      readonly type:
        | 'conversation-changed'
        | 'conversation-gone'
        | 'work-types-changed'
        | 'tasks-changed'
        | 'read-moved'
        | 'reply-started'
      readonly conversationId: string
    }

export interface LogEntry {
  readonly position: Position
  readonly at: Date
  readonly conversationId: string
  /** For this person only; null: for all members. */
  readonly personId: string | null
  /**
   * What the entry says of `personId`. The rule, which the roster keeps to: whoever is added to a conversation gets a
   * `conversation-changed` of their own, and whoever is removed, or loses it as it is deleted, a `conversation-gone` of
   * their own, in the transaction in which that happens. Which of the two it is told as is decided by what holds when the
   * log is read: transactions may be numbered in another order than they took effect.
   */
  readonly membership: 'joined' | 'left' | null
  /** Null: nothing to tell, such as a message that has been deleted since. */
  readonly happening: Happening | null
}

export interface EventLog {
  /** Makes the log ready to be read; returns the position of its end. */
  open(): Promise<Position>
  /**
   * The next entries after a position, in order, at most `READ_AT_ONCE`. `hasMore`: there are entries that can't be read
   * yet, because a transaction that began before theirs still runs and may write some that belong before them.
   */
  readOn(after: Position): Promise<{ entries: LogEntry[]; hasMore: boolean }>
  /**
   * For a person who begins to listen: the conversations they are in, and at most `limit` entries for them after one
   * position and up to another. Fails as `Database.as` does.
   */
  joinAs(
    actor: Actor,
    missed?: { after: Position; upTo: Position; limit: number },
  ): Promise<{ conversationIds: string[]; missed: LogEntry[] }>
  /** Whether this was the position of some reader, and nothing after it has been swept. */
  knows(position: Position): Promise<boolean>
  /** The name of somebody who is in the conversation; undefined when the actor is not. */
  findTypist(actor: Actor, conversationId: string): Promise<string | undefined>
  /** Removes entries older than `ms`, except the last; returns how many. */
  sweep(ms: number): Promise<number>
}

/** Most entries that are read at a time. */
export const READ_AT_ONCE = 500
