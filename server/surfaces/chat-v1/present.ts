/** The slices' objects in the shapes of seed 2. */
import type { z } from 'zod'
import type * as contract from '#contract/chat-v1/index.ts'
import { AppError, errorCatalogue } from '#kernel/errors.ts'
import type { Conversation } from '../../features/conversations/index.ts'
import type { Message } from '../../features/messages/index.ts'
import type { ReplyEvent } from '../../features/replies/index.ts'
import { chatV1ErrorCode } from './envelope.ts'
import { toCuid } from './ids.ts'

type Shape<Schema extends z.ZodType> = z.output<Schema>

export const presentConversation = (
  conversation: Conversation,
  subject: string,
): Shape<typeof contract.conversation> => ({
  id: toCuid(conversation.id),
  userId: subject,
  title: conversation.title ?? '',
  createdAt: conversation.createdAt.toISOString(),
  updatedAt: conversation.updatedAt.toISOString(),
  lastMessageAt: conversation.lastMessageAt?.toISOString() ?? null,
  messageCount: conversation.messageCount,
})

export const presentListItem = (conversation: Conversation): Shape<typeof contract.conversationListItem> => ({
  conversationId: toCuid(conversation.id),
  messageCount: conversation.messageCount,
  lastMessageAt: conversation.lastMessageAt?.toISOString() ?? null,
  preview: conversation.preview ?? '',
})

export const presentMessage = (message: Message, subject: string): Shape<typeof contract.message> => ({
  id: toCuid(message.id),
  userId: subject,
  conversationId: toCuid(message.conversationId),
  role: message.role.toUpperCase() as Uppercase<Message['role']>,
  content: message.content,
  createdAt: message.createdAt.toISOString(),
  metadata: message.metadata as Shape<typeof contract.message>['metadata'],
})

/** Unnamed events with a `type`; what this surface has no word for is left out. */
export const presentEvent = (event: ReplyEvent, now: Date): Shape<typeof contract.streamEvent> | undefined => {
  const timestamp = now.toISOString()
  switch (event.type) {
    case 'text-delta':
      return {
        type: 'llm_chunk',
        content: event.text,
        metadata: { messageId: toCuid(event.reply.messageId) },
        timestamp,
      }
    case 'reply-ended':
      return event.reply.status === 'complete' || event.reply.status === 'stopped'
        ? presentEnd(event, timestamp)
        : presentFailure(event, timestamp)
    default:
      return undefined
  }
}

type Ended = Extract<ReplyEvent, { type: 'reply-ended' }>

const presentEnd = ({ reply, message }: Ended, timestamp: string): Shape<typeof contract.streamEvent> => {
  const { promptTokens = null, completionTokens = null } = message ?? {}
  return {
    type: 'llm_complete',
    content: message?.content ?? '',
    metadata: {
      messageId: toCuid(reply.messageId),
      model: message?.model ?? reply.model,
      tokensUsed: promptTokens === null || completionTokens === null ? null : promptTokens + completionTokens,
      finishReason: reply.status === 'stopped' ? 'stopped' : (reply.finishReason ?? 'other'),
    },
    timestamp,
  }
}

const presentFailure = ({ reply }: Ended, timestamp: string): Shape<typeof contract.streamEvent> => {
  const error = new AppError(
    reply.errorCode !== null && reply.errorCode in errorCatalogue ? reply.errorCode : 'server.internal',
  )
  return { type: 'error', message: error.message, code: chatV1ErrorCode(error.kind), timestamp }
}
