/**
 * Files out of messages, as seed 1 has its clients do it (contracts, 1.2); pure. It finds what is in the messages that were
 * read and no more: to find every file of a conversation, ask for its listing.
 */
import type { z } from 'zod'
import type { message } from '#contract/messages/index.ts'

type Message = Pick<z.output<typeof message>, 'id' | 'senderId' | 'senderName'> & {
  readonly attachments?: z.output<typeof message>['attachments'] | null
}

export interface ExtractedFile {
  /** The fileId of the attachment. */
  readonly id: string
  readonly name: string
  /** Downloads it. */
  readonly url: string
  readonly thumbnailUrl?: string | null
  /** Bytes. */
  readonly size: number
  readonly contentType: string
  /** ISO 8601. */
  readonly uploadedAt: string
  readonly senderId: string
  readonly senderName: string
  readonly messageId: string
}

/** Pictures and videos are media; everything else, audio too, is a document. */
const isMedia = (contentType: string): boolean => /^(image|video)\//.test(contentType)

/** Where a file is downloaded from. */
export const fileUrl = (fileId: string): string => `/api/files/${fileId}`

/** The files of one kind, in the order of the messages and of their attachments. */
export const extractFilesFromMessages = (messages: readonly Message[], type: 'media' | 'docs'): ExtractedFile[] =>
  messages.flatMap(({ id, senderId, senderName, attachments }) =>
    (attachments ?? [])
      .filter(({ contentType }) => isMedia(contentType) === (type === 'media'))
      .map((attachment) => ({
        id: attachment.fileId,
        name: attachment.fileName,
        url: fileUrl(attachment.fileId),
        thumbnailUrl: attachment.thumbnailUrl,
        size: attachment.fileSize,
        contentType: attachment.contentType,
        uploadedAt: attachment.uploadedAt,
        senderId,
        senderName,
        messageId: id,
      })),
  )

const extensions = new Map([
  ['application/pdf', 'pdf'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpg'],
  ['video/mp4', 'mp4'],
])

/** The extension of the six types that seed 1 names; `unknown` for all others. */
export const fileExtension = (contentType: string): string => extensions.get(contentType) ?? 'unknown'
