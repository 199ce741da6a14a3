/** Seed 1's message with its attachments: what every list, page and event of a conversation carries. */
import { z } from 'zod'
import { isoTime } from '../shapes.ts'

export const attachment = z.strictObject({
  id: z.string(),
  fileId: z.string(),
  fileName: z.string(),
  contentType: z.string(),
  fileSize: z.number().int().positive(),
  uploadedAt: isoTime,
  thumbnailUrl: z.string().nullish(),
  duration: z.number().nullish(),
  dimensions: z.strictObject({ width: z.number().int(), height: z.number().int() }).nullish(),
})

export const message = z.strictObject({
  id: z.uuid(),
  conversationId: z.uuid(),
  senderId: z.string(),
  senderName: z.string(),
  senderAvatarUrl: z.string().nullish(),
  type: z.enum(['text', 'image', 'file', 'system']),
  content: z.string().nullish(),
  attachments: z.array(attachment),
  createdAt: isoTime,
  updatedAt: isoTime.nullish(),
  isPinned: z.boolean(),
  isStarred: z.boolean().nullish(),
  threadId: z.string().nullish(),
  replyCount: z.number().int().nullish(),
  workTypeId: z.string().nullish(),
  taskId: z.string().nullish(),
  linkedTaskCount: z.number().int().nullish(),
})
