/** The queue of conversions: the port. A job's own row is its place in it; times are the database's. */
import type { FormatId } from './engine.ts'
import type { Job, JobFailure } from './job.ts'

export interface QueueLimits {
  /** How many jobs may wait in all. */
  readonly waiting: number
  /** How many of one session may wait. */
  readonly waitingOfSession: number
}

export const QUEUE_LIMITS: QueueLimits = { waiting: 500, waitingOfSession: 20 }

/** How long a worker has a job without saying that it lives, in seconds. */
export const LEASE_SECONDS = 15

export interface NewTask {
  readonly id: string
  readonly targetFormat: FormatId
  readonly engine: string
}

/** A job that is being worked on. */
export type LeasedJob = Job & { readonly leaseId: string; readonly targetFormat: FormatId; readonly inputKey: string }

/** What a worker has made of its job. */
export interface Output {
  readonly key: string
  readonly format: FormatId
  readonly size: number
}

export interface JobQueue {
  /**
   * Lets an uploaded file wait for a worker; one that failed, once more. Fails with `job.not_found`, `job.busy`,
   * `job.converted`, and `conversion.queue_full` when so many wait already.
   */
  enqueue(sessionHash: string, jobId: string, task: NewTask): Promise<Job>
  /**
   * Ends what waits or is worked on; its worker is told, and can no longer say anything of it. Leaves what has ended. Fails
   * with `job.not_found`.
   */
  cancel(sessionHash: string, jobId: string): Promise<Job>

  // For workers.

  /**
   * Hands out the next job for one of these engines: of the session that has the fewest being worked on the one that has
   * waited longest. Each job goes to one worker. Undefined when none waits.
   *
   * @param leaseId new
   */
  claim(engines: readonly string[], leaseId: string): Promise<LeasedJob | undefined>
  /** Says that the worker lives; returns which of the leases it still has. A lease that has run out never comes back. */
  renew(leaseIds: readonly string[]): Promise<string[]>
  /** How far it is, 0 to 1; says nothing when the lease is gone. */
  tellProgress(job: LeasedJob, share: number): Promise<void>
  /** Where the worker may store its output; it is removed when the lease ends without `complete`. Undefined: the lease is gone. */
  beginOutput(job: LeasedJob): Promise<string | undefined>
  /**
   * The output is there, and the upload is no longer needed. `false`: the lease is gone, and with it the right to say so; the
   * same for all that follow.
   */
  complete(job: LeasedJob, output: Output): Promise<boolean>
  fail(job: LeasedJob, reason: JobFailure): Promise<boolean>
  /** The engine died: it waits once more, or has failed. */
  lose(job: LeasedJob): Promise<boolean>
  /** The worker shuts down: it waits again. */
  putBack(job: LeasedJob): Promise<boolean>

  // For the sweep.

  /** Takes the jobs of dead workers from them; with `all`, those of every worker. Returns how many there were. */
  reap(options?: { readonly all?: boolean }): Promise<number>
  /** Which of these leases are held. */
  listHeld(leaseIds: readonly string[]): Promise<string[]>
  /** Removes jobs whose time is over, at most so many at once; returns how many. */
  removeExpired(limit: number): Promise<number>
}
