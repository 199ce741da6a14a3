/** What somebody does with the files of their session: convert, look, cancel, remove, and end it all. */
import type { BlobStore } from '../files/index.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { ConversionSession, ConversionSessions } from './conversion-sessions.ts'
import type { FormatId } from './engine.ts'
import { findFormat } from './formats.ts'
import { folderOf, type Job } from './job.ts'
import type { JobQueue } from './job-queue.ts'
import type { JobStore } from './job-store.ts'
import type { FindOffer } from './offer.ts'

interface Needs {
  readonly jobs: JobStore
  readonly queue: Pick<JobQueue, 'enqueue' | 'cancel'>
  readonly sessions: ConversionSessions
  readonly blobs: BlobStore
  readonly findOffer: FindOffer
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
}

/** Everything that names a job fails with `job.not_found`. */
export interface SessionJobs {
  get(session: ConversionSession, jobId: string): Promise<Job>
  /** The oldest first. */
  list(session: ConversionSession): Promise<Job[]>
  /**
   * Fails with `conversion.unsupported`, `conversion.too_large_for_engine`, `job.busy`, `job.converted`,
   * `conversion.queue_full`.
   */
  convert(session: ConversionSession, jobId: string, target: FormatId): Promise<Job>
  /** The upload stays. What has ended stays as it is. */
  cancel(session: ConversionSession, jobId: string): Promise<Job>
  remove(session: ConversionSession, jobId: string): Promise<void>
  /** Ends the session with everything that it holds; no other one's. */
  close(session: ConversionSession): Promise<void>
}

export const makeSessionJobs = (needs: Needs): SessionJobs => {
  const { jobs, queue, sessions, blobs } = needs
  /** What can't be removed now is noted, and removed by the sweep. */
  const removeBlobs = async (gone: readonly Job[], folder?: string) => {
    const keys = gone.flatMap(({ inputKey, outputKey }) => [inputKey, outputKey]).filter((key) => key !== null)
    try {
      for (const key of keys) await blobs.deleteAll(key)
      if (folder !== undefined) await blobs.deleteAll(folder)
      await jobs.forgetBlobs(keys)
    } catch (error) {
      needs.onError(error, 'files of a conversion')
    }
  }
  const get = async ({ hash }: ConversionSession, jobId: string): Promise<Job> => {
    const job = await jobs.find(hash, jobId)
    if (job === undefined) throw new AppError('job.not_found')
    return job
  }

  return {
    get,
    list: ({ hash }) => jobs.list(hash),
    async convert(session, jobId, target) {
      const job = await get(session, jobId)
      const targetFormat = findFormat(target)?.id
      const engine = targetFormat && (await needs.findOffer()).engineFor(job.sourceFormat, targetFormat)
      if (!targetFormat || !engine) throw new AppError('conversion.unsupported')
      if (job.size > engine.maxBytes) throw new AppError('conversion.too_large_for_engine')
      return queue.enqueue(session.hash, jobId, { id: needs.newId(), targetFormat, engine: engine.id })
    },
    async cancel(session, jobId) {
      await get(session, jobId)
      return queue.cancel(session.hash, jobId)
    },
    async remove(session, jobId) {
      const gone = await jobs.remove(session.hash, jobId)
      if (gone.length === 0) throw new AppError('job.not_found')
      await removeBlobs(gone)
      await sessions.forgetJob(session.hash, jobId)
    },
    async close({ hash }) {
      // First: an upload that comes to its end now finds no session and removes itself.
      await sessions.remove(hash)
      await removeBlobs(await jobs.remove(hash), folderOf(hash))
    },
  }
}
