/** Takes a file that somebody wants to have converted: measured while it comes, looked at, and kept whole or not at all. */
import type { Clock } from '#kernel/clock.ts'
import { AppError, type InputIssue } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import {
  type BlobStore,
  extensionOf,
  type InspectFile,
  type Quarantine,
  type QuarantinedFile,
  type ScanFile,
  wrongName,
} from '../files/index.ts'
import type { ConversionSession, ConversionSessions } from './conversion-sessions.ts'
import { findFormat, type Format, formatOfUpload } from './formats.ts'
import { inputKeyOf, type Job, received } from './job.ts'
import type { JobStore, RoomLimits } from './job-store.ts'
import type { FindOffer } from './offer.ts'

interface Needs {
  readonly jobs: JobStore
  readonly sessions: ConversionSessions
  readonly blobs: BlobStore
  readonly quarantine: Quarantine
  readonly inspect: InspectFile
  readonly scan: ScanFile
  readonly findOffer: FindOffer
  readonly limits: RoomLimits & {
    /** Of one file, in bytes. */
    readonly fileBytes: number
  }
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
}

/** A file that has come and was passed, and that no job has yet. */
export interface TakenUpload {
  readonly name: string
  readonly format: Format
  readonly found: QuarantinedFile
  /** In the quarantine. */
  readonly key: string
}

export interface ConversionUploads {
  readonly fileBytes: number
  /** What is said of files beyond that. */
  tooLarge(): AppError
  /** Before the bytes come, where the id is known by then. Fails with `job.exists`. */
  checkId(session: ConversionSession, jobId: string): Promise<void>
  /**
   * Takes the bytes and looks at them. Fails with `file.empty`, `file.too_large`, `file.dangerous`, `file.infected`,
   * `file.scan_unavailable`, `conversion.unknown_format`, `conversion.mislabelled`, `conversion.no_room`, `request.invalid`
   * for the name, and as `bytes` fail; then nothing of it stays. Else it is to be kept or discarded.
   */
  take(session: ConversionSession, file: { name: string; bytes: AsyncIterable<Uint8Array> }): Promise<TakenUpload>
  /**
   * Makes it a job. Fails with `job.exists`, `job.too_many`, `conversion.no_room`, `conversion.full`, and with `conversion.session_over` where
   * the session ended while the file was on its way.
   */
  keep(session: ConversionSession, jobId: string, taken: TakenUpload): Promise<Job>
  discard(taken: TakenUpload): Promise<void>
}

export const makeConversionUploads = (needs: Needs): ConversionUploads => {
  const { jobs, blobs, quarantine, limits } = needs
  /** Bytes of each session that are in the quarantine of this process. */
  const inFlight = new Map<string, number>()
  const tidily = (step: Promise<unknown>) => step.catch((error: unknown) => needs.onError(error, 'rest of an upload'))

  const change = (sessionHash: string, by: number): number => {
    const sum = (inFlight.get(sessionHash) ?? 0) + by
    if (sum === 0) inFlight.delete(sessionHash)
    else inFlight.set(sessionHash, sum)
    return sum
  }

  /** What it is, by its content, which the end of its name must not belie. */
  const formatOf = async (found: QuarantinedFile, name: string): Promise<Format> => {
    if (found.size === 0) throw new AppError('file.empty')
    const { contentType } = await needs.inspect(found.path, name)
    const extension = extensionOf(name)
    const format = formatOfUpload(contentType, extension)
    if (format === undefined) throw new AppError('conversion.unknown_format')
    const named = findFormat(extension)
    if (named !== undefined && !named.contentTypes.some((type) => format.contentTypes.includes(type))) {
      throw new AppError('conversion.mislabelled')
    }
    if ((await needs.findOffer()).targetsOf(format.id).length === 0) throw new AppError('conversion.unknown_format')
    return format
  }

  const discard = async ({ key }: Pick<TakenUpload, 'key'>) => {
    await tidily(quarantine.discard(key))
    await tidily(jobs.forgetBlobs([key]))
  }

  return {
    fileBytes: limits.fileBytes,
    tooLarge: () => tooLarge(limits.fileBytes),
    async checkId(session, jobId) {
      if (await jobs.has(session.hash, jobId)) throw new AppError('job.exists')
    },
    async take(session, { name, bytes }) {
      checkName(name)
      const key = needs.newId()
      let size = 0
      await jobs.note([key])
      try {
        const found = await quarantine.take(key, bytes, (count) => {
          size += count
          if (change(session.hash, count) > limits.bytes) throw new AppError('conversion.no_room')
          if (size > limits.fileBytes) throw tooLarge(limits.fileBytes)
        })
        const format = await formatOf(found, name)
        await needs.scan(found.path)
        return { name, format, found, key }
      } catch (error) {
        await discard({ key })
        throw error
      } finally {
        change(session.hash, -size)
      }
    },
    async keep(session, jobId, taken) {
      const { name, format, found } = taken
      const job = received({
        sessionHash: session.hash,
        id: jobId,
        name,
        sourceFormat: format.id,
        size: found.size,
        at: needs.clock.now(),
        expiresAt: session.expiresAt,
      })
      const created = await jobs.create(job, limits)
      if (created !== 'created') throw new AppError(refusals[created])
      const key = inputKeyOf(job, taken.key)
      try {
        await jobs.note([key])
        await blobs.put(key, { path: found.path })
        const kept = await jobs.keepInput(job, key)
        // The session may have been closed while the file was on its way, by then without this job.
        const isOpen = kept && (await needs.sessions.find(session.hash, needs.clock.now())) !== undefined
        if (!isOpen) throw new AppError('conversion.session_over')
        return kept
      } catch (error) {
        await tidily(jobs.remove(session.hash, jobId))
        await tidily(blobs.deleteAll(key).then(() => jobs.forgetBlobs([key])))
        throw error
      }
    },
    discard,
  }
}

const refusals = {
  exists: 'job.exists',
  too_many: 'job.too_many',
  no_room: 'conversion.no_room',
  full: 'conversion.full',
} as const

const tooLarge = (bytes: number): AppError =>
  new AppError('file.too_large', { message: `File size exceeds ${bytes / 1024 ** 2}MB limit.` })

const checkName = (name: string): void => {
  const message = wrongName(name)
  if (message === undefined) return
  const issue: InputIssue = { part: 'body', path: ['file'], rule: 'other', message: `has a name that ${message}` }
  throw new AppError('request.invalid', { issues: [issue], message: `The name of the file ${message}.` })
}
