/** What a file is: something that a person shared in a conversation; pure. */

/** What it is by its content; what listings filter by. */
export const fileCategories = [
  'image',
  'video',
  'audio',
  'pdf',
  'word',
  'excel',
  'powerpoint',
  'text',
  'archive',
  'other',
] as const
export type FileCategory = (typeof fileCategories)[number]

export interface StoredFile {
  readonly id: string
  readonly conversationId: string
  /** Null until it is sent. */
  readonly messageId: string | null
  /** As its uploader named it: data only, never part of a path. */
  readonly name: string
  /** By content, from our own table. */
  readonly contentType: string
  readonly category: FileCategory
  /** Bytes. */
  readonly size: number
  readonly sha256: Buffer
  /** Pixels, as they are shown; null where it is no picture and no video. */
  readonly width: number | null
  readonly height: number | null
  /** Seconds; null where it does not play. */
  readonly durationSeconds: number | null
  /** Where the bytes are. */
  readonly blobKey: string
  readonly uploadedAt: Date
}

/** Whether there may be a small picture of it (`GET /api/files/{id}/thumbnail`). */
export const hasPicture = ({ category, width }: Pick<StoredFile, 'category' | 'width'>): boolean =>
  (category === 'image' && width !== null) || category === 'video' || category === 'pdf'

/** Documents that office programs make: their pages are those of a PDF that is made of them. */
export const isOfficeDocument = ({ category }: Pick<StoredFile, 'category'>): boolean =>
  category === 'word' || category === 'excel' || category === 'powerpoint'

/** Whether its preview has pages. */
export const hasPages = (file: Pick<StoredFile, 'category'>): boolean =>
  file.category === 'pdf' || isOfficeDocument(file)

/** Longest name of a file, in characters. */
export const MAX_FILE_NAME = 255
