/**
 * What a training conversation says, in the form that every file is made from. Nothing that a target can say is lost in it:
 * the final file, the exports and the pages are adapters of this.
 */
import { createHash } from 'node:crypto'

export type TurnRole = 'system' | 'user' | 'assistant' | 'tool'

/** A tool that the assistant asked for. */
export interface ToolCall {
  readonly id: string
  /** 1 to 64 of `[A-Za-z0-9_-]`. */
  readonly name: string
  /** JSON text, as the model wrote it; each target says whether it wants the text or the object. */
  readonly arguments: string
}

export interface ToolDefinition {
  readonly name: string
  readonly description?: string
  /** A JSON schema. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** What somebody feels while they say a turn. */
export interface Emotion {
  readonly primary: string
  readonly secondary: string | null
  /** 0 to 1. */
  readonly intensity: number
}

export interface TrainingTurn {
  readonly role: TurnRole
  /** Null only where there are tool calls. */
  readonly content: string | null
  readonly name?: string
  readonly toolCalls?: readonly ToolCall[]
  /** Which call a turn of role `tool` answers. */
  readonly toolCallId?: string
  /** False: nothing is to be learned from it, though it is read. Only assistant turns are ever trained on. */
  readonly train: boolean
  readonly emotion?: Emotion
  /** What stood here before a person wrote something better: the rejected half of a preference pair. */
  readonly rejected?: string
  /** By criterion, 0 to 10: see `CRITERIA`. */
  readonly scores?: Readonly<Partial<Record<Criterion, number>>>
  readonly comment?: string
}

export const CRITERIA = ['empathy', 'clarity', 'appropriateness', 'brand_voice'] as const
export type Criterion = (typeof CRITERIA)[number]

/** What the model said of the whole conversation (contracts, 0.3: the raw answer's `conversation_metadata`). */
export interface Scene {
  readonly clientPersona: string
  readonly sessionContext: string
  readonly conversationPhase: string
  readonly expectedOutcome: string | null
}

export interface TrainingContent {
  /** At most one of role `system`, which comes first. */
  readonly turns: readonly TrainingTurn[]
  readonly tools?: readonly ToolDefinition[]
  readonly scene?: Scene
}

/** Which persona, arc and topic a conversation was made with, as they were then. */
export interface Scaffolding {
  readonly persona?: { readonly id: string; readonly key: string; readonly name: string; readonly archetype?: string }
  readonly arc?: {
    readonly id: string
    readonly key: string
    readonly name: string
    readonly startingEmotion?: string
    readonly endingEmotion?: string
    /** How many turns it usually takes, least and most. */
    readonly turns?: readonly [number, number]
  }
  readonly topic?: { readonly id: string; readonly key: string; readonly name: string; readonly complexity?: string }
  readonly template?: { readonly id: string; readonly name: string; readonly version: number }
}

export const TIERS = ['template', 'scenario', 'edge_case'] as const
export type Tier = (typeof TIERS)[number]

export const REVIEW_STATUSES = ['pending_review', 'approved', 'rejected', 'archived'] as const
export type ReviewStatus = (typeof REVIEW_STATUSES)[number]

/** Where training conversations live: a bucket, which signed links name (contracts, 0.2). */
export const BUCKET = 'conversation-files'

/** Within the bucket. */
export const finalPathOf = (ownerId: string, conversationId: string): string =>
  `${ownerId}/${conversationId}/conversation.json`

/** Within the bucket. */
export const rawPathOf = (ownerId: string, conversationId: string): string => `raw/${ownerId}/${conversationId}.json`

/** SHA-256 of the content, whatever order its keys come in. */
export const hashContent = (content: TrainingContent): Buffer =>
  createHash('sha256').update(canonicalJson(content)).digest()

/** JSON with the keys of every object in the order of their code units, and without those that are undefined. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )

/** How many turns a conversation has: what its system prompt says is no turn. */
export const turnCountOf = ({ turns }: TrainingContent): number =>
  turns.reduce((count, { role }) => (role === 'system' ? count : count + 1), 0)

/**
 * One conversation as datasets and exports see it. What it says is of its revision; title, status, scores and the rest are
 * as they are now.
 */
export interface TrainingRow {
  readonly id: string
  readonly revision: number
  readonly title: string
  readonly origin: 'generated' | 'taken' | 'imported'
  readonly tier: Tier
  readonly status: ReviewStatus
  /** 0 to 10. */
  readonly qualityScore: number | null
  /** Of the whole conversation, 0 to 10. */
  readonly scores: Readonly<Partial<Record<Criterion, number>>>
  /** Whether a person has decided about it. */
  readonly isReviewed: boolean
  readonly reviewNotes: string | null
  readonly scaffolding: Scaffolding
  /** Which model wrote it; null where people did. */
  readonly model: string | null
  readonly createdAt: Date
  readonly content: TrainingContent
}

/** A row as it comes from where it is kept: what it says is JSON text still, for whoever only hands it on. */
export type UnparsedRow = Omit<TrainingRow, 'content'> & { readonly content: string }

export const parsedRow = (row: UnparsedRow): TrainingRow => ({
  ...row,
  content: JSON.parse(row.content) as TrainingContent,
})

/** Most turns of a conversation, and most characters (UTF-16 code units) of one turn and of all together. */
export const MAX_TURNS = 1_000
export const MAX_TURN_LENGTH = 50_000
export const MAX_CONVERSATION_LENGTH = 1_000_000

/** Why content can't be kept, to be said after "A conversation"; undefined where nothing is wrong. */
export const wrongContent = ({ turns }: TrainingContent): string | undefined => {
  if (turns.every(({ role }) => role === 'system')) return 'must have a turn'
  if (turns.length > MAX_TURNS) return `must have at most ${MAX_TURNS} turns`
  if (turns.some(({ role }, index) => role === 'system' && index > 0))
    return 'can have a system prompt at its beginning only'
  if (turns.some(({ content, toolCalls = [] }) => content === null && toolCalls.length === 0))
    return 'must say something in every turn'
  const texts = turns.map(({ content }) => content ?? '')
  if (texts.some((text) => text.length > MAX_TURN_LENGTH))
    return `must have at most ${MAX_TURN_LENGTH} characters in a turn`
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_CONVERSATION_LENGTH)
    return `must have at most ${MAX_CONVERSATION_LENGTH} characters`
  if (turns.some((turn) => hasBrokenText(turn))) return 'must not contain NUL or broken characters'
  return undefined
}

const hasBrokenText = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0') || !value.isWellFormed()
    : value !== null && typeof value === 'object' && Object.values(value).some(hasBrokenText)
