/** Replies, models and a feed to look into, for the tests of this slice; it knows no database and no HTTP. */
import { AppError, type ErrorCode } from '#kernel/errors.ts'
import { type Message, onlyWords } from '../messages/index.ts'
import type { LanguageModel, ModelEvent, StreamOptions } from './language-model.ts'
import type { Reply, ReplyProgress, ReplyStatus } from './reply.ts'

/** A step after which nothing comes. */
export const HANG = { hangs: true } as const

export const CONVERSATION = '00000000-0000-4000-8000-00000000c000'
export const OWNER = '00000000-0000-4000-8000-00000000a000'
const MOMENT = new Date('2026-01-02T03:04:05.678Z')

/** A reply of the one conversation; its ids follow from its ordinal. */
export const replyOf = (ordinal: number, status: ReplyStatus = 'running', changes: Partial<Reply> = {}): Reply => ({
  id: `reply-${ordinal}`,
  conversationId: CONVERSATION,
  ownerId: OWNER,
  ordinal,
  messageId: `message-${ordinal}`,
  questionId: `question-${ordinal}`,
  model: 'some/model',
  modelChoice: 'openrouter:some/model',
  makesTitle: false,
  status,
  finishReason: status === 'complete' ? 'stop' : null,
  errorCode: null,
  createdAt: MOMENT,
  startedAt: MOMENT,
  endedAt: status === 'running' || status === 'queued' ? null : MOMENT,
  ...changes,
})

export const messageOf = (reply: Reply, content: string): Message => ({
  ...onlyWords,
  id: reply.messageId,
  conversationId: reply.conversationId,
  ownerId: reply.ownerId,
  senderId: null,
  senderName: null,
  role: 'assistant',
  content,
  model: reply.model,
  promptTokens: null,
  completionTokens: null,
  status: reply.status === 'complete' ? 'complete' : reply.status === 'stopped' ? 'stopped' : 'interrupted',
  metadata: null,
  createdAt: MOMENT,
  updatedAt: MOMENT,
})

/** A reply with its text; one that has ended with text has become a message. */
export const progressOf = (reply: Reply, text: string): ReplyProgress => ({
  reply,
  text,
  message: reply.endedAt === null || text === '' ? null : messageOf(reply, text),
})

/** A step of a model: text, an end, a failure, something to wait for, or nothing more until it is stopped. */
export type ModelStep =
  | string
  | Omit<Extract<ModelEvent, { type: 'finish' }>, 'type'>
  | { readonly fails: ErrorCode | Error }
  | { readonly until: Promise<unknown> }
  | { readonly hangs: true }

/** A model that does what it is told, and keeps the promise of `LanguageModel`: after an abort it throws its reason. */
export const modelThat = (...steps: readonly ModelStep[]): LanguageModel & { readonly calls: number } => {
  let calls = 0
  return {
    id: 'some/model',
    get calls() {
      return calls
    },
    async *stream(_turns, { signal }: StreamOptions) {
      calls++
      for (const step of steps) {
        signal.throwIfAborted()
        if (typeof step === 'string') yield { type: 'text-delta', text: step }
        else if ('hangs' in step) await aborted(signal)
        else if ('until' in step) await Promise.race([step.until, aborted(signal)])
        else if ('fails' in step) throw step.fails instanceof Error ? step.fails : new AppError(step.fails)
        else yield { type: 'finish', ...step }
      }
    },
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
