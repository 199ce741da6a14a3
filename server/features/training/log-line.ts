/** What stands in the log of training data. Its lines are only ever added, and outlive what they are about. */
import type { ErrorCode } from '#kernel/errors.ts'

export const TRAINING_ACTIONS = [
  'download',
  'download_raw',
  'download_export',
  'export',
  'generate',
  'take',
  'import',
  'edit',
  'restore',
  'redact',
  'score',
  'judge',
  'approve',
  'reject',
  'archive',
  'reopen',
  'change',
  'delete',
  'erase',
] as const
export type TrainingAction = (typeof TRAINING_ACTIONS)[number]

/** What gives files out: counted as downloads, and limited. */
export type DownloadAction = Extract<TrainingAction, `download${string}`>
export const DOWNLOAD_ACTIONS = ['download', 'download_raw', 'download_export'] as const satisfies DownloadAction[]

/** What is about to stand in the log; whose it is, and who did it, says the transaction that writes it. */
export interface LogLine {
  readonly at: Date
  readonly action: TrainingAction
  readonly conversationId?: string | undefined
  /** How many bytes the link leads to that was given out. */
  readonly bytes?: number | undefined
  /** Absent where it went well. */
  readonly errorCode?: ErrorCode | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

export interface LogEntry {
  readonly id: string
  readonly at: Date
  readonly action: TrainingAction
  readonly actorId: string | null
  readonly conversationId: string | null
  readonly bytes: number | null
  readonly errorCode: ErrorCode | null
  readonly details: Readonly<Record<string, unknown>> | null
}

export interface LogFilter {
  readonly actions?: readonly TrainingAction[] | undefined
  readonly conversationId?: string | undefined
  readonly from?: Date | undefined
  /** Before it. */
  readonly to?: Date | undefined
}

/** A place in the log: right behind this entry. */
export interface LogPlace {
  readonly at: Date
  readonly id: string
}
