/** Finds out what an upload is, by its content: the port. */
import type { FileCategory } from './file.ts'

export interface InspectedFile {
  /** From our own table: `image/png`, `text/plain; charset=utf-8`. */
  readonly contentType: string
  readonly category: FileCategory
  /** Pixels, after the picture's own rotation; null where it has none or they can't be read. */
  readonly width: number | null
  readonly height: number | null
  /** Seconds. */
  readonly durationSeconds: number | null
}

/**
 * Looks at a complete file that nobody has vouched for. Bounded in time and memory, whatever the file holds.
 *
 * @param path where it lies on this machine
 * @param name as its uploader called it: it decides among text formats and the like only
 * @returns what it is; content that nothing recognises is `application/octet-stream`, `other`
 * @throws AppError `file.dangerous` when opening it would take far more than it looks like: bombs of pixels or of archives
 */
export type InspectFile = (path: string, name: string) => Promise<InspectedFile>
