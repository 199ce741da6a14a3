/** Converts files of conversations: the same engines as for sessions, without a job. What was made is kept below its file. */
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { makeWorkQueue, type WorkQueue } from '#kernel/work-queue.ts'
import { type BlobKey, type BlobStore, extensionOf, type ShowAsPdf, type StoredFile } from '../files/index.ts'
import { type Engine, EngineFailure, type FormatId } from './engine.ts'
import { findFormat, type Format, formatOfUpload } from './formats.ts'
import { outputNameOf, sentenceOf } from './job.ts'
import type { FindOffer } from './offer.ts'
import { failureOf, type Made, runEngine } from './run-engine.ts'
import { makeShareWork } from './shared-work.ts'
import type { WorkFolders } from './work-folders.ts'

/** How many each engine makes at the same time in a process, beside the jobs of sessions, and how many wait for it. */
const AT_ONCE = 1
const MOST_WAITING = 50
/** How many one person may wait for. */
const MOST_OF_ONE = 4
/** How long an engine that was stopped may take to end, in milliseconds. */
const DEAF_MS = 3_000

export interface ConvertedFile {
  readonly blobKey: BlobKey
  /** Bytes. */
  readonly size: number
  /** That of the file with the new ending; `.zip` where several pages were made of one document. */
  readonly name: string
  readonly contentType: string
  /** Different for each content. */
  readonly tag: string
}

export interface FileConversions {
  /** What a file can become with the engines that are installed. */
  formatsFor(file: StoredFile): Promise<readonly Format[]>
  /**
   * Converts, or finds what was made before; however many ask for the same at once, it is made once. Whoever calls has made
   * sure that the person may read the file. Fails with `conversion.unsupported`, `conversion.too_large_for_engine`,
   * `file.not_converted`, `file.not_found` where it is deleted meanwhile, and with `request.rate_limited` when too much waits.
   * @param gone fires when the person no longer waits; with the last one who waits the engine is stopped
   */
  convert(file: StoredFile, to: string, by: { personId: string; gone: AbortSignal }): Promise<ConvertedFile>
  showAsPdf: ShowAsPdf
}

interface Needs {
  readonly blobs: BlobStore
  readonly folders: WorkFolders
  readonly findOffer: FindOffer
  readonly newId: NewId
}

interface Wanted {
  readonly from: FormatId
  readonly to: FormatId
  readonly engine: Engine
}

export const makeFileConversions = ({ blobs, folders, findOffer, newId }: Needs): FileConversions => {
  const lines = new Map<Engine['id'], WorkQueue>()
  const share = makeShareWork<ConvertedFile>()
  const waitingOf = new Map<string, number>()

  /** Long videos do not keep documents waiting. */
  const lineOf = ({ id }: Engine): WorkQueue => {
    const line = lines.get(id) ?? makeWorkQueue(AT_ONCE, MOST_WAITING)
    lines.set(id, line)
    return line
  }

  const findKept = async (file: StoredFile, to: FormatId): Promise<ConvertedFile | undefined> => {
    const found = await Promise.all(
      [to, `${to}.zip`].map(async (ending) => {
        const size = await blobs.sizeOf(keyOf(file, ending))
        return size === undefined ? undefined : describe(file, ending, size)
      }),
    )
    return found.find((each) => each !== undefined)
  }

  const wantedOf = async (file: StoredFile, to: FormatId): Promise<Wanted> => {
    const from = formatOf(file)
    const engine = from && (await findOffer()).engineFor(from, to)
    if (!engine) throw new AppError('conversion.unsupported')
    if (file.size > engine.maxBytes) throw new AppError('conversion.too_large_for_engine')
    return { from, to, engine }
  }

  const make = async (file: StoredFile, wanted: Wanted, stopped: AbortSignal): Promise<ConvertedFile> => {
    stopped.throwIfAborted()
    const tooLong = AbortSignal.timeout(wanted.engine.timeoutMs)
    const name = newId()
    try {
      const made = await runEngine({
        ...wanted,
        folders,
        name,
        open: () => blobs.open(file.blobKey).then(orGone),
        signal: AbortSignal.any([stopped, tooLong]),
        deafMs: DEAF_MS,
        // Documents of one conversation may share a process, as their readers share the documents.
        sessionKey: file.conversationId,
        onProgress: () => {},
      })
      return await keep(file, wanted.to, made)
    } catch (error) {
      stopped.throwIfAborted()
      if (error instanceof AppError) throw error
      const why = tooLong.aborted ? 'timeout' : failureOf(error)
      // A fault of ours says nothing about the file.
      if (why === 'crashed' && !(error instanceof EngineFailure)) throw error
      throw new AppError('file.not_converted', { message: sentenceOf(why), cause: error })
    } finally {
      await folders.remove(name)
    }
  }

  const keep = async (file: StoredFile, to: FormatId, made: Made): Promise<ConvertedFile> => {
    const ending = made.format.id === to ? to : `${to}.${made.format.id}`
    await blobs.put(keyOf(file, ending), { path: made.path })
    // A file that was deleted meanwhile leaves nothing.
    if ((await blobs.sizeOf(file.blobKey)) !== undefined) return describe(file, ending, made.size)
    await blobs.deleteAll(file.blobKey)
    throw new AppError('file.not_found')
  }

  const findOrMake = async (file: StoredFile, to: FormatId, gone?: AbortSignal): Promise<ConvertedFile> => {
    const kept = await findKept(file, to)
    if (kept !== undefined) return kept
    const wanted = await wantedOf(file, to)
    const inTurn = lineOf(wanted.engine)
    // Asked again in its turn: another process may have made it.
    const begin = (stopped: AbortSignal) =>
      inTurn(async () => (await findKept(file, to)) ?? make(file, wanted, stopped))
    return share(keyOf(file, to), begin, gone)
  }

  const limited = async <Result>(personId: string, work: () => Promise<Result>): Promise<Result> => {
    const waiting = waitingOf.get(personId) ?? 0
    if (waiting >= MOST_OF_ONE) throw new AppError('request.rate_limited', { retryAfterSeconds: 5 })
    waitingOf.set(personId, waiting + 1)
    try {
      return await work()
    } finally {
      const left = waitingOf.get(personId)! - 1
      if (left === 0) waitingOf.delete(personId)
      else waitingOf.set(personId, left)
    }
  }

  return {
    async formatsFor(file) {
      const from = formatOf(file)
      if (from === undefined) return []
      const { targetsOf, engineFor } = await findOffer()
      return targetsOf(from)
        .filter((to) => file.size <= (engineFor(from, to)?.maxBytes ?? 0))
        .flatMap((to) => findFormat(to) ?? [])
    },
    convert: (file, to, { personId, gone }) =>
      limited(personId, async () => {
        const format = findFormat(to)
        if (format === undefined) throw new AppError('conversion.unsupported')
        return findOrMake(file, format.id, gone)
      }),
    async showAsPdf(file) {
      try {
        return (await findOrMake(file, 'pdf')).blobKey
      } catch (error) {
        if (error instanceof AppError && !error.retryable) return undefined
        throw error
      }
    },
  }
}

const formatOf = (file: StoredFile): FormatId | undefined =>
  formatOfUpload(file.contentType, extensionOf(file.name))?.id

const keyOf = (file: StoredFile, ending: string): BlobKey => `${file.blobKey}/as.${ending}`

/** @param ending that of its key: a format, or `<format>.zip` */
const describe = (file: StoredFile, ending: string, size: number): ConvertedFile => {
  const format = findFormat(ending.slice(ending.lastIndexOf('.') + 1))!
  return {
    blobKey: keyOf(file, ending),
    size,
    name: outputNameOf({ name: file.name, outputFormat: format.id })!,
    contentType: format.contentTypes[0],
    tag: `${file.sha256.toString('hex')}-as-${ending}-${size}`,
  }
}

const orGone = <Bytes>(bytes: Bytes | undefined): Bytes => {
  if (bytes === undefined) throw new AppError('file.not_found')
  return bytes
}
