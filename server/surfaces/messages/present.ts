/** The slice's messages in the shapes of seed 1, and of the team endpoints beside it. */
import type { z } from 'zod'
import type * as contract from '#contract/messages/index.ts'
import { hasPicture } from '../../features/files/index.ts'
import { type Attachment, isErased, type Message, type TeamMessage } from '../../features/messages/index.ts'

/** Who is named as the sender where there is no person: a model, or the system. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** What is said in the place of a message that was deleted while a thread hung on it. */
const ERASED = 'This message was deleted.'

/** `starredAt` is left out where nobody in particular is told. */
export const presentMessage = (
  message: Message & { readonly starredAt?: Date | null },
): z.output<typeof contract.message> => ({
  id: message.id,
  conversationId: message.conversationId,
  senderId: message.senderId ?? NOBODY,
  senderName: message.senderName ?? message.model ?? (message.role === 'system' ? 'System' : 'Assistant'),
  senderAvatarUrl: null,
  type: message.type,
  content: contentOf(message),
  attachments: message.attachments.map(presentAttachment),
  createdAt: message.createdAt.toISOString(),
  updatedAt: message.updatedAt.toISOString(),
  isPinned: message.pinnedAt !== null,
  isStarred: message.starredAt === undefined ? null : message.starredAt !== null,
  threadId: message.threadId,
  replyCount: message.replyCount,
  workTypeId: message.workTypeId,
  taskId: message.taskId,
  linkedTaskCount: message.linkedTaskCount,
})

/** Null where files were sent without words. */
const contentOf = (message: Message): string | null => {
  if (isErased(message)) return ERASED
  return message.content === '' && message.attachments.length > 0 ? null : message.content
}

const presentAttachment = (file: Attachment): z.output<typeof contract.attachment> => ({
  id: file.id,
  fileId: file.id,
  fileName: file.name,
  contentType: file.contentType,
  fileSize: file.size,
  uploadedAt: file.uploadedAt.toISOString(),
  thumbnailUrl: hasPicture(file) ? `/api/files/${file.id}/thumbnail` : null,
  duration: file.duration,
  dimensions: file.width === null || file.height === null ? null : { width: file.width, height: file.height },
})

export const presentTeamMessage = (message: TeamMessage): z.output<typeof contract.teamMessage> => ({
  ...presentMessage(message),
  mentions: [...message.mentions],
  editedAt: message.editedAt?.toISOString() ?? null,
  model: message.model,
  can: message.can,
})
