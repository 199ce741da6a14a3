/** An export: files that are made of a version or of chosen conversations, and kept for a day; pure. */
import type { ErrorCode } from '#kernel/errors.ts'
import type { Selection, Settings, VersionCounts } from '../dataset.ts'
import type { RuleId } from '../targets/finding.ts'
import type { Split, TargetChoice, TargetId } from '../targets/target.ts'

/** Where the files of exports lie: a bucket, which signed links name. */
export const EXPORTS_BUCKET = 'training-exports'
/** How long they are kept, in seconds. */
export const KEPT_SECONDS = 86_400
/** Exports of one person that may wait or be made at the same time. */
export const MOST_UNFINISHED = 10

export const EXPORT_STATUSES = ['queued', 'processing', 'completed', 'failed', 'cancelled', 'expired'] as const
export type ExportStatus = (typeof EXPORT_STATUSES)[number]

/** `none`, `gzip`: each file by itself. `zip`: all of them in one. */
export type Compression = 'none' | 'gzip' | 'zip'

/** The conversations' own files, one each: the final ones, or what the model answered. */
export type StoredFiles = 'final' | 'raw'

/** How an export is to be made. */
export interface ExportOrder {
  /** Each target once. Empty where stored files are exported as they are. */
  readonly targets: readonly TargetChoice[]
  readonly stored: StoredFiles | null
  readonly compression: Compression
  readonly includeMetadata: boolean
  /** What the names of its files begin with; null: a name that says what it is. */
  readonly fileName: string | null
}

/** What is exported. */
export type ExportScope =
  | { readonly kind: 'version'; readonly datasetId: string; readonly version: number }
  | { readonly kind: 'conversations'; readonly items: readonly { readonly id: string; readonly revision: number }[] }

/** A file that was made, before any compression. */
export interface MadeFile {
  /** With `/` where it lies in a folder. */
  readonly name: string
  /** Null of files that are about the others. */
  readonly target: TargetId | null
  readonly split: Split | null
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
  readonly conversations: number
  readonly records: number
}

/** What a target left out: each conversation once, by the first rule for which its trainers would not have taken it. */
export interface Dropped {
  readonly target: TargetId
  readonly rule: RuleId
  readonly conversations: number
}

/** What there is to download. */
export interface Download {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface ExportResult {
  readonly files: readonly MadeFile[]
  readonly dropped: readonly Dropped[]
  readonly downloads: readonly Download[]
  /** Conversations that were to be exported and were gone. */
  readonly erased: number
}

export interface Export {
  readonly id: string
  readonly ownerId: string
  readonly scope: ExportScope
  /** The dataset's name then; of chosen conversations, `selection`. */
  readonly name: string
  readonly order: ExportOrder
  readonly status: ExportStatus
  /** Conversations that have been read, of how many. */
  readonly done: number
  readonly total: number
  /** In the bucket; null while there are no files, and when they are gone. */
  readonly folder: string | null
  readonly result: ExportResult | null
  readonly errorCode: ErrorCode | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  /** When its files are removed. */
  readonly expiresAt: Date | null
}

/** An export that is being made. */
export interface LeasedExport extends Export {
  readonly leaseId: string
  readonly folder: string
}

/** What the manifest says of the version beside the files. */
export interface VersionFacts {
  readonly datasetId: string
  readonly version: number
  readonly selection: Selection
  readonly settings: Settings
  readonly counts: VersionCounts
}

/**
 * What the names of its files begin with: `training-data-<scope>-<date>-<count>` (contracts, 0.6), of letters, digits and
 * hyphens.
 */
export const baseNameOf = ({ order, name, scope, createdAt, total }: Export): string => {
  if (order.fileName !== null) return order.fileName
  const what = scope.kind === 'version' ? `${slugOf(name) || 'dataset'}-v${scope.version}` : 'selection'
  return `training-data-${what}-${createdAt.toISOString().slice(0, 10)}-${total}`
}

/** Letters without their marks, digits and hyphens, at most 40; empty where a name has none of them. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll(/đ/gi, 'd')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '')
