/** What a message is; pure. */
import type { FileCategory } from '../files/index.ts'

export interface Message {
  readonly id: string
  readonly conversationId: string
  /** Who may read the conversation; null where its members may. */
  readonly ownerId: string | null
  /** Null for what a model or the system wrote. */
  readonly senderId: string | null
  /** The sender's name, or null where there is no person behind it. */
  readonly senderName: string | null
  readonly role: 'user' | 'assistant' | 'system'
  /** `image`: pictures and videos only, with or without words. `file`: any other files. */
  readonly type: 'text' | 'image' | 'file' | 'system'
  /** Empty where files were sent without words, and in what is left of a deleted message that a thread hangs on. */
  readonly content: string
  /** The provider's name of the model that wrote it. */
  readonly model: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** `stopped` by the person, `interrupted` by a crash or lost connection, `truncated` at the model's token limit. */
  readonly status: 'complete' | 'stopped' | 'interrupted' | 'truncated'
  readonly metadata: Record<string, unknown> | null
  readonly createdAt: Date
  readonly updatedAt: Date
  /** The files that were sent with it, in the sender's order. */
  readonly attachments: readonly Attachment[]
  /** The message that its thread hangs on; null in the timeline. */
  readonly threadId: string | null
  /** How many replies hang on it as a thread. */
  readonly replyCount: number
  readonly workTypeId: string | null
  /** The task that was made from it. */
  readonly taskId: string | null
  readonly linkedTaskCount: number
  readonly pinnedAt: Date | null
  /** When its words were last changed. */
  readonly editedAt: Date | null
}

/** A file of a message, as far as a message shows it. */
export interface Attachment {
  /** Of the file. */
  readonly id: string
  readonly name: string
  readonly contentType: string
  readonly category: FileCategory
  /** Bytes. */
  readonly size: number
  readonly uploadedAt: Date
  /** Pixels. */
  readonly width: number | null
  readonly height: number | null
  /** Seconds. */
  readonly duration: number | null
}

/** A message of a team conversation as one of its members sees it. */
export interface TeamMessage extends Message {
  /** When the reader starred it. */
  readonly starredAt: Date | null
  /** Who is mentioned in it, by name. */
  readonly mentions: readonly { readonly id: string; readonly name: string }[]
  /** What the reader may do with it. */
  readonly can: { readonly edit: boolean; readonly delete: boolean }
}

/** What a message is that nobody has done anything with: only words. */
export const onlyWords = {
  type: 'text',
  attachments: [],
  threadId: null,
  replyCount: 0,
  workTypeId: null,
  taskId: null,
  linkedTaskCount: 0,
  pinnedAt: null,
  editedAt: null,
} as const satisfies Partial<Message>

/**
 * Whether this is what is left of a message that was deleted while a thread hung on it. The thread stays where people look
 * for it, and what opened it is told as deleted; when the last reply goes, this goes too.
 */
export const isErased = ({ type, content }: Pick<Message, 'type' | 'content'>): boolean =>
  type === 'system' && content === ''
