/** A job: one uploaded file and what becomes of it; pure. */
import { AppError } from '#kernel/errors.ts'
import type { FailureReason, FormatId } from './engine.ts'

export type JobStatus = 'uploaded' | 'queued' | 'processing' | 'completed' | 'failed'

/** Why a job failed. `bad_output`: the engine made nothing, or something else than what was asked for. */
export type JobFailure = FailureReason | 'bad_output'

export interface Job {
  /** SHA-256 of the session's secret, in hexadecimal digits. */
  readonly sessionHash: string
  /** Chosen by the client: names the job in its session and nowhere else. */
  readonly id: string
  /** Of the latest request to convert it. */
  readonly taskId: string | null
  /** As the client named the file: data only, never part of a path. */
  readonly name: string
  readonly sourceFormat: FormatId
  readonly targetFormat: FormatId | null
  /** Which engine was asked. */
  readonly engine: string | null
  /** Bytes of the upload. */
  readonly size: number
  /** The upload; null until it is whole, and again once it has been converted. */
  readonly inputKey: string | null
  /** The output; while the job is being worked on, something unfinished may lie there. */
  readonly outputKey: string | null
  /** `zip` where several pages were made of one document, else the target format. */
  readonly outputFormat: FormatId | null
  readonly outputSize: number | null
  readonly status: JobStatus
  /** 0 to 1; null while nobody knows. */
  readonly progress: number | null
  /** How often a worker has begun with this task. */
  readonly attempts: number
  readonly errorType: JobFailure | null
  readonly errorMessage: string | null
  /** New with each worker that begins with it: only who holds the lease of now may end it. */
  readonly leaseId: string | null
  readonly leasedUntil: Date | null
  readonly createdAt: Date
  readonly queuedAt: Date | null
  /** When it was completed or failed. */
  readonly completedAt: Date | null
  /** With its session. */
  readonly expiresAt: Date
}

/** How often a worker may begin with a task: one that was lost with its worker is tried once more. */
export const MOST_ATTEMPTS = 2

const sentences: Record<JobFailure, string> = {
  refused: 'The file cannot be read: it may be damaged, empty or protected by a password.',
  timeout: 'The conversion took too long and was ended.',
  too_large: 'The conversion needs more memory or room than one conversion gets.',
  crashed: 'The converter broke down over this file.',
  cancelled: 'The conversion was cancelled.',
  bad_output: 'The converter made nothing of this file that could be used.',
}

/** What people are told. */
export const sentenceOf = (failure: JobFailure): string => sentences[failure]

export interface NewUpload {
  readonly sessionHash: string
  readonly id: string
  readonly name: string
  readonly sourceFormat: FormatId
  readonly size: number
  readonly at: Date
  readonly expiresAt: Date
}

/** A file that is about to be stored; nobody finds it before it is whole. */
export const received = (upload: NewUpload): Job => ({
  sessionHash: upload.sessionHash,
  id: upload.id,
  taskId: null,
  name: upload.name,
  sourceFormat: upload.sourceFormat,
  targetFormat: null,
  engine: null,
  size: upload.size,
  inputKey: null,
  outputKey: null,
  outputFormat: null,
  outputSize: null,
  status: 'uploaded',
  progress: null,
  attempts: 0,
  errorType: null,
  errorMessage: null,
  leaseId: null,
  leasedUntil: null,
  createdAt: upload.at,
  queuedAt: null,
  completedAt: null,
  expiresAt: upload.expiresAt,
})

/** Waits for a worker; after a failure, once more. Fails with `job.busy` or `job.converted`. */
export const queued = (
  job: Job,
  task: { readonly id: string; readonly targetFormat: FormatId; readonly engine: string; readonly at: Date },
): Job => {
  if (job.status === 'queued' || job.status === 'processing') throw new AppError('job.busy')
  // The upload is removed once it has been converted.
  if (job.status === 'completed' || job.inputKey === null) throw new AppError('job.converted')
  return {
    ...job,
    taskId: task.id,
    targetFormat: task.targetFormat,
    engine: task.engine,
    status: 'queued',
    progress: null,
    attempts: 0,
    errorType: null,
    errorMessage: null,
    leaseId: null,
    leasedUntil: null,
    queuedAt: task.at,
    completedAt: null,
  }
}

/** A worker begins with it. */
export const claimed = (job: Job, lease: { readonly id: string; readonly until: Date }): Job => ({
  ...job,
  status: 'processing',
  progress: null,
  attempts: job.attempts + 1,
  leaseId: lease.id,
  leasedUntil: lease.until,
})

/** Its worker is about to store what it has made: from now on the row says that something may lie there. */
export const storing = (job: Job): Job => ({ ...job, outputKey: outputKeyOf(job) })

const released = (job: Job): Job => ({ ...job, leaseId: null, leasedUntil: null, progress: null, outputKey: null })

/** The upload goes when the output is there. */
export const completed = (
  job: Job,
  output: { readonly key: string; readonly format: FormatId; readonly size: number; readonly at: Date },
): Job => ({
  ...released(job),
  status: 'completed',
  progress: 1,
  inputKey: null,
  outputKey: output.key,
  outputFormat: output.format,
  outputSize: output.size,
  completedAt: output.at,
})

/** The upload stays, so that it can be tried again. */
export const failed = (job: Job, reason: JobFailure, at: Date): Job => ({
  ...released(job),
  status: 'failed',
  errorType: reason,
  errorMessage: sentenceOf(reason),
  completedAt: at,
})

/** The engine or its worker died: the job waits again, in its old place, unless it was begun with too often. */
export const lost = (job: Job, at: Date): Job =>
  job.attempts < MOST_ATTEMPTS ? putBack(job) : failed(job, 'crashed', at)

/** Waits again in its old place. */
const putBack = (job: Job): Job => ({ ...released(job), status: 'queued' })

/** The server shuts down in the middle of it: it waits again, and this time does not count. */
export const interrupted = (job: Job): Job => ({ ...putBack(job), attempts: job.attempts - 1 })

/** Ends what waits or is worked on: its worker has no lease any more and stops. What has ended stays as it is. */
export const cancelled = (job: Job, at: Date): Job =>
  job.status === 'queued' || job.status === 'processing' ? failed(job, 'cancelled', at) : job

/** Whether the same request may succeed when it is sent again. */
export const canRetry = (job: Job): boolean =>
  job.status === 'failed' && job.inputKey !== null && job.errorType !== 'refused'

/** Under what everything of a job is kept, and of a whole session where no job is named. */
export const folderOf = (sessionHash: string, jobId?: string): string =>
  jobId === undefined ? `conversion/${sessionHash}` : `conversion/${sessionHash}/${jobId}`

/** New for each upload: an id may be used again once its job was removed. */
export const inputKeyOf = (job: Pick<Job, 'sessionHash' | 'id'>, uploadId: string): string =>
  `${folderOf(job.sessionHash, job.id)}/in-${uploadId}`
/** Each lease has an output of its own: two workers never write the same one. */
export const outputKeyOf = (job: Pick<Job, 'sessionHash' | 'id' | 'leaseId'>): string =>
  `${folderOf(job.sessionHash, job.id)}/out-${job.leaseId}`

/** `Báo cáo.docx` converted into PDF is `Báo cáo.pdf`; null until there is something. */
export const outputNameOf = (job: Pick<Job, 'name' | 'outputFormat'>): string | null =>
  job.outputFormat === null ? null : `${bareName(job.name)}.${job.outputFormat}`

/** Without folders and ending. A name that begins with a dot has none. */
const bareName = (name: string): string => {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const dot = last.lastIndexOf('.')
  const bare = (dot > 0 ? last.slice(0, dot) : last).replaceAll(/[\u0000-\u001F\u007F]/g, '').trim()
  return bare === '' ? 'file' : bare
}
