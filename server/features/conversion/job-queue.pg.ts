/** The queue of conversions in PostgreSQL: claims skip what others hold, and leases end by the database's clock. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Queries } from '#kernel/database.ts'
import { AppError } from '#kernel/errors.ts'
import { cancelled, claimed, completed, failed, interrupted, type Job, lost, queued, storing } from './job.ts'
import { type JobQueue, LEASE_SECONDS, type LeasedJob, QUEUE_LIMITS, type QueueLimits } from './job-queue.ts'
import { bytesOf, type ConversionNotice, jobColumns, type JobRow, telling, toJob, writeJob } from './job-row.pg.ts'

/** How many jobs of dead workers are taken from them at once. */
const REAPED_AT_ONCE = 100
/** How long to wait before a full queue is tried again, in seconds. */
const TRY_AGAIN_SECONDS = 10

const LEASE = fragment(`interval '${LEASE_SECONDS} seconds'`)

type Place = Pick<Job, 'sessionHash' | 'id'>
type Transition = (job: Job, now: Date) => Job

/** @param limits tests have smaller queues */
export const pgJobQueue = (db: Database, limits: QueueLimits = QUEUE_LIMITS): JobQueue => {
  /** Changes a job while its worker has it; `false` when the lease is gone. */
  const changeLeased = async (
    job: LeasedJob,
    transition: Transition,
    what: ConversionNotice['what'] = 'changed',
  ): Promise<boolean> =>
    db.asSystem('conversion.work').transaction(async (queries) => {
      const found = await lock(queries, job)
      if (found === undefined || !holds(found, job.leaseId)) return false
      await queries.batch(writeJob(transition(found.job, found.now)), telling(what, [job.sessionHash]))
      return true
    })

  return {
    enqueue: (sessionHash, jobId, { id, targetFormat, engine }) =>
      db.asSystem('conversion.enqueue').transaction(async (queries) => {
        const [, [waiting]] = await queries.batch(
          // One after the other: of many that come at once each could see the same room.
          statement`select pg_advisory_xact_lock(hashtextextended('conversion.queue', 0))`,
          statement<{ total: number; own: number }>`
            select count(*)::int as total, (count(*) filter (where session_hash = ${bytesOf(sessionHash)}))::int as own
            from conversion_jobs where status = 'queued'`,
        )
        const found = await lock(queries, { sessionHash, id: jobId })
        if (found === undefined || found.isExpired) throw new AppError('job.not_found')
        const job = queued(found.job, { id, targetFormat, engine, at: found.now })
        if (waiting!.total >= limits.waiting || waiting!.own >= limits.waitingOfSession) {
          throw new AppError('conversion.queue_full', { retryAfterSeconds: TRY_AGAIN_SECONDS })
        }
        await queries.batch(writeJob(job), telling('queued', [sessionHash]))
        return job
      }),

    cancel: (sessionHash, jobId) =>
      db.asSystem('conversion.cancel').transaction(async (queries) => {
        const found = await lock(queries, { sessionHash, id: jobId })
        if (found === undefined || found.isExpired) throw new AppError('job.not_found')
        const job = cancelled(found.job, found.now)
        if (job !== found.job) await queries.batch(writeJob(job), telling('stopped', [sessionHash]))
        return job
      }),

    claim: (engines, leaseId) =>
      db.asSystem('conversion.claim').transaction(async (queries) => {
        // A job's turn counts what its session has running and the jobs that waited longer there: several workers that
        // ask at once skip each other's rows and still go through the sessions in turns.
        const [next] = await queries.query(statement<Pick<JobRow, 'session_hash' | 'job_id'>>`
          with running as (
            select session_hash, count(*) as jobs from conversion_jobs where status = 'processing' group by session_hash
          ), line as (
            select session_hash, job_id, coalesce(jobs, 0)
              + row_number() over (partition by session_hash order by queued_at, job_id) as turn
            from conversion_jobs left join running using (session_hash)
            where status = 'queued' and engine = any(${engines}::text[]) and expires_at > now()
          )
          select j.session_hash, j.job_id from conversion_jobs j join line using (session_hash, job_id)
          where j.status = 'queued' order by turn, j.queued_at, j.job_id limit 1 for update of j skip locked`)
        if (next === undefined) return undefined
        const found = await lock(queries, { sessionHash: hashOf(next), id: next.job_id })
        const until = new Date(found!.now.getTime() + LEASE_SECONDS * 1000)
        const job = claimed(found!.job, { id: leaseId, until })
        await queries.batch(writeJob(job), telling('changed', [job.sessionHash]))
        return job as LeasedJob
      }),

    async renew(leaseIds) {
      if (leaseIds.length === 0) return []
      const rows = await db.asSystem('conversion.renew').query(statement<{ lease_id: string }>`
        update conversion_jobs set leased_until = now() + ${LEASE}
        where lease_id = any(${leaseIds}::uuid[]) and leased_until > now() and expires_at > now()
        returning lease_id`)
      return rows.map((row) => row.lease_id)
    },

    async tellProgress(job, share) {
      await db.asSystem('conversion.progress').batch(
        statement`
          update conversion_jobs set progress = ${share}
          where session_hash = ${bytesOf(job.sessionHash)} and job_id = ${job.id} and lease_id = ${job.leaseId}`,
        telling('changed', [job.sessionHash]),
      )
    },

    async beginOutput(job) {
      const noted = storing(job)
      return (await changeLeased(job, storing)) ? noted.outputKey! : undefined
    },
    complete: (job, output) => changeLeased(job, (held, at) => completed(held, { ...output, at })),
    fail: (job, reason) => changeLeased(job, (held, at) => failed(held, reason, at)),
    lose: (job) => changeLeased(job, lost, 'queued'),
    putBack: (job) => changeLeased(job, interrupted, 'queued'),

    reap: ({ all = false } = {}) =>
      db.asSystem('conversion.reap').transaction(async (queries) => {
        const rows = await queries.query(statement<JobRow & { now: Date }>`
          select ${jobColumns}, now() as now from conversion_jobs
          where status = 'processing' and (leased_until <= now() or ${all})
          order by leased_until limit ${literalInteger(REAPED_AT_ONCE)} for update skip locked`)
        const jobs = rows.map((row) => lost(toJob(row), row.now))
        if (jobs.length > 0) await queries.batch(...jobs.map(writeJob), telling('queued', rows.map(hashOf)))
        return jobs.length
      }),

    async listHeld(leaseIds) {
      if (leaseIds.length === 0) return []
      const rows = await db.asSystem('conversion.sweep').query(statement<{ lease_id: string }>`
        select lease_id from conversion_jobs where lease_id = any(${leaseIds}::uuid[]) and leased_until > now()`)
      return rows.map((row) => row.lease_id)
    },

    removeExpired: (limit) =>
      db.asSystem('conversion.sweep').transaction(async (queries) => {
        const rows = await queries.query(statement<Pick<JobRow, 'session_hash'>>`
          delete from conversion_jobs where (session_hash, job_id) in (
            select session_hash, job_id from conversion_jobs where expires_at <= now()
            order by expires_at limit ${literalInteger(limit)} for update skip locked)
          returning session_hash`)
        if (rows.length > 0) await queries.query(telling('stopped', rows.map(hashOf)))
        return rows.length
      }),
  }
}

interface Locked {
  readonly job: Job
  /** Of the transaction. */
  readonly now: Date
  readonly isExpired: boolean
}

/** Reads a job and keeps it from others until the transaction ends. */
const lock = async (queries: Queries, { sessionHash, id }: Place): Promise<Locked | undefined> => {
  const [row] = await queries.query(statement<JobRow & { now: Date; is_expired: boolean }>`
    select ${jobColumns}, now() as now, expires_at <= now() as is_expired from conversion_jobs
    where session_hash = ${bytesOf(sessionHash)} and job_id = ${id} for update`)
  return row && { job: toJob(row), now: row.now, isExpired: row.is_expired }
}

const holds = ({ job, now, isExpired }: Locked, leaseId: string): boolean =>
  !isExpired && job.leaseId === leaseId && job.leasedUntil! > now

const hashOf = (row: Pick<JobRow, 'session_hash'>): string => row.session_hash.toString('hex')
