/** What a conversation shows, from top to bottom: stored messages, those on their way, and the reply that is being written or has failed. Pure. */
import type { Message, Reply } from '#contract/app/index.ts'
import type { Outbox, Outgoing } from './outbox.ts'
import { isWriting, type LiveReply } from './reply-stream.ts'

export type Row =
  /** `error`: why the reply that it holds broke off. */
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: Message
      readonly isLast: boolean
      readonly error: Reply['error']
    }
  | { readonly kind: 'outgoing'; readonly key: string; readonly post: Outgoing }
  /** `text` is empty until the first words. */
  | { readonly kind: 'live'; readonly key: string; readonly reply: Reply; readonly text: string }
  /** Ended without a message: failed, or stopped or interrupted before the first words. */
  | { readonly kind: 'ended'; readonly key: string; readonly reply: Reply }

/**
 * A reply has the key of the message that it becomes, so that the same row goes on when it does. Its end shows as a row of
 * its own only while the question that it answers is the last thing said.
 */
export const conversationRows = (messages: readonly Message[], outbox: Outbox, latest: LiveReply | null): Row[] => {
  const isAnswering = latest !== null && isWriting(latest.reply)
  const rows: Row[] = messages.map((message, index) => ({
    kind: 'message',
    key: message.id,
    message,
    isLast: index === messages.length - 1 && outbox.length === 0 && !isAnswering,
    error: latest?.reply.messageId === message.id ? latest.reply.error : null,
  }))
  const outgoing: Row[] = outbox.map((post) => ({ kind: 'outgoing', key: post.localId, post }))
  if (!latest) return [...rows, ...outgoing]

  const { reply, text } = latest
  const stored = messages.some(({ id }) => id === reply.messageId)
  if (isAnswering) {
    // Asked again, a reply may be written anew over the message that it had become before.
    const others = rows.filter(({ key }) => key !== reply.messageId)
    return [...others, ...outgoing, { kind: 'live', key: reply.messageId, reply, text }]
  }
  if (stored) return [...rows, ...outgoing]
  // It has ended, and its message is on the way: its text stays where it is.
  if (text !== '') return [...rows, { kind: 'live', key: reply.messageId, reply, text }, ...outgoing]
  const isUnanswered = messages.at(-1)?.id === reply.questionId
  if (isUnanswered && reply.status !== 'complete') {
    return [...rows, { kind: 'ended', key: reply.messageId, reply }, ...outgoing]
  }
  return [...rows, ...outgoing]
}

/**
 * Whether the stored messages lag behind what is known of the latest reply, so that they have to be read again.
 * @returns a key for the lag, so that it is asked about once; null when nothing is missing.
 */
export const messagesLag = (messages: readonly Message[], latest: LiveReply | null): string | null => {
  if (!latest) return null
  const { reply } = latest
  const knows = (id: string) => messages.some((message) => message.id === id)
  if (!knows(reply.questionId)) return `question ${reply.questionId}`
  if (isWriting(reply) || knows(reply.messageId)) return null
  return `answer ${reply.id} ${reply.status}`
}
