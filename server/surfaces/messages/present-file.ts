/** A file in the shapes of the contract. */
import type { z } from 'zod'
import type * as contract from '#contract/messages/index.ts'
import { hasPicture, type SharedFile, type StoredFile } from '../../features/files/index.ts'

type Known = Omit<StoredFile, 'sha256' | 'blobKey' | 'messageId'>

export const presentUploadedFile = (file: Known): z.output<typeof contract.uploadedFile> => ({
  id: file.id,
  conversationId: file.conversationId,
  fileName: file.name,
  contentType: file.contentType,
  category: file.category,
  fileSize: file.size,
  uploadedAt: file.uploadedAt.toISOString(),
  thumbnailUrl: hasPicture(file) ? `/api/files/${file.id}/thumbnail` : null,
  duration: file.durationSeconds,
  dimensions: file.width === null || file.height === null ? null : { width: file.width, height: file.height },
})

export const presentSharedFile = (file: SharedFile): z.output<typeof contract.sharedFile> => ({
  ...presentUploadedFile(file),
  messageId: file.messageId,
  senderId: file.senderId,
  senderName: file.senderName ?? 'Deleted account',
  sharedAt: file.sharedAt.toISOString(),
})
