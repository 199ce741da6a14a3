/**
 * What a conversation's stream says, as one pure reducer over the contract's events. It knows neither the connection nor
 * the query cache: what has to be fetched or connected again is written down as counters that grow.
 */
import type { Message, Reply, StreamEvent } from '#contract/app/index.ts'

export interface LiveReply {
  readonly reply: Reply
  /** What has been written so far, from its beginning, without a gap. */
  readonly text: string
}

export interface ReplyStream {
  readonly isConnected: boolean
  /** The latest reply that this page knows of; being written, or ended. */
  readonly latest: LiveReply | null
  /** Grows when text was missed: connect from the start, everything that is being written comes again. */
  readonly resyncs: number
  /** Grows when the conversation has changed behind this page's back: read it again. */
  readonly rereads: number
  /** The last reply that was heard of without its start, so that it is asked about once. */
  readonly strangerId: string | null
  /** Text was missed, and the connection from the start has not been made yet. */
  readonly hasGap: boolean
}

export type StreamAction =
  | StreamEvent
  /** The connection broke; it will be made again. */
  | { readonly type: 'disconnected' }
  /** A reply that was read from the server, or that this page has just asked for. */
  | { readonly type: 'reply-known'; readonly reply: Reply }

export const noStream: ReplyStream = {
  isConnected: false,
  latest: null,
  resyncs: 0,
  rereads: 0,
  strangerId: null,
  hasGap: false,
}

export const isWriting = ({ status }: Pick<Reply, 'status'>): boolean => status === 'queued' || status === 'running'

const isOlder = (reply: Reply, than: Reply) => reply.id !== than.id && reply.startedAt < than.startedAt

/** An ended reply stays ended: news that were overtaken on their way don't start it again. */
const isOvertaken = (reply: Reply, latest: Reply) => reply.id === latest.id && !isWriting(latest) && isWriting(reply)

const withReply = (state: ReplyStream, reply: Reply): ReplyStream => {
  const { latest } = state
  if (latest && (isOlder(reply, latest.reply) || isOvertaken(reply, latest.reply))) return state
  const text = latest?.reply.id === reply.id ? latest.text : ''
  return { ...state, latest: { reply, text } }
}

const withText = (state: ReplyStream, event: Extract<StreamEvent, { type: 'text-delta' }>): ReplyStream => {
  const { latest } = state
  if (!latest || latest.reply.id !== event.replyId) {
    if (state.strangerId === event.replyId) return state
    return { ...state, strangerId: event.replyId, rereads: state.rereads + 1, resyncs: state.resyncs + 1, hasGap: true }
  }
  if (!isWriting(latest.reply)) return state
  const known = latest.text.length
  if (event.offset > known) {
    return state.hasGap ? state : { ...state, hasGap: true, resyncs: state.resyncs + 1 }
  }
  const fresh = event.text.slice(known - event.offset)
  if (fresh === '') return state
  const reply = latest.reply.status === 'running' ? latest.reply : { ...latest.reply, status: 'running' as const }
  return { ...state, latest: { reply, text: latest.text + fresh } }
}

const withEnd = (state: ReplyStream, reply: Reply, message: Message | null): ReplyStream => {
  if (state.latest && isOlder(reply, state.latest.reply)) return state
  const text = message?.content ?? (state.latest?.reply.id === reply.id ? state.latest.text : '')
  return { ...state, latest: { reply, text }, rereads: state.rereads + 1 }
}

export const replyStream = (state: ReplyStream, action: StreamAction): ReplyStream => {
  switch (action.type) {
    case 'connected':
      return { ...state, isConnected: true, hasGap: false, rereads: state.rereads + 1 }
    case 'disconnected':
      return state.isConnected ? { ...state, isConnected: false } : state
    case 'heartbeat':
      return state
    case 'reply-started':
    case 'reply-known':
      return withReply(state, action.reply)
    case 'text-delta':
      return withText(state, action)
    case 'reply-ended':
      return withEnd(state, action.reply, action.message)
    case 'conversation-changed':
      return { ...state, rereads: state.rereads + 1 }
    default:
      // A newer server may say more than this page understands.
      return state
  }
}
