/** The slice's message in the shape of seed 1. */
import type { z } from 'zod'
import type * as contract from '#contract/messages/index.ts'
import type { Message } from '../../features/messages/index.ts'

/** Who is named as the sender where there is no person: a model, or the system. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

export const presentMessage = (message: Message): z.output<typeof contract.message> => ({
  id: message.id,
  conversationId: message.conversationId,
  senderId: message.senderId ?? NOBODY,
  senderName: message.senderName ?? message.model ?? (message.role === 'system' ? 'System' : 'Assistant'),
  senderAvatarUrl: null,
  type: message.role === 'system' ? 'system' : 'text',
  content: message.content,
  attachments: [],
  createdAt: message.createdAt.toISOString(),
  updatedAt: message.updatedAt.toISOString(),
  isPinned: false,
  isStarred: false,
  threadId: null,
  replyCount: 0,
  workTypeId: null,
  taskId: null,
  linkedTaskCount: 0,
})
