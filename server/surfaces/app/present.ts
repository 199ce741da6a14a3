/** The slices' objects in the shapes of the web app. */
import type { z } from 'zod'
import type * as contract from '#contract/app/index.ts'
import { AppError, errorCatalogue } from '#kernel/errors.ts'
import type { Conversation } from '../../features/conversations/index.ts'
import type { Message } from '../../features/messages/index.ts'
import type { ChoiceGroup, Reply, ReplyEvent } from '../../features/replies/index.ts'

type Shape<Schema extends z.ZodType> = z.output<Schema>

export const presentConversation = (conversation: Conversation): Shape<typeof contract.conversation> => ({
  id: conversation.id,
  title: conversation.title,
  preview: conversation.preview,
  parentId: conversation.parentId,
  messageCount: conversation.messageCount,
  createdAt: conversation.createdAt.toISOString(),
  activeAt: conversation.activeAt.toISOString(),
  isReplying: conversation.isReplying,
})

export const presentMessage = (message: Message): Shape<typeof contract.message> => ({
  id: message.id,
  conversationId: message.conversationId,
  role: message.role,
  content: message.content,
  model: message.model,
  promptTokens: message.promptTokens,
  completionTokens: message.completionTokens,
  status: message.status,
  createdAt: message.createdAt.toISOString(),
})

export const presentReply = (reply: Reply): Shape<typeof contract.reply> => ({
  id: reply.id,
  messageId: reply.messageId,
  questionId: reply.questionId,
  model: reply.model,
  status: reply.status,
  error: reply.errorCode === null ? null : presentError(reply.errorCode),
  startedAt: (reply.startedAt ?? reply.createdAt).toISOString(),
})

/** A code that an older or newer version stored is still told as an error. */
const presentError = (code: string): NonNullable<Shape<typeof contract.reply>['error']> => {
  const known = code in errorCatalogue ? (code as keyof typeof errorCatalogue) : 'server.internal'
  const { message, retryable } = new AppError(known)
  return { code: known, message, retryable }
}

export const presentGroup = (group: ChoiceGroup): Shape<typeof contract.modelGroup> => ({
  source: group.source,
  name: group.name,
  models: group.models.map(({ choice, ...model }) => ({ id: choice, ...model })),
  problem: group.problem,
})

export const presentEvent = (event: ReplyEvent, now: Date): Shape<typeof contract.streamEvent> => {
  const timestamp = now.toISOString()
  switch (event.type) {
    case 'reply-started':
      return { type: 'reply-started', reply: presentReply(event.reply), timestamp }
    case 'text-delta':
      return { type: 'text-delta', replyId: event.reply.id, offset: event.offset, text: event.text, timestamp }
    case 'reply-ended':
      return {
        type: 'reply-ended',
        reply: presentReply(event.reply),
        message: event.message && presentMessage(event.message),
        timestamp,
      }
    case 'conversation-changed':
      return { type: 'conversation-changed', timestamp }
  }
}
