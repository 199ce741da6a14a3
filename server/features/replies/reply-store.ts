/** Where replies, their journal and what they become are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import type { Conversation } from '../conversations/index.ts'
import type { Message } from '../messages/index.ts'
import type { ModelTurn } from './language-model.ts'
import type { FinishReason, Reply, ReplyProgress } from './reply.ts'

export interface Question {
  readonly messageId: string
  readonly replyId: string
  readonly replyMessageId: string
  readonly content: string
  readonly preview: string
  /** What the message carries; null hands it the conversation's own when it is the first one. */
  readonly metadata: Record<string, unknown> | null
  readonly model: string
  readonly modelChoice: string
  readonly makesTitle: boolean
  readonly now: Date
}

export interface Asked {
  readonly conversation: Conversation
  readonly message: Message
  readonly reply: Reply
}

/** How many of the latest messages a model is shown (contracts, 4.3). */
export const DIALOGUE_LENGTH = 50

/** What must be known before a model can be asked for a reply. */
export interface Brief {
  /** The latest `DIALOGUE_LENGTH` turns, oldest first, the question last. */
  readonly turns: readonly ModelTurn[]
  /** The person's own key, sealed, where the model is asked with it; undefined when there is none. */
  readonly sealedKey: string | undefined
}

/** How a reply ended. */
export interface Ending {
  readonly status: 'complete' | 'stopped' | 'failed' | 'interrupted'
  readonly finishReason: FinishReason | null
  readonly errorCode: ErrorCode | null
  /** Becomes the message's content; empty: no message is stored. */
  readonly text: string
  readonly model: string
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly now: Date
}

/** A question and its answer that are stored together (seed 4; the placeholder of seed 2). */
export interface Exchange {
  readonly questionId: string
  readonly answerId: string
  readonly question: string
  readonly preview: string
  readonly metadata: Record<string, unknown> | null
  readonly answer: string
  readonly model: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly answerStatus: Message['status']
  readonly now: Date
}

export interface NewConversationFor {
  readonly id: string
  readonly title: string | null
}

export interface JournalPiece {
  readonly replyId: string
  readonly offset: number
  readonly text: string
}

export interface ReplyStore {
  /**
   * Stores the question and its reply (running, or queued behind another), and reads what its model must be told: one
   * transaction in one round trip, so that the model is asked right after it. Undefined: no such conversation; `no-key`:
   * the model needs the person's own key and there is none. Either way nothing was stored.
   */
  ask(
    actor: Actor,
    conversationId: string,
    question: Question,
    serverId: string,
  ): Promise<{ asked: Asked; brief: Brief } | 'no-key' | undefined>
  /** The same with a new conversation around it. */
  askInNew(
    actor: Actor,
    conversation: NewConversationFor,
    question: Question,
    serverId: string,
  ): Promise<{ asked: Asked; brief: Brief } | 'no-key'>
  /** Another reply to the latest message of the person, unless one is being written already. Earlier ones stay. */
  askAgain(
    actor: Actor,
    conversationId: string,
    again: Pick<Question, 'replyId' | 'replyMessageId' | 'model' | 'modelChoice' | 'now'>,
    serverId: string,
  ): Promise<{ reply: Reply; brief: Brief } | 'nothing-to-answer' | 'no-key' | undefined>
  /**
   * A reply to one's own message that stands in a team conversation already; it goes where its question stands, into the
   * thread too. Undefined: there is no such message of the actor's, or it was asked about before. Nothing is stored
   * without a key that is needed.
   */
  askInTeam(
    actor: Actor,
    conversationId: string,
    questionId: string,
    reply: Pick<Question, 'replyId' | 'replyMessageId' | 'model' | 'modelChoice' | 'now'>,
    serverId: string,
  ): Promise<{ reply: Reply; brief: Brief } | 'no-key' | undefined>
  /** Whether the person has a key of their own where the choice of a model needs one. */
  hasKeyFor(actor: Actor, modelChoice: string): Promise<boolean>
  /** Stores question and answer together, or nothing. Undefined: no such conversation. */
  storeExchange(
    actor: Actor,
    conversationId: string,
    exchange: Exchange,
  ): Promise<{ conversation: Conversation; messages: [Message, Message] } | undefined>
  storeExchangeInNew(
    actor: Actor,
    conversation: NewConversationFor,
    exchange: Exchange,
  ): Promise<{ conversation: Conversation; messages: [Message, Message] }>

  /** The latest `limit` turns, oldest first, as a model is shown them. Undefined without such a conversation. */
  dialogue(actor: Actor, conversationId: string, limit: number): Promise<ModelTurn[] | undefined>
  /**
   * The brief of a reply whose question was stored earlier: it has waited. What was written in answer to the question
   * before is left out. Undefined: conversation or question are gone.
   */
  findBrief(reply: Reply): Promise<Brief | undefined>
  /** The latest `limit` turns up to and including one message, oldest first. */
  dialogueUpTo(actor: Actor, conversationId: string, limit: number, messageId: string): Promise<ModelTurn[] | undefined>

  /** Adds text to the journal and tells the other processes. Pieces of replies that have ended are dropped. */
  journal(pieces: readonly JournalPiece[], notice: string): Promise<void>
  /**
   * Ends a reply: stores its message, counts it, empties its journal, tells the other processes, all in one transaction.
   * Undefined when somebody else has ended it already, or it is gone: exactly one party wins.
   */
  end(reply: Reply, ending: Ending, notice: string): Promise<{ reply: Reply; message: Message | null } | undefined>
  /** Makes the oldest queued reply of the conversation the running one, of this server. Undefined when there is none to start. */
  startNext(conversationId: string, serverId: string, now: Date): Promise<Reply | undefined>
  /** Ends a queued reply as stopped. */
  stopQueued(actor: Actor, conversationId: string, now: Date): Promise<boolean>
  /** Sets a title unless there is one. */
  setTitle(reply: Reply, title: string, notice: string): Promise<void>

  /**
   * The replies of a conversation from `ordinal` on, at most the latest 20, with their text; without `ordinal` only the
   * latest. The one that is being written is the last: what was queued behind it and stopped there comes when it has
   * ended. Undefined: no such conversation.
   */
  progressSince(actor: Actor, conversationId: string, ordinal: number | undefined): Promise<ReplyProgress[] | undefined>
  /** The same for the server itself, whose readers have been let in already. Undefined: the conversation is gone. */
  progressForReaders(conversationId: string, ordinal: number): Promise<ReplyProgress[] | undefined>
  /** The reply that is being written in a conversation. */
  findRunning(actor: Actor, conversationId: string): Promise<Reply | undefined>
  /** The conversation and the reply that is being written, else the latest that has ended. */
  findLatest(
    actor: Actor,
    conversationId: string,
  ): Promise<{ conversation: Conversation; reply: Reply | undefined } | undefined>

  /**
   * Says that this server lives; the first call registers it. `isAlone`: no other server can be using the database.
   * Lives are measured by the database's clock: those of two machines may differ by more than a missed beat.
   */
  beat(serverId: string, isAlone: boolean): Promise<void>
  /** Signs this server off. */
  leave(serverId: string): Promise<void>
  /** Running replies whose server was silent for `deadAfterMs` or has signed off, with what the journal holds of them. */
  listAbandoned(deadAfterMs: number, limit: number): Promise<ReplyProgress[]>
  /** Conversations that have a queued reply and no running one. */
  listStalled(limit: number): Promise<string[]>
}
