/** Where the log of training data is kept, and what was served of it: the port. */
import type { Actor } from '#kernel/actor.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import type { Allowance } from './download-limits.ts'
import type { DownloadAction, LogEntry, LogFilter, LogLine, LogPlace } from './log-line.ts'

/** What a download needs to know of a conversation. Paths are within the bucket; null where there is no such file. */
export interface StoredFiles {
  readonly filePath: string | null
  /** Bytes; null where nobody knows. */
  readonly fileSize: number | null
  readonly rawPath: string | null
  readonly rawSize: number | null
  /** Whether the final file is behind what the conversation says. */
  readonly isDue: boolean
}

interface Page {
  readonly after?: LogPlace | undefined
  readonly limit: number
}

/** What left this server by links, of one person and day (UTC). */
export interface Served {
  readonly ownerId: string
  /** Such as `2026-11-21`. */
  readonly day: string
  readonly bytes: number
}

/** Days of UTC, such as `2026-11-21`; both belong to it. */
export interface Days {
  readonly from: string
  readonly to: string
}

export interface Counts {
  readonly downloads: number
  /** Of downloads and exports. */
  readonly failures: number
  readonly exports: number
  /** Of what the links lead to that were given out. */
  readonly bytesLinked: number
  /** That left this server by links. */
  readonly bytesServed: number
}

export interface Analytics {
  readonly totals: Counts
  readonly days: readonly (Counts & { readonly date: string })[]
  /** The most frequent first. */
  readonly failures: readonly { readonly errorCode: ErrorCode; readonly count: number }[]
  /** At most ten; the title is null of those that are gone. */
  readonly top: readonly {
    readonly conversationId: string
    readonly title: string | null
    readonly downloads: number
  }[]
}

export interface LogStore {
  /** Undefined where there is no such conversation of the actor's. */
  findFiles(actor: Actor, conversationId: string): Promise<StoredFiles | undefined>
  /**
   * Writes the line of a download that went well or failed, and counts it with its conversation, in one transaction:
   * of any number that come at once no more pass than are allowed. Otherwise: in how many seconds the next may; of those
   * that are refused one an hour is written.
   */
  noteDownload(
    actor: Actor,
    line: LogLine & { readonly action: DownloadAction },
    allowance: Allowance,
  ): Promise<{ readonly retryAfterSeconds: number } | undefined>
  /** Newest first. */
  list(actor: Actor, filter: LogFilter, page: Page): Promise<LogEntry[]>
  /** Undefined where there is no such conversation of the actor's. */
  listDownloads(
    actor: Actor,
    conversationId: string,
    page: Page,
  ): Promise<{ entries: LogEntry[]; count: number; lastAt: Date | null } | undefined>
  /** Only the days on which there was something, in order. */
  readAnalytics(actor: Actor, days: Days): Promise<Omit<Analytics, 'totals'>>

  /** Whether a conversation of anybody's has a file of this path, within the bucket, now. */
  isKept(path: string): Promise<boolean>
  /** Adds to what was served before; of persons who are gone nothing is kept. */
  addServed(served: readonly Served[]): Promise<void>
}
