/** Makes pictures of files, to see what they are before they are opened: the port. */
import type { Readable } from 'node:stream'
import type { BlobKey } from './blob-store.ts'
import type { FileCategory, StoredFile } from './file.ts'

/** What a picture is made of. */
export interface Original {
  readonly contentType: string
  readonly category: FileCategory
  /** Its bytes from the start; called once. */
  open(): Promise<Readable>
}

export interface WantedPicture {
  /** Pixels; pictures that are smaller are not blown up. */
  readonly longerSide: number
  /** From 1; of a PDF. */
  readonly page: number
}

export interface Picture {
  /** WebP, upright, without any metadata of the original. */
  readonly bytes: Uint8Array
  /** Of what has pages all of them, else 1. */
  readonly pages: number
}

/**
 * Makes a PDF of an office document, or finds the one that was made; bounded in time and memory.
 *
 * @returns its key, below that of the file; undefined where it can't be made or what makes it is not installed
 * @throws AppError `request.rate_limited` when too many wait
 */
export type ShowAsPdf = (file: StoredFile) => Promise<BlobKey | undefined>

/**
 * Bounded in time and memory, whatever the original holds.
 *
 * @returns undefined when there is no such picture: the type has none, the page is past the end, the content is broken, or
 *   what it takes is not installed
 * @throws AppError `request.rate_limited` when too many wait
 */
export type MakePicture = (original: Original, wanted: WantedPicture) => Promise<Picture | undefined>
