/**
 * The worker of one process: takes jobs from the queue as long as their engines have room, works on each in a folder of its
 * own, and says what became of it. Whatever it does to a job needs the job's lease; without it nothing it says counts.
 */
import type { Clock } from '#kernel/clock.ts'
import type { NewId } from '#kernel/ids.ts'
import type { Notice } from '#kernel/notices.ts'
import type { BlobStore } from '../files/index.ts'
import type { Engine } from './engine.ts'
import type { JobFailure } from './job.ts'
import type { JobQueue, LeasedJob } from './job-queue.ts'
import { failureOf, runEngine } from './run-engine.ts'
import type { WorkFolders } from './work-folders.ts'

export interface Pace {
  /** How often leases are renewed and the queue is looked at unasked, in milliseconds: several times in a lease. */
  readonly beatMs: number
  /** How often at most progress is told, in milliseconds. */
  readonly progressMs: number
  /** How long an engine that was stopped may take to end, in milliseconds; then it is not waited for. */
  readonly deafMs: number
}
export const PACE: Pace = { beatMs: 5_000, progressMs: 500, deafMs: 3_000 }

export interface WorkerNeeds {
  readonly queue: JobQueue
  readonly engines: readonly Engine[]
  readonly blobs: BlobStore
  readonly folders: WorkFolders
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
  /** Tests are in more of a hurry. */
  readonly pace?: Pace
}

export interface Worker {
  /** Something may wait in the queue. */
  look(): void
  hear(notice: Notice): void
  /** How many jobs are being worked on. */
  runningCount(): number
  /** Takes no more jobs; those that have not ended after `graceMs` wait again for another worker. */
  stop(graceMs: number): Promise<void>
}

/** Why a job is stopped: its time is over, its lease is gone, or the server shuts down. */
type Stop = 'timeout' | 'lost' | 'shutdown'

interface Running {
  readonly job: LeasedJob
  readonly engine: Engine
  readonly stop: (why: Stop) => void
  readonly ended: Promise<void>
}

export const startWorker = (needs: WorkerNeeds): Worker => {
  const { queue, engines, blobs, folders, pace = PACE } = needs
  const running = new Map<string, Running>()
  const installed = new Set<Engine>()
  let isStopping = false

  const freeEngines = async (): Promise<string[]> => {
    const free: string[] = []
    for (const engine of engines) {
      const busy = running.values().filter((each) => each.engine === engine)
      if ([...busy].length >= engine.concurrency) continue
      // What is missing may be installed while we run.
      if (!installed.has(engine) && !(await engine.isInstalled())) continue
      installed.add(engine)
      free.push(engine.id)
    }
    return free
  }

  const claimAll = async (): Promise<void> => {
    const free = isStopping ? [] : await freeEngines()
    const job = free.length === 0 ? undefined : await queue.claim(free, needs.newId())
    if (job === undefined) return
    begin(job)
    await claimAll()
  }
  const look = oneAtATime(claimAll, (error) => needs.onError(error, 'conversion.claim'))

  const renewAll = async (): Promise<void> => {
    const leases = [...running.keys()]
    if (leases.length === 0) return
    const held = new Set(await queue.renew(leases))
    for (const lease of leases) if (!held.has(lease)) running.get(lease)?.stop('lost')
  }
  const renew = oneAtATime(renewAll, (error) => needs.onError(error, 'conversion.renew'))

  const begin = (job: LeasedJob): void => {
    const engine = engines.find(({ id }) => id === job.engine)!
    const stopped = new AbortController()
    const stop = (why: Stop) => stopped.abort(why)
    const limit = setTimeout(stop, engine.timeoutMs, 'timeout')
    const ended = work(job, engine, stopped.signal)
      .catch((error: unknown) => needs.onError(error, 'conversion.work'))
      .finally(() => {
        clearTimeout(limit)
        running.delete(job.leaseId)
        void look()
      })
    running.set(job.leaseId, { job, engine, stop, ended })
    // Claimed while the server began to stop.
    if (isStopping) stop('shutdown')
  }

  const work = async (job: LeasedJob, engine: Engine, signal: AbortSignal): Promise<void> => {
    try {
      await convert(job, engine, signal)
    } catch (error) {
      await settle(job, reasonOf(error, signal), error)
    } finally {
      await folders.remove(job.leaseId)
    }
  }

  /** Fails with what keeps it from being done. */
  const convert = async (job: LeasedJob, engine: Engine, signal: AbortSignal): Promise<void> => {
    const made = await runEngine({
      engine,
      from: job.sourceFormat,
      to: job.targetFormat,
      folders,
      name: job.leaseId,
      open: () => blobs.open(job.inputKey),
      sessionKey: job.sessionHash,
      signal,
      deafMs: pace.deafMs,
      onProgress: progressOf(job, signal),
    })
    await keep(job, made.path, { format: made.format.id, size: made.size })
  }

  const keep = async (job: LeasedJob, path: string, made: { format: string; size: number }): Promise<void> => {
    const key = await queue.beginOutput(job)
    if (key === undefined) return
    await blobs.put(key, { path })
    // Whoever took the lease away knows of the key, but may have removed what lay there before this did.
    if (!(await queue.complete(job, { key, ...made }))) await blobs.deleteAll(key)
  }

  const settle = async (job: LeasedJob, why: JobFailure | Stop, error: unknown): Promise<void> => {
    if (why === 'lost') return
    if (why === 'shutdown') return void (await queue.putBack(job))
    if (why !== 'crashed') return void (await queue.fail(job, why))
    needs.onError(error, 'conversion.crash')
    await queue.lose(job)
  }

  const progressOf = (job: LeasedJob, signal: AbortSignal) => {
    let toldAt = -Infinity
    return (share: number): void => {
      const now = needs.clock.now().getTime()
      if (signal.aborted || !(share >= 0 && share <= 1) || now - toldAt < pace.progressMs) return
      toldAt = now
      queue.tellProgress(job, share).catch((error: unknown) => needs.onError(error, 'conversion.progress'))
    }
  }

  const beat = setInterval(() => {
    void renew()
    void look()
  }, pace.beatMs)
  beat.unref()
  void look()

  return {
    look: () => void look(),
    hear(notice) {
      if (notice.kind !== 'conversion') return
      if (notice.what === 'queued') void look()
      if (notice.what !== 'stopped' && notice.what !== 'ended') return
      if (running.values().some(({ job }) => notice.sessions.includes(job.sessionHash))) void renew()
    },
    runningCount: () => running.size,
    async stop(graceMs) {
      isStopping = true
      const allEnded = () => Promise.all(running.values().map(({ ended }) => ended))
      const cut = setTimeout(() => {
        for (const { stop } of running.values()) stop('shutdown')
      }, graceMs)
      // One may be just being claimed; whatever ends is followed by no other.
      await look()
      await allEnded()
      clearTimeout(cut)
      clearInterval(beat)
    },
  }
}

const reasonOf = (error: unknown, signal: AbortSignal): JobFailure | Stop =>
  signal.aborted ? (signal.reason as Stop) : failureOf(error)

/** Does the work again where it was asked for while it was being done, and never twice at once. Resolves when all is done. */
const oneAtATime = (work: () => Promise<void>, onError: (error: unknown) => void): (() => Promise<void>) => {
  let working: Promise<void> | undefined
  let isAskedFor = false
  const goOn = async (): Promise<void> => {
    while (isAskedFor) {
      isAskedFor = false
      await work().catch(onError)
    }
    working = undefined
  }
  return () => {
    isAskedFor = true
    return (working ??= goOn())
  }
}
