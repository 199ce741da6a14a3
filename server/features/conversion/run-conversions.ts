/** What of a conversion happens without anybody asking: work, news to readers, and tidying up; started once per process. */
import type { NoticeBoard } from '#kernel/notices.ts'
import type { Job } from './job.ts'
import { type JobFeed, startJobFeed } from './job-feed.ts'
import { startWorker, type Worker, type WorkerNeeds } from './run-jobs.job.ts'
import { makeSweepConversions } from './sweep-conversions.job.ts'

/** How often the sweep goes round, in milliseconds: with a lease that has run out it is still far from half a minute. */
const SWEEP_MS = 5_000

interface Needs extends WorkerNeeds {
  /** The jobs of a session that can be found. */
  readonly listJobs: (sessionHash: string) => Promise<readonly Job[]>
  readonly notices: NoticeBoard
  readonly sweepBlobs: () => Promise<void>
  /** What else is tidied up in the same round. */
  readonly sweepAlso: readonly (() => Promise<void>)[]
  /** Whether this process works on jobs; every process tells its readers and tidies up. */
  readonly isWorker: boolean
  /** No other process can be working. */
  readonly isAlone: boolean
  /** Tests are in more of a hurry. */
  readonly sweepMs?: number
}

export interface Conversions {
  readonly feed: JobFeed
  /** How many conversions run in this process. */
  runningCount(): number
  /** Gives running conversions `graceMs` to end; those that don't wait again for another worker. Then ends the engines. */
  shutDown(graceMs: number): Promise<void>
}

export const startConversions = async (needs: Needs): Promise<Conversions> => {
  const { notices, engines, isWorker, isAlone, onError, sweepMs = SWEEP_MS } = needs
  const sweepJobs = makeSweepConversions(needs)
  let sweeping: Promise<void> | undefined
  const sweep = (): Promise<void> =>
    (sweeping ??= Promise.all([sweepJobs, ...needs.sweepAlso].map((each) => each()))
      .then(
        () => {},
        (error: unknown) => onError(error, 'conversion.sweep'),
      )
      .finally(() => (sweeping = undefined)))

  // When nobody else can be working, whatever is leased was left by a process that died.
  if (isAlone) await needs.queue.reap({ all: true })
  void sweep()
  const feed = await startJobFeed({
    list: needs.listJobs,
    notices,
    onError: (error) => onError(error, 'conversion.feed'),
  })
  let worker: Worker | undefined
  if (isWorker) {
    worker = startWorker(needs)
    const { hear, look } = worker
    await notices.listen({ onNotice: hear, onGap: look })
  }
  const timer = setInterval(() => void sweep(), sweepMs).unref()

  return {
    feed,
    runningCount: () => worker?.runningCount() ?? 0,
    async shutDown(graceMs) {
      clearInterval(timer)
      feed.stop()
      await worker?.stop(graceMs)
      await sweeping
      for (const engine of engines) await engine.close().catch((error: unknown) => onError(error, engine.id))
    },
  }
}
