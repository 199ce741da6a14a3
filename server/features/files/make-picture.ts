/** Makes pictures of files, to see what they are before they are opened: the port. */
import type { Readable } from 'node:stream'
import type { FileCategory } from './file.ts'

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
  /** Of a PDF all of its pages, else 1. */
  readonly pages: number
}

/**
 * Bounded in time and memory, whatever the original holds.
 *
 * @returns undefined when there is no such picture: the type has none, the page is past the end, the content is broken, or
 *   what it takes is not installed
 * @throws AppError `request.rate_limited` when too many wait
 */
export type MakePicture = (original: Original, wanted: WantedPicture) => Promise<Picture | undefined>
