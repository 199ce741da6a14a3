/** What a conversation is, and the rules for its words; pure. */

export type ConversationKind = 'assistant' | 'team' | 'training'

export interface Conversation {
  readonly id: string
  readonly kind: ConversationKind
  readonly ownerId: string
  readonly title: string | null
  readonly parentId: string | null
  readonly messageCount: number
  readonly lastMessageAt: Date | null
  /** The latest message of a person, at most 100 characters; null before the first. */
  readonly preview: string | null
  readonly isReplying: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  /** `lastMessageAt`, or `createdAt` while there is no message. */
  readonly activeAt: Date
}

/** Longest preview in UTF-16 code units (contracts, decision 9). */
const MAX_PREVIEW = 100
/** Longest title that is made rather than given (contracts, 4.3). */
const MAX_MADE_TITLE = 50
const MAX_TITLE = 255

/** The beginning of a message, for lists. Never ends in half a character. */
export const previewOf = (content: string): string => cut(content, MAX_PREVIEW)

/** What a model answered when it was asked for a title → the title; undefined when nothing usable is left. */
export const titleFromAnswer = (answer: string): string | undefined => {
  const line = answer.split('\n').find((candidate) => candidate.trim() !== '') ?? ''
  const bare = line
    .replace(/^\s*(#+|title\s*:)\s*/i, '')
    .replaceAll(/^[\s"'“”„«»‘’`*_]+|[\s"'“”„«»‘’`*_.]+$/gu, '')
    .replaceAll('\u0000', '')
  return bare === '' ? undefined : cut(bare, MAX_MADE_TITLE)
}

/** The title where no model gives one: the beginning of the prompt. */
export const titleFromPrompt = (prompt: string): string =>
  cut(prompt.trim().replaceAll(/\s+/g, ' '), MAX_MADE_TITLE) || 'New Conversation'

/** The title of the n-th branch: `<Parent> - branch N`, shortened from the front part when it would be too long. */
export const branchTitle = (parentTitle: string | null, branchNumber: number): string => {
  const suffix = ` - branch ${branchNumber}`
  return cut(parentTitle || 'New Conversation', MAX_TITLE - suffix.length) + suffix
}

const cut = (text: string, length: number): string => {
  if (text.length <= length) return text
  const head = text.slice(0, length)
  return head.isWellFormed() ? head : head.slice(0, -1)
}
