/** Finds the picture of a file that somebody wants to see; the first who wants it has it made. */
import { AppError } from '#kernel/errors.ts'
import { makeWorkQueue } from '#kernel/work-queue.ts'
import type { BlobKey, BlobStore } from './blob-store.ts'
import { hasPages, hasPicture, isOfficeDocument, type StoredFile } from './file.ts'
import type { MakePicture, Original, Picture, ShowAsPdf, WantedPicture } from './make-picture.ts'

/** Longer side in pixels (contracts, 1.2). */
export const thumbnailSizes = { small: 100, medium: 200, large: 400 } as const
/** Longer side in pixels. */
const PREVIEW = 1600

export type PictureName =
  | { readonly kind: 'thumbnail'; readonly size: keyof typeof thumbnailSizes }
  /** `page`: from 1; of what has pages. */
  | { readonly kind: 'preview'; readonly page: number }

/** A picture as a blob: WebP. */
export interface StoredPicture {
  readonly blobKey: BlobKey
  /** Bytes. */
  readonly size: number
  /** Different for each picture of each content. */
  readonly tag: string
  /** Of what has pages all of them, else 1. */
  readonly pages: number
}

/**
 * Fails with `file.no_picture`. Whoever calls has made sure that the person may read the file.
 */
export type ReadPicture = (file: StoredFile, wanted: PictureName) => Promise<StoredPicture>

/** How many pictures are made at the same time in a process, and how many wait for it. */
const AT_ONCE = 2
const MOST_WAITING = 100
/** How many files are remembered that could not be drawn, so that they are not tried again and again. */
const MOST_HOPELESS = 1000

/** A picture is made once, at whatever time and by however many it is wanted, and kept below the blob of its file. */
export const makeReadPicture = ({
  blobs,
  makePicture,
  showAsPdf,
}: {
  blobs: BlobStore
  makePicture: MakePicture
  showAsPdf: ShowAsPdf
}): ReadPicture => {
  const inTurn = makeWorkQueue(AT_ONCE, MOST_WAITING)
  const underway = new Map<BlobKey, Promise<StoredPicture | undefined>>()
  const hopeless = new Set<BlobKey>()

  /** What it is drawn from. */
  const originalOf = async (file: StoredFile): Promise<Original | undefined> => {
    const isOffice = isOfficeDocument(file)
    const key = isOffice ? await showAsPdf(file) : file.blobKey
    if (key === undefined) return undefined
    const open = async () => {
      const bytes = await blobs.open(key)
      if (bytes === undefined) throw new AppError('file.not_found')
      return bytes
    }
    return { ...(isOffice ? { contentType: 'application/pdf', category: 'pdf' } : file), open }
  }

  const make = async (file: StoredFile, key: BlobKey, wanted: WantedPicture): Promise<Picture | undefined> => {
    const original = await originalOf(file)
    const picture = original && (await inTurn(() => makePicture(original, wanted)))
    if (picture === undefined) return undefined
    if (hasPages(file)) await blobs.put(pagesKey(file), { bytes: Buffer.from(String(picture.pages)) })
    await blobs.put(key, { bytes: picture.bytes })
    // A file that was deleted meanwhile leaves nothing: its blob is gone, or goes after this, with all that is below it.
    if ((await blobs.sizeOf(file.blobKey)) === undefined) await blobs.deleteAll(file.blobKey)
    return picture
  }

  const findOrMake = async (
    file: StoredFile,
    wanted: PictureName,
    key: BlobKey,
  ): Promise<StoredPicture | undefined> => {
    const tag = `${file.sha256.toString('hex')}-${nameOf(wanted)}`
    const [size, pages] = await Promise.all([blobs.sizeOf(key), readPages(blobs, file)])
    if (size !== undefined && pages !== undefined) return { blobKey: key, size, tag, pages }
    if (pages !== undefined && wanted.kind === 'preview' && wanted.page > pages) return undefined
    const longerSide = wanted.kind === 'preview' ? PREVIEW : thumbnailSizes[wanted.size]
    const made = await make(file, key, { longerSide, page: wanted.kind === 'preview' ? wanted.page : 1 })
    return made && { blobKey: key, size: made.bytes.length, tag, pages: made.pages }
  }

  return async (file, wanted) => {
    const key = `${file.blobKey}/${nameOf(wanted)}`
    const canBeDrawn = hasPicture(file) || (wanted.kind === 'preview' && isOfficeDocument(file))
    if (!canBeDrawn || hopeless.has(key)) throw new AppError('file.no_picture')
    let work = underway.get(key)
    if (work === undefined) {
      work = findOrMake(file, wanted, key).finally(() => underway.delete(key))
      underway.set(key, work)
    }
    const picture = await work
    if (picture !== undefined) return picture
    if (hopeless.size >= MOST_HOPELESS) hopeless.clear()
    hopeless.add(key)
    throw new AppError('file.no_picture')
  }
}

const nameOf = (wanted: PictureName): string =>
  wanted.kind === 'preview' ? `preview-${wanted.page}.webp` : `${wanted.size}.webp`

const pagesKey = (file: StoredFile): BlobKey => `${file.blobKey}/pages`

/** How many pages a file has; undefined while nobody knows. */
const readPages = async (blobs: BlobStore, file: StoredFile): Promise<number | undefined> => {
  if (!hasPages(file)) return 1
  const stream = await blobs.open(pagesKey(file))
  if (stream === undefined) return undefined
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return Number(text)
}
