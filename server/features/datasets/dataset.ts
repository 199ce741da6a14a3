/** A dataset: which conversations, what becomes of them, and the versions that were frozen of it; pure. */
import type { ErrorCode } from '#kernel/errors.ts'
import type { TrainingFilter, TrainingRow } from '../training/index.ts'
import type { Split } from './targets/target.ts'

/** Which conversations: those that pass the filter and those that are named, without those that are left out by name. */
export interface Selection {
  /** Null: none but those that are named. */
  readonly filter: TrainingFilter | null
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** Conversations by their ids; none is in two of the lists. */
export interface MemberChange {
  /** They belong to it from now on, and are left out no more. */
  readonly include: readonly string[]
  /** They are left out from now on, and belong to it no more. */
  readonly exclude: readonly string[]
  /** The filter decides about them again. */
  readonly forget: readonly string[]
}

export interface Settings {
  /** How much of it each split gets; together 1. */
  readonly splits: Readonly<Record<Split, number>>
  /** Another seed is another division into splits. */
  readonly seed: string
  /** Of conversations that say the same, or nearly: whether all but the first are dropped. Kept, they stay on one side. */
  readonly duplicates: 'drop' | 'keep'
  /** From which similarity on (Jaccard, of groups of five words) two conversations say nearly the same; null: only the very same count. */
  readonly nearDuplicateThreshold: number | null
  /** Longest conversation in tokens; null where there is no limit. */
  readonly maxTokens: number | null
  readonly minTurns: number
  readonly maxTurns: number | null
  readonly onlyApproved: boolean
}

export interface Dataset {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly selection: Selection
  readonly settings: Settings
  /** The number of its newest version; 0 while there is none. */
  readonly latestVersion: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Why a conversation of the selection is not in a version. */
export const DROP_REASONS = ['too_few_turns', 'too_many_turns', 'too_long', 'duplicate', 'near_duplicate'] as const
export type DropReason = (typeof DROP_REASONS)[number]

export type VersionStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'

export interface SplitCounts {
  readonly conversations: number
  readonly turns: number
  /** Estimated, in tokens of o200k_base. */
  readonly tokens: number
}

/** What came of a version; it never changes. */
export interface VersionCounts {
  /** Conversations of the selection. */
  readonly selected: number
  readonly dropped: Readonly<Record<DropReason, number>>
  readonly splits: Readonly<Record<Split, SplitCounts>>
  /** How many groups of conversations say the same, or nearly. */
  readonly clusters: number
  /** Conversations that were in the version before and are on another side now, because their groups became one or the settings changed. */
  readonly moved: number
  /** Of the longest conversation. */
  readonly longestTokens: number
  /** How many conversations have more tokens than each of `CONTEXT_SIZES`. */
  readonly longerThan: readonly { readonly tokens: number; readonly conversations: number }[]
}

export interface DatasetVersion {
  readonly datasetId: string
  readonly version: number
  /** As they were when it was asked for. */
  readonly selection: Selection
  readonly settings: Settings
  readonly status: VersionStatus
  /** Conversations that have been read, and how many there are to read; null before the first. */
  readonly done: number
  readonly total: number | null
  readonly counts: VersionCounts | null
  /** Conversations in it that were erased since. */
  readonly erased: number
  /** Of the catalogue of errors, where it failed. */
  readonly errorCode: ErrorCode | null
  readonly createdAt: Date
  /** When it was frozen: what is exported states this time and no other. */
  readonly completedAt: Date | null
}

/** What of a row may change without a new revision: a version keeps it as it was, so that an export gives the same bytes again. */
export type FrozenFacts = Pick<
  TrainingRow,
  'title' | 'tier' | 'status' | 'qualityScore' | 'scores' | 'isReviewed' | 'reviewNotes'
>

/** A conversation in a version, or left out of it. */
export interface DatasetItem {
  readonly conversationId: string
  /** Null once it was erased. */
  readonly revision: number | null
  /** Null where it was dropped. */
  readonly split: Split | null
  readonly dropped: DropReason | null
  readonly turnCount: number
  readonly tokenCount: number
  /** The first of those that say the same, or nearly; null where none does. */
  readonly clusterId: string | null
  /** To the one that it was found to be like; 1 is the very same, null of the first. */
  readonly similarity: number | null
}

/** What an export is made of: a conversation as it was frozen. */
export interface VersionRow<Row = TrainingRow> {
  readonly row: Row
  readonly split: Split
  readonly tokens: number
}

/** Conversations that one version may hold. */
export const MAX_ITEMS = 500_000
/** Datasets that one person may have. */
export const MAX_DATASETS = 1_000
/** Conversations that a selection may include by name, and as many that it may exclude. */
export const MAX_NAMED = 5_000
/** Versions of one person that may wait or be made at the same time. */
export const MAX_UNFINISHED = 10
