/** Takes jobs from dead workers and removes what nobody needs any more. Safe in any number of processes, at any moment. */
import type { JobQueue } from './job-queue.ts'
import type { WorkFolders } from './work-folders.ts'

/** At most so many jobs are removed at once: their sessions fit into one notice. */
const BATCH = 100

interface Needs {
  readonly queue: Pick<JobQueue, 'reap' | 'removeExpired' | 'listHeld'>
  /** Removes the blobs that no row names any more. */
  readonly sweepBlobs: () => Promise<void>
  /** Of this machine. */
  readonly folders: Pick<WorkFolders, 'list' | 'remove'>
}

export const makeSweepConversions =
  ({ queue, sweepBlobs, folders }: Needs) =>
  async (): Promise<void> => {
    while ((await queue.reap()) > 0);
    while ((await queue.removeExpired(BATCH)) === BATCH);
    await sweepBlobs()
    // Leased before they are made: whatever is there without a lease has been given up.
    const names = await folders.list()
    const held = new Set(await queue.listHeld(names))
    for (const name of names) if (!held.has(name)) await folders.remove(name)
  }
