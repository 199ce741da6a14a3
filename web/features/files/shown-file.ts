/** A file as the page shows it, whichever answer of the server it came in. Pure; knows neither requests nor elements. */
import type { FileCategory, SharedFile, UploadedFile } from '#contract/messages/files.ts'
import type { z } from 'zod'
import type { attachment as attachmentShape } from '#contract/messages/message.ts'

export interface ShownFile {
  readonly id: string
  readonly name: string
  readonly contentType: string
  readonly category: FileCategory
  /** Bytes. */
  readonly size: number
  /** Where its small picture is; null: it has none. */
  readonly thumbnailUrl: string | null
  /** Seconds, of video and audio. */
  readonly duration: number | null
  readonly dimensions: { readonly width: number; readonly height: number } | null
  /** ISO 8601: when it was sent, or uploaded. */
  readonly sharedAt: string
  readonly senderName: string | null
  /** Null until it is sent. */
  readonly messageId: string | null
}

const OFFICE: readonly (readonly [RegExp, FileCategory])[] = [
  [/wordprocessingml|msword|opendocument\.text/, 'word'],
  [/spreadsheetml|ms-excel|opendocument\.spreadsheet/, 'excel'],
  [/presentationml|ms-powerpoint|opendocument\.presentation/, 'powerpoint'],
]

const ARCHIVE = /(zip|gzip|x-tar|x-7z|rar|bzip2|x-xz|zstd)/

/** What a file is by its content type, where the server sends no category of its own (attachments of seed 1). */
export const categoryOf = (contentType: string): FileCategory => {
  const type = contentType.toLowerCase().split(';')[0]?.trim() ?? ''
  if (type.startsWith('image/')) return 'image'
  if (type.startsWith('video/')) return 'video'
  if (type.startsWith('audio/')) return 'audio'
  if (type === 'application/pdf') return 'pdf'
  const office = OFFICE.find(([pattern]) => pattern.test(type))
  if (office) return office[1]
  if (type.startsWith('text/') || /[/+](json|xml|yaml|javascript|typescript|toml|sql)$/.test(type)) return 'text'
  return ARCHIVE.test(type) ? 'archive' : 'other'
}

export const shownUpload = (file: UploadedFile): ShownFile => ({
  id: file.id,
  name: file.fileName,
  contentType: file.contentType,
  category: file.category,
  size: file.fileSize,
  thumbnailUrl: file.thumbnailUrl,
  duration: file.duration,
  dimensions: file.dimensions,
  sharedAt: file.uploadedAt,
  senderName: null,
  messageId: null,
})

export const shownShared = (file: SharedFile): ShownFile => ({
  ...shownUpload(file),
  sharedAt: file.sharedAt,
  senderName: file.senderName,
  messageId: file.messageId,
})

export const shownAttachment = (
  attachment: z.output<typeof attachmentShape>,
  message: { readonly id: string; readonly senderName: string },
): ShownFile => ({
  id: attachment.fileId,
  name: attachment.fileName,
  contentType: attachment.contentType,
  category: categoryOf(attachment.contentType),
  size: attachment.fileSize,
  thumbnailUrl: attachment.thumbnailUrl ?? null,
  duration: attachment.duration ?? null,
  dimensions: attachment.dimensions ?? null,
  sharedAt: attachment.uploadedAt,
  senderName: message.senderName,
  messageId: message.id,
})

/** The address of a file: to download, or to show in place. */
export const fileUrl = (id: string, disposition: 'attachment' | 'inline' = 'attachment'): string =>
  disposition === 'inline' ? `/api/files/${id}?disposition=inline` : `/api/files/${id}`

export const thumbnailUrl = (id: string, size: 'small' | 'medium' | 'large'): string =>
  `/api/files/${id}/thumbnail?size=${size}`

export const previewUrl = (id: string, page = 1): string =>
  page === 1 ? `/api/files/${id}/preview` : `/api/files/${id}/preview?page=${page}`

/** The address of a file in another format. */
export const convertedUrl = (id: string, format: string): string => `/api/files/${id}/as/${format}`

/** Whether the browser shows the original; everything else is shown by the pictures that the server makes. */
export const isShownByBrowser = (contentType: string): boolean => /^image\/(png|jpeg|gif|webp|avif)$/.test(contentType)

/** The files of a message, in its order. */
export const filesOf = (message: {
  readonly id: string
  readonly senderName: string
  readonly attachments: readonly z.output<typeof attachmentShape>[]
}): readonly ShownFile[] => message.attachments.map((attachment) => shownAttachment(attachment, message))
