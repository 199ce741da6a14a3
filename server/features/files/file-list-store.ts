/** Where the files of a conversation are looked up: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { FileCategory, StoredFile } from './file.ts'

/** `media`: pictures and videos. `docs`: everything else (contracts, 1.2). */
export type FileKind = 'media' | 'docs'

export type FileSort = 'newest' | 'oldest' | 'name' | 'largest' | 'smallest'

/** A file that was sent with a message. */
export interface SharedFile extends Omit<StoredFile, 'sha256' | 'blobKey' | 'messageId'> {
  readonly messageId: string
  /** Null where the account is gone. */
  readonly senderId: string | null
  readonly senderName: string | null
  /** When its message was posted. */
  readonly sharedAt: Date
}

/** What a file must be to be listed; what is not given does not matter. */
export interface FileFilter {
  readonly kind?: FileKind | undefined
  readonly categories?: readonly FileCategory[] | undefined
  readonly senderIds?: readonly string[] | undefined
  /** Part of its `nameKeyOf`. */
  readonly nameKey?: string | undefined
  /** Shared at or after this moment. */
  readonly from?: Date | undefined
  /** Shared before this moment. */
  readonly to?: Date | undefined
}

/** A place in a listing: right behind a file, whether that file is still there or not. */
export type FilePlace =
  | { readonly sort: 'newest' | 'oldest'; readonly key: Date; readonly id: string }
  | { readonly sort: 'name'; readonly key: string; readonly id: string }
  | { readonly sort: 'largest' | 'smallest'; readonly key: number; readonly id: string }

export interface WantedFiles {
  readonly filter: FileFilter
  readonly sort: FileSort
  readonly limit: number
  /** Begin behind this place, which is one of the same sort, or after so many files. */
  readonly start: { readonly after: FilePlace } | { readonly offset: number }
}

export interface FoundFiles {
  readonly files: SharedFile[]
  /** How many pass the filter, counted to `MAX_FILE_TOTAL`. */
  readonly total: number
  /** How many there are of each kind, whatever the filter. */
  readonly counts: Readonly<Record<FileKind, number>>
}

/** As far as matches are counted. */
export const MAX_FILE_TOTAL = 10_000

export interface FileListStore {
  /** Undefined when the actor has no such conversation. */
  listFiles(actor: Actor, conversationId: string, wanted: WantedFiles): Promise<FoundFiles | undefined>
  /** At most `limit` people who shared files of this kind, by name; undefined when the actor has no such conversation. */
  listSenders(
    actor: Actor,
    conversationId: string,
    wanted: { readonly kind?: FileKind | undefined; readonly limit: number },
  ): Promise<{ id: string; name: string }[] | undefined>
}
