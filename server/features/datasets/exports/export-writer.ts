/** What turns conversations into files on this machine: the port. It works beside the server, which goes on answering. */
import type { ExportFacts, TargetChoice } from '../targets/target.ts'
import type { UnparsedRow } from '../../training/index.ts'
import type { VersionRow } from '../dataset.ts'
import type { Compression, Download, Dropped, MadeFile, VersionFacts } from './export.ts'

/** A conversation that is to be written. What it says is parsed where it is written: the server has no use for it. */
export type RowToWrite = Pick<VersionRow<UnparsedRow>, 'row' | 'split'> & Partial<Pick<VersionRow, 'tokens'>>

export interface WritingPlan {
  /** An empty folder of this machine; everything is written there. */
  readonly folder: string
  readonly targets: readonly TargetChoice[]
  readonly compression: Compression
  readonly facts: ExportFacts
  /** Null where conversations were chosen. */
  readonly version: VersionFacts | null
  /** What the names of downloads begin with. */
  readonly baseName: string
}

/** A download that lies complete in the folder. */
export interface WrittenDownload extends Download {
  readonly path: string
}

export interface Written {
  readonly files: readonly MadeFile[]
  readonly dropped: readonly Dropped[]
  readonly downloads: readonly WrittenDownload[]
  /** Conversations that were to be there and are gone. */
  readonly erased: number
}

export interface Writing {
  /** Takes conversations, in the order in which they are to be written; one call after the other. Resolves when there is room. */
  add(rows: readonly RowToWrite[]): Promise<void>
  /** Takes a file as it is. Names are told apart by it. */
  copy(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** `erased`: as in `Written`. */
  finish(erased: number): Promise<Written>
  /** Ends it at once, whatever it is doing; the folder stays. After `finish` it has no effect. */
  abandon(): Promise<void>
}

/** Whatever fails in it, the next call of the writing fails with. */
export type BeginWriting = (plan: WritingPlan) => Promise<Writing>
