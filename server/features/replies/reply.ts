/** What a reply is, where a reader stands in it, and the events that readers get; pure. */
import type { ErrorCode } from '#kernel/errors.ts'
import type { Message } from '../messages/index.ts'

export type ReplyStatus = 'queued' | 'running' | 'complete' | 'stopped' | 'failed' | 'interrupted'

/** A model's answer: it belongs to the server and not to the connection that asked for it. */
export interface Reply {
  readonly id: string
  readonly conversationId: string
  readonly ownerId: string
  /** Counts the replies of a conversation from 1. */
  readonly ordinal: number
  /** The id of the message that it becomes. */
  readonly messageId: string
  /** The message that it answers. */
  readonly questionId: string
  /** The provider's own name of the model. */
  readonly model: string
  /** Which model to ask, with its source: `openrouter:google/gemini-flash-1.5`. */
  readonly modelChoice: string
  /** Whether the conversation gets its title from this exchange. */
  readonly makesTitle: boolean
  readonly status: ReplyStatus
  readonly finishReason: FinishReason | null
  readonly errorCode: ErrorCode | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export type FinishReason = 'stop' | 'length' | 'content-filter' | 'other'

export const isEnded = (reply: Reply): boolean => reply.status !== 'queued' && reply.status !== 'running'

/** A reply with everything that has been written of it. */
export interface ReplyProgress {
  readonly reply: Reply
  readonly text: string
  /** What it became; null while it runs, or when it ended without any text. */
  readonly message: Message | null
}

/** Where a reader stands: in which reply, after how many UTF-16 code units of its text, and whether it has seen the end. */
export interface Position {
  readonly ordinal: number
  readonly offset: number
  readonly hasEnded: boolean
}

/** `3.120` or `3.end`: what `id:` and `Last-Event-ID` carry. */
export const formatPosition = ({ ordinal, offset, hasEnded }: Position): string =>
  `${ordinal}.${hasEnded ? 'end' : offset}`

/** Undefined for anything else: such a reader starts afresh. */
export const parsePosition = (text: string | undefined): Position | undefined => {
  const match = /^(\d{1,9})\.(?:(\d{1,9})|end)$/.exec(text ?? '')
  if (match === null) return undefined
  return { ordinal: Number(match[1]), offset: Number(match[2] ?? 0), hasEnded: match[2] === undefined }
}

/** What a reader is told. */
export type ReplyEvent =
  | { readonly type: 'reply-started'; readonly reply: Reply }
  | { readonly type: 'text-delta'; readonly reply: Reply; readonly offset: number; readonly text: string }
  | { readonly type: 'reply-ended'; readonly reply: Reply; readonly text: string; readonly message: Message | null }
  | { readonly type: 'conversation-changed' }

/** Longest text of one event, in UTF-16 code units: a reader that is cut off loses no more than this, however long the reply is. */
export const MAX_DELTA = 16 * 1024

/**
 * Everything that a reader at `from` lacks of one reply, and where it stands afterwards. Applied after every change,
 * it makes repeats and gaps impossible: what is sent follows from the state, not from the order of arrivals.
 */
export const eventsSince = (from: Position, { reply, text, message }: ReplyProgress): [ReplyEvent[], Position] => {
  if (from.ordinal > reply.ordinal || (from.ordinal === reply.ordinal && from.hasEnded)) return [[], from]
  const events: ReplyEvent[] = []
  const isNew = from.ordinal < reply.ordinal
  const offset = isNew ? 0 : from.offset
  if (isNew) events.push({ type: 'reply-started', reply })
  for (const piece of piecesOf(text, offset)) events.push({ type: 'text-delta', reply, ...piece })
  if (isEnded(reply)) events.push({ type: 'reply-ended', reply, text, message })
  // A reader may have seen text that died with its writer before the journal had it: it never goes back.
  return [events, { ordinal: reply.ordinal, offset: Math.max(offset, text.length), hasEnded: isEnded(reply) }]
}

/** Whether a reader at `from` lacks nothing of the replies before this one: otherwise it must catch up first. */
export const follows = (from: Position, { ordinal }: Reply): boolean =>
  from.ordinal >= ordinal || (from.ordinal === ordinal - 1 && from.hasEnded)

/** The text from `offset` on, in pieces that never end in the middle of a character. */
const piecesOf = function* (text: string, offset: number): Generator<{ offset: number; text: string }> {
  while (offset < text.length) {
    let end = Math.min(offset + MAX_DELTA, text.length)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--
    yield { offset, text: text.slice(offset, end) }
    offset = end
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
