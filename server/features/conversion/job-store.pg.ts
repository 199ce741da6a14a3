/** The jobs of sessions in PostgreSQL. Blobs that no job names any more are noted by a trigger. */
import { fragment, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { bytesOf, jobColumns, type JobRow, telling, toJob } from './job-row.pg.ts'
import type { JobStore } from './job-store.ts'

/** How long an upload may take. */
const UPLOAD_TIME = fragment(`interval '12 hours'`)
/** What is whole and has not ended. */
const isThere = fragment('expires_at > now() and (input_key is not null or output_key is not null)')

/** The room that a job takes. */
const heldBytes = fragment(`coalesce(output_size, 0) + case when status = 'completed' then 0 else size end`)

export const pgJobStore = (db: Database): JobStore => ({
  async note(keys) {
    await db.asSystem('conversion.upload').query(statement`
      insert into doomed_blobs (blob_key, doomed_at)
      select key, now() + ${UPLOAD_TIME} from unnest(${keys}::text[]) as key`)
  },

  async forgetBlobs(keys) {
    if (keys.length === 0) return
    await db.asSystem('conversion.remove').query(statement`
      delete from doomed_blobs where blob_key = any(${keys}::text[])`)
  },

  async has(sessionHash, jobId) {
    const rows = await db.asSystem('conversion.job').query(statement<{ job_id: string }>`
      select job_id from conversion_jobs where session_hash = ${bytesOf(sessionHash)} and job_id = ${jobId}`)
    return rows.length === 1
  },

  create: (job, limits) =>
    db.asSystem('conversion.upload').transaction(async (queries) => {
      const session = bytesOf(job.sessionHash)
      const [, [held]] = await queries.batch(
        // One upload of a session after the other: two could each take the room that is left.
        statement`select pg_advisory_xact_lock(hashtextextended(${job.sessionHash}, 0))`,
        statement<{ jobs: number; bytes: string; all_bytes: string; has_job: boolean }>`
          select count(*)::int as jobs, coalesce(bool_or(job_id = ${job.id}), false) as has_job,
            coalesce(sum(${heldBytes}), 0)::text as bytes,
            (select coalesce(sum(${heldBytes}), 0)::text from conversion_jobs) as all_bytes
          from conversion_jobs where session_hash = ${session}`,
      )
      if (held!.has_job) return 'exists'
      if (held!.jobs >= limits.jobs) return 'too_many'
      if (Number(held!.bytes) + job.size > limits.bytes) return 'no_room'
      if (Number(held!.all_bytes) + job.size > limits.allBytes) return 'full'
      await queries.query(statement`
        insert into conversion_jobs (session_hash, job_id, original_filename, source_format, size, status, created_at,
          expires_at)
        values (${session}, ${job.id}, ${job.name}, ${job.sourceFormat}, ${job.size}, ${job.status}, ${job.createdAt},
          ${job.expiresAt})`)
      return 'created'
    }),

  async keepInput(job, inputKey) {
    const [[row]] = await db.asSystem('conversion.upload').batch(
      statement<JobRow>`
        with kept as (
          update conversion_jobs set input_key = ${inputKey}
          where session_hash = ${bytesOf(job.sessionHash)} and job_id = ${job.id} and expires_at > now()
          returning ${jobColumns}),
        struck as (delete from doomed_blobs where blob_key = ${inputKey} and exists (select from kept))
        select * from kept`,
      telling('changed', [job.sessionHash]),
    )
    return row && toJob(row)
  },

  async find(sessionHash, jobId) {
    const [row] = await db.asSystem('conversion.job').query(statement<JobRow>`
      select ${jobColumns} from conversion_jobs
      where session_hash = ${bytesOf(sessionHash)} and job_id = ${jobId} and ${isThere}`)
    return row && toJob(row)
  },

  async list(sessionHash) {
    const rows = await db.asSystem('conversion.jobs').query(statement<JobRow>`
      select ${jobColumns} from conversion_jobs
      where session_hash = ${bytesOf(sessionHash)} and ${isThere} order by created_at, job_id`)
    return rows.map(toJob)
  },

  async remove(sessionHash, jobId) {
    const [rows] = await db.asSystem('conversion.remove').batch(
      statement<JobRow>`
        delete from conversion_jobs
        where session_hash = ${bytesOf(sessionHash)} and (${jobId ?? null}::uuid is null or job_id = ${jobId ?? null})
        returning ${jobColumns}`,
      telling(jobId === undefined ? 'ended' : 'stopped', [sessionHash]),
    )
    return rows.map(toJob)
  },
})
