/** Where messages of team conversations are posted, changed and found again: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { TeamMessage } from './message.ts'

export interface TeamMessageStore {
  /**
   * A stretch of the timeline, of a thread, or of what is tagged with a work type; oldest first. Each half has one message
   * more than was asked for where there are more. `isReadable` is false when the actor is no member, `isCursorKnown` and
   * `isThreadKnown` when the conversation has no such message.
   */
  list(actor: Actor, conversationId: string, stretch: Stretch): Promise<FoundStretch>
  /** The message, if the actor may read it and it was not deleted. */
  find(actor: Actor, id: string): Promise<TeamMessage | undefined>
  /**
   * Stores the message with its files and mentions, counts it where it belongs, and moves the actor's read mark to it; or
   * does nothing at all. A message of the actor's that has this id already, in this conversation, is found again.
   */
  post(actor: Actor, message: NewTeamMessage): Promise<TeamMessage | Refusal>
  /**
   * Changes the words of the actor's own message and who is mentioned in it. Who was mentioned before may be mentioned
   * still, whether a member or not.
   */
  edit(actor: Actor, edit: TeamMessageEdit): Promise<TeamMessage | Refusal>
  /**
   * Removes what the message said, its files, pin, tag, mentions and task links. Its place stays for cursors; while a
   * thread hangs on it, it stays in sight, erased. `forbidden` when the actor may not.
   */
  delete(actor: Actor, id: string, now: Date): Promise<'deleted' | 'forbidden' | 'unknown'>
  /** False when the actor can't see such a message; one that is pinned already stays as it is. */
  pin(actor: Actor, id: string, now: Date): Promise<boolean>
  unpin(actor: Actor, id: string): Promise<boolean>
  /** For the actor alone. False when the actor can't see such a message. */
  star(actor: Actor, id: string, now: Date): Promise<boolean>
  unstar(actor: Actor, id: string): Promise<boolean>
  /** Tags the message with a work type of its conversation, or with none. */
  tag(actor: Actor, id: string, workTypeId: string | null): Promise<TeamMessage | 'unknown-work-type' | undefined>
  /** Pinned messages strictly after `after`, latest pin first; undefined when the actor is no member. */
  listPinned(actor: Actor, conversationId: string, page: MarkPage): Promise<TeamMessage[] | undefined>
  /** What the actor starred, wherever they are still a member, strictly after `after`, latest star first. */
  listStarred(actor: Actor, page: MarkPage): Promise<TeamMessage[]>
}

export interface Stretch {
  /** How many messages before the cursor, and from it on; of a stretch without one all are before its end. */
  readonly older: number
  readonly newer: number
  /** Which half the cursor's own message belongs to. */
  readonly cursor?: { readonly messageId: string; readonly half: 'older' | 'newer' }
  /** Replies of this thread only; else only what is in no thread. */
  readonly threadId?: string
  /** Tagged messages only; without a `threadId`, those in threads too. */
  readonly workTypeId?: string
}

export interface FoundStretch {
  readonly older: TeamMessage[]
  readonly newer: TeamMessage[]
  readonly isReadable: boolean
  readonly isCursorKnown: boolean
  readonly isThreadKnown: boolean
}

export interface NewTeamMessage {
  readonly id: string
  readonly conversationId: string
  /** Empty only with files. */
  readonly content: string
  /** For lists of conversations; empty: the name of the first file. */
  readonly preview: string
  /** The actor's unsent files, each once, in the order in which they are shown. */
  readonly fileIds: readonly string[]
  /** Each once. */
  readonly mentions: readonly string[]
  readonly threadId: string | null
  readonly workTypeId: string | null
  readonly now: Date
}

export interface TeamMessageEdit {
  readonly id: string
  readonly content: string
  readonly preview: string
  /** Each once. */
  readonly mentions: readonly string[]
  readonly now: Date
}

/** Why nothing was stored. */
export type Refusal =
  /** The actor is no member, or can't see the message. */
  | { readonly refused: 'unreadable' }
  /** It may be changed by its sender only. */
  | { readonly refused: 'forbidden' }
  /** It is no message on which a thread can hang. */
  | { readonly refused: 'unknown-thread' }
  | { readonly refused: 'unknown-work-type' }
  /** At least one file is not there, not the actor's, of another conversation or was sent already. */
  | { readonly refused: 'unknown-files' }
  /** These are mentioned and no members. */
  | { readonly refused: 'strangers'; readonly personIds: readonly string[] }
  /** Somebody's message has the id already. */
  | { readonly refused: 'taken-id' }

export interface MarkPage {
  readonly limit: number
  readonly after?: MarkCursor
}

/** When a message was pinned or starred, and which. */
export interface MarkCursor {
  readonly at: Date
  readonly id: string
}
