/**
 * The loop of whoever works on what others ask for: takes tasks from a queue as long as there is room, says that it lives while
 * it works, and stops when a task is no longer its own. A task's row is its place in the queue; the database's clock ends leases.
 */
import type { NewId } from './ids.ts'

/** How long a worker has a task without saying that it lives, in seconds. */
export const LEASE_SECONDS = 30
/** How often leases are renewed and the queue is looked at unasked, in milliseconds: several times in a lease. */
const BEAT_MS = 5_000

/** A queue as its workers see it. */
export interface LeasedQueue<Task extends { readonly leaseId: string }> {
  /** Hands out the next task, each to one worker; undefined when none waits. `leaseId`: new. */
  claim(leaseId: string): Promise<Task | undefined>
  /** Says that the worker lives; returns which of the leases it still has. A lease that has run out never comes back. */
  renew(leaseIds: readonly string[]): Promise<readonly string[]>
  /** The worker shuts down: the task waits again. */
  putBack(task: Task): Promise<unknown>
}

interface Needs<Task extends { readonly leaseId: string }> {
  readonly queue: LeasedQueue<Task>
  /** How many tasks are worked on at the same time. */
  readonly atOnce: number
  /**
   * Does a task and says in the queue what became of it, whatever that is: what it throws is only reported. It ends soon once
   * `signal` is aborted, and then says nothing: the task is somebody else's, or waits again.
   */
  readonly work: (task: Task, signal: AbortSignal) => Promise<void>
  readonly newId: NewId
  readonly onError: (error: unknown) => void
  /** Tests are in more of a hurry. */
  readonly beatMs?: number
}

export interface LeasedWork {
  /** Something may wait in the queue, or be taken from us. */
  look(): void
  /** How many tasks are being worked on. */
  runningCount(): number
  /** Takes no more tasks; those that have not ended after `graceMs` wait again for another worker. */
  stop(graceMs: number): Promise<void>
}

export const startLeasedWork = <Task extends { readonly leaseId: string }>(needs: Needs<Task>): LeasedWork => {
  const { queue, atOnce, onError } = needs
  const running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()
  let isStopping = false

  const claimAll = async (): Promise<void> => {
    const task = isStopping || running.size >= atOnce ? undefined : await queue.claim(needs.newId())
    if (task === undefined) return
    begin(task)
    await claimAll()
  }

  const begin = (task: Task): void => {
    const stop = new AbortController()
    const ended = needs
      .work(task, stop.signal)
      .catch(onError)
      // Nobody who shuts down keeps a task; where the lease is gone this changes nothing.
      .then(() => (stop.signal.aborted ? queue.putBack(task) : undefined))
      .catch(onError)
      .then(() => {
        running.delete(task.leaseId)
        void look()
      })
    running.set(task.leaseId, { stop, ended })
    // Claimed while the server began to stop.
    if (isStopping) stop.abort()
  }

  const renewAll = async (): Promise<void> => {
    const leases = [...running.keys()]
    if (leases.length === 0) return
    const held = new Set(await queue.renew(leases))
    for (const lease of leases) if (!held.has(lease)) running.get(lease)?.stop.abort()
  }

  let looking: Promise<void> | undefined
  let isAskedFor = false
  const goOn = async (): Promise<void> => {
    while (isAskedFor) {
      isAskedFor = false
      await Promise.all([renewAll(), claimAll()]).catch(onError)
    }
    looking = undefined
  }
  /** Never twice at once. */
  const look = (): Promise<void> => {
    isAskedFor = true
    return (looking ??= goOn())
  }

  const beat = setInterval(() => void look(), needs.beatMs ?? BEAT_MS).unref()
  void look()

  return {
    look: () => void look(),
    runningCount: () => running.size,
    async stop(graceMs) {
      isStopping = true
      const cut = setTimeout(() => {
        for (const { stop } of running.values()) stop.abort()
      }, graceMs)
      // One may be just being claimed.
      await looking
      await Promise.all(running.values().map(({ ended }) => ended))
      clearTimeout(cut)
      clearInterval(beat)
    },
  }
}
