/** What the thread that writes exports and the server tell each other. */
import type { Digest, RowToWrite, Written } from '#server/features/datasets/index.ts'

export interface CopiedFile extends Digest {
  readonly name: string
}

export type ToWriter =
  | { readonly kind: 'rows'; readonly rows: readonly RowToWrite[] }
  | { readonly kind: 'finish'; readonly copied: readonly CopiedFile[]; readonly erased: number }

export type FromWriter =
  /** Rows have been written. */
  { readonly kind: 'took' } | { readonly kind: 'written'; readonly written: Written }
