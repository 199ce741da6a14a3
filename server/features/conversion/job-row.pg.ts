/** How a job stands in PostgreSQL: its columns, and the statement that writes what may change of it. */
import type { ConversionJobsTable } from '#db/tables.ts'
import { fragment, statement } from '#db/statement.ts'
import type { Statement } from '#kernel/database.ts'
import { encodeNotice, type Notice, NOTICE_CHANNEL } from '#kernel/notices.ts'
import type { Job } from './job.ts'

export type JobRow = Omit<ConversionJobsTable, 'attempts'> & { attempts: number }

export const jobColumns = fragment(
  [
    'session_hash, job_id, task_id, original_filename, source_format, target_format, engine, size, input_key, output_key',
    'output_format, output_size, status, progress, attempts, error_type, error_message, lease_id',
    'leased_until, created_at, queued_at, completed_at, expires_at',
  ].join(', '),
)

export const bytesOf = (sessionHash: string): Buffer => Buffer.from(sessionHash, 'hex')

export const toJob = (row: JobRow): Job => ({
  sessionHash: row.session_hash.toString('hex'),
  id: row.job_id,
  taskId: row.task_id,
  name: row.original_filename,
  sourceFormat: row.source_format,
  targetFormat: row.target_format,
  engine: row.engine,
  size: row.size,
  inputKey: row.input_key,
  outputKey: row.output_key,
  outputFormat: row.output_format,
  outputSize: row.output_size,
  status: row.status as Job['status'],
  progress: row.progress,
  attempts: row.attempts,
  errorType: row.error_type as Job['errorType'],
  errorMessage: row.error_message,
  leaseId: row.lease_id,
  leasedUntil: row.leased_until,
  createdAt: row.created_at,
  queuedAt: row.queued_at,
  completedAt: row.completed_at,
  expiresAt: row.expires_at,
})

/** Writes everything that a transition may change; for a row that the transaction has locked. */
export const writeJob = (job: Job): Statement<JobRow> => statement<JobRow>`
  update conversion_jobs set task_id = ${job.taskId}, target_format = ${job.targetFormat}, engine = ${job.engine},
    input_key = ${job.inputKey}, output_key = ${job.outputKey}, output_format = ${job.outputFormat},
    output_size = ${job.outputSize}, status = ${job.status}, progress = ${job.progress}, attempts = ${job.attempts},
    error_type = ${job.errorType}, error_message = ${job.errorMessage},
    lease_id = ${job.leaseId}, leased_until = ${job.leasedUntil}, queued_at = ${job.queuedAt},
    completed_at = ${job.completedAt}
  where session_hash = ${bytesOf(job.sessionHash)} and job_id = ${job.id}
  returning ${jobColumns}`

export type ConversionNotice = Extract<Notice, { kind: 'conversion' }>

/** Tells all processes of it, in the transaction of what happened. At most a hundred sessions fit. */
export const telling = (what: ConversionNotice['what'], sessionHashes: readonly string[]) => {
  const notice: ConversionNotice = { kind: 'conversion', what, sessions: [...new Set(sessionHashes)] }
  return statement`select pg_notify(${NOTICE_CHANNEL}, ${encodeNotice(notice)})`
}
