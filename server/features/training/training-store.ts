/** Where training conversations are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type {
  Criterion,
  ReviewStatus,
  Scaffolding,
  Tier,
  TrainingContent,
  TrainingRow,
  UnparsedRow,
} from './content.ts'
import type { ConsultantProfile } from './final-file.ts'
import type { TrainingAction } from './log-line.ts'

export const ORIGINS = ['generated', 'taken', 'imported'] as const
export type Origin = (typeof ORIGINS)[number]

export const PROCESSING_STATUSES = [
  'queued',
  'processing',
  'raw_stored',
  'completed',
  'failed',
  'parse_failed',
] as const
export type ProcessingStatus = (typeof PROCESSING_STATUSES)[number]

/** How the model's answer became content: as it was, after `jsonrepair`, or by a person. */
export type ParseMethod = 'direct' | 'jsonrepair' | 'manual'

/** Why there is a revision. */
export type RevisionReason = 'generated' | 'taken' | 'imported' | 'edited' | 'redacted' | 'restored' | 'erased'

/** By criterion, 0 to 10. */
export type Scores = Readonly<Partial<Record<Criterion, number>>>

/** Everything about a training conversation but what it says. */
export interface TrainingRecord {
  readonly id: string
  readonly ownerId: string
  readonly title: string
  readonly origin: Origin
  /** The real conversation that it was taken from, while that exists. */
  readonly sourceId: string | null
  readonly tier: Tier
  readonly scaffolding: Scaffolding
  /** The present revision; 0 while there is none. */
  readonly revision: number
  readonly turnCount: number
  readonly tokenCount: number
  /** 0 to 10, as are the scores. */
  readonly qualityScore: number | null
  /** Of the whole conversation. */
  readonly scores: Scores
  readonly status: ReviewStatus
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly reviewNotes: string | null
  readonly processingStatus: ProcessingStatus
  /** In the bucket `conversation-files`; null while there is none. */
  readonly filePath: string | null
  readonly fileSize: number | null
  readonly rawPath: string | null
  readonly rawSize: number | null
  readonly rawStoredAt: Date | null
  readonly parseMethod: ParseMethod | null
  readonly requiresManualReview: boolean
  readonly validationReport: Readonly<Record<string, unknown>> | null
  readonly model: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** In US dollars. */
  readonly cost: number | null
  readonly downloadCount: number
  readonly lastDownloadedAt: Date | null
  readonly exportCount: number
  readonly lastExportedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface TrainingWithContent {
  readonly record: TrainingRecord
  readonly content: TrainingContent
}

/** Something that was done with a conversation. */
export interface HistoryLine {
  readonly at: Date
  readonly action: TrainingAction
  /** Null where it was nobody, or somebody who has gone. */
  readonly actorId: string | null
  readonly details: Readonly<Record<string, unknown>> | null
}

/** A training conversation that is about to be. */
export interface NewTraining {
  readonly id: string
  readonly title: string
  readonly tier: Tier
  readonly origin: Origin
  readonly sourceId?: string | undefined
  readonly scaffolding?: Scaffolding | undefined
  readonly model?: string | undefined
  readonly now: Date
}

/** What a conversation says from now on. */
export interface NewRevision {
  readonly content: TrainingContent
  readonly reason: RevisionReason
  /** The revision that the change was made from; where it is no longer the present one nothing is kept. */
  readonly basedOn?: number | undefined
  /** Estimated, in tokens of o200k_base. */
  readonly tokenCount: number
  readonly qualityScore: number
  /** Of the whole conversation; absent: they stay as they are. */
  readonly scores?: Scores | undefined
  readonly requiresManualReview: boolean
  readonly parseMethod?: ParseMethod | undefined
  readonly validationReport?: Readonly<Record<string, unknown>> | undefined
  readonly promptTokens?: number | undefined
  readonly completionTokens?: number | undefined
  readonly cost?: number | undefined
  /** In the log: absent, as its reason says. */
  readonly loggedAs?: TrainingAction | undefined
  /** What the log says of it besides. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly now: Date
}

/** What the final file is made from; whoever gets it may write it for a minute, and nobody else does. */
export interface FileToWrite {
  readonly row: TrainingRow
  /** Undefined: the person has written none. */
  readonly profile: ConsultantProfile | undefined
  /** Up to which change the file then tells. */
  readonly due: number
}

/** What a conversation must be to be found; what is not given does not matter. */
export interface TrainingFilter {
  readonly status?: ReviewStatus | undefined
  readonly tier?: Tier | undefined
  readonly personaKey?: string | undefined
  readonly arcKey?: string | undefined
  readonly topicKey?: string | undefined
  /** Both ends belong to it, 0 to 10; a conversation without a score passes neither. */
  readonly qualityMin?: number | undefined
  readonly qualityMax?: number | undefined
  readonly origin?: Origin | undefined
  readonly processingStatus?: ProcessingStatus | undefined
  readonly requiresManualReview?: boolean | undefined
  /** Words of the title and the turns; all must be there, the last may be the beginning of one. */
  readonly text?: string | undefined
}

export const TRAINING_SORTS = ['created_at', 'quality_score', 'turn_count', 'title'] as const
export type TrainingSort = (typeof TRAINING_SORTS)[number]
export type Direction = 'asc' | 'desc'

/** A place in a list: right behind a conversation, whether that is still there or not. */
export interface TrainingPlace {
  readonly sort: TrainingSort
  readonly direction: Direction
  /** What the sort goes by, as the store writes it. */
  readonly key: string
  readonly id: string
}

export interface WantedTrainings {
  readonly filter: TrainingFilter
  readonly sort: TrainingSort
  readonly direction: Direction
  readonly limit: number
  readonly after?: TrainingPlace | undefined
}

export interface FoundTrainings {
  readonly items: readonly TrainingRecord[]
  /** Where the list goes on; undefined at the end. */
  readonly next: TrainingPlace | undefined
  /** How many pass the filter; counted to `MAX_TRAINING_TOTAL` where more than the status decides. */
  readonly total: number
  readonly totalIsExact: boolean
}

/** As far as matches are counted: ten thousand of a million took a fifth of a second with four people asking. */
export const MAX_TRAINING_TOTAL = 2_000

export interface RevisionInfo {
  readonly revision: number
  readonly reason: RevisionReason
  readonly changedBy: string | null
  readonly createdAt: Date
}

export interface Review {
  readonly status: ReviewStatus
  readonly notes: string | null
  readonly now: Date
}

/** What is done with many at once. */
export type BulkAction =
  | { readonly action: 'approve' | 'archive' }
  | { readonly action: 'reject'; readonly reason: string }
  | { readonly action: 'set_tier'; readonly tier: Tier }
  | { readonly action: 'delete' }

/** Which ones: of these, or of all, those that pass the filter; at least one of both is given. */
export interface BulkChoice {
  readonly ids?: readonly string[] | undefined
  readonly filter?: TrainingFilter | undefined
}

/** How many there are of one status and tier. */
export interface TrainingTotal {
  readonly status: ReviewStatus
  readonly tier: Tier
  readonly total: number
  /** How many of them have a score, and the sum of these. */
  readonly scored: number
  readonly scoreSum: number
}

/** All of it is the actor's own: what is somebody else's is not there. */
export interface TrainingStore {
  /** Makes the conversation, without content and `processing`; one of the actor's that has none yet begins anew. */
  begin(actor: Actor, training: NewTraining): Promise<void>
  /** Makes it with its first revision, in one transaction; its final file is to be written. */
  add(actor: Actor, training: NewTraining, revision: NewRevision): Promise<void>
  /** The model's answer lies at `rawPathOf`; `raw_stored`. False where there is no such conversation. */
  noteRaw(actor: Actor, id: string, raw: { readonly size: number; readonly now: Date }): Promise<boolean>
  /**
   * A new revision: content, messages, words, scores and the log, in one transaction; `completed`. Returns its number.
   * `moved`: `basedOn` is no longer the present revision. Undefined: there is no such conversation.
   */
  keep(actor: Actor, id: string, revision: NewRevision): Promise<number | 'moved' | undefined>
  /** It did not become content: says how far it came, and why. */
  fail(
    actor: Actor,
    id: string,
    failure: {
      readonly status: 'failed' | 'parse_failed'
      readonly validationReport?: Readonly<Record<string, unknown>> | undefined
      readonly now: Date
    },
  ): Promise<void>

  // The final file follows the row: whatever it tells of counts it due, in the same transaction.

  /** What the final file is to be made from; undefined where it is up to date, or somebody is writing it. */
  claimFile(actor: Actor, id: string): Promise<FileToWrite | undefined>
  /**
   * The final file lies at `finalPathOf` and tells of the changes up to `due`; ends the claim. `stale`: there are later
   * ones by now. Undefined: the conversation is gone, and its file must go too.
   */
  noteFile(
    actor: Actor,
    id: string,
    file: { readonly due: number; readonly size: number },
  ): Promise<'current' | 'stale' | undefined>
  /** Ends all claims: for a server that is alone with its database and writes no file yet. */
  endFileClaims(): Promise<void>
  /** At most `limit` conversations of anybody's whose final file is due and written by nobody. For the sweep. */
  listDueFiles(limit: number): Promise<{ id: string; ownerId: string }[]>

  find(actor: Actor, id: string): Promise<TrainingRecord | undefined>
  /** With what it says, at the present revision or at another; undefined where that is not there. */
  findWithContent(actor: Actor, id: string, revision?: number): Promise<TrainingWithContent | undefined>
  /** The same with the latest lines of the log about it that tell of one of these actions, newest first; in one round trip. */
  findWithHistory(
    actor: Actor,
    id: string,
    history: { readonly actions: readonly TrainingAction[]; readonly limit: number },
  ): Promise<(TrainingWithContent & { readonly history: readonly HistoryLine[] }) | undefined>
  list(actor: Actor, wanted: WantedTrainings): Promise<FoundTrainings>
  listRevisions(
    actor: Actor,
    id: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<RevisionInfo[]>
  totals(actor: Actor): Promise<TrainingTotal[]>

  /**
   * For datasets and exports: these revisions, or the present ones where none is named, in this order, without those that
   * are gone. One round trip.
   */
  readRows(
    actor: Actor,
    items: readonly { readonly id: string; readonly revision?: number | undefined }[],
  ): Promise<UnparsedRow[]>

  change(
    actor: Actor,
    id: string,
    change: { readonly title?: string | undefined; readonly tier?: Tier | undefined; readonly now: Date },
  ): Promise<TrainingRecord | undefined>
  /** Undefined also where it is to be approved and says nothing yet. */
  review(actor: Actor, id: string, review: Review): Promise<TrainingRecord | undefined>
  /** Of the whole conversation, by a person; what is not given stays. Undefined also where it says nothing yet. */
  score(
    actor: Actor,
    id: string,
    scored: { readonly scores: Scores; readonly now: Date },
  ): Promise<TrainingRecord | undefined>
  /**
   * At most `limit` of them, and only those for which it makes a difference: it can be called until nothing is
   * left. `found`: how many of the ids are the actor's; undefined without any. Nothing without content is approved.
   */
  changeMany(
    actor: Actor,
    choice: BulkChoice,
    action: BulkAction,
    options: { readonly limit: number; readonly now: Date },
  ): Promise<{ readonly ids: string[]; readonly found: number | undefined }>
  /** With its messages and revisions; false where there was none. */
  remove(actor: Actor, id: string, now: Date): Promise<boolean>

  findProfile(actor: Actor): Promise<ConsultantProfile | undefined>
  /** Final files are written with it from now on; those that are there stay as they are until they change. */
  saveProfile(actor: Actor, profile: ConsultantProfile, now: Date): Promise<void>
}
