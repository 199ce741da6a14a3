/** Removes what uploads and deleted files leave behind. Safe in any number of processes at once, and at any moment. */
import { inRounds } from '#kernel/rounds.ts'
import type { BlobStore } from './blob-store.ts'
import type { FileStore } from './file-store.ts'
import type { Quarantine } from './quarantine.ts'

/** How long a file may wait to be sent, in hours. */
export const UNSENT_HOURS = 24
/** At most so many files and blobs are taken at once. */
const BATCH = 100

interface Needs {
  readonly store: FileStore
  readonly blobs: BlobStore
  /** Of this machine. */
  readonly quarantine: Quarantine
}

/**
 * Removes the blobs that nothing refers to and whose time is over, and what lies of them in this machine's quarantine: of
 * several processes, the one that takes a blob removes all of it. Within one process make one sweep for everybody: when it has
 * ended, none of what was to go when it was asked for is left that this process had taken.
 */
export const makeSweepBlobs = ({ store, blobs, quarantine }: Needs): (() => Promise<void>) =>
  inRounds(async () => {
    for (let more = true; more;) {
      const keys = await store.leaseDoomed(BATCH)
      for (const key of keys) {
        await blobs.deleteAll(key)
        await quarantine.discard(key)
      }
      if (keys.length > 0) await store.forgetDoomed(keys)
      more = keys.length === BATCH
    }
  })

/**
 * Removes files that were never sent, uploads that never went on, blobs that nothing refers to, and what lies in this
 * machine's quarantine without being uploaded. Times are the database's, for the clocks of several machines differ.
 */
export const makeSweepFiles = ({
  store,
  quarantine,
  sweepBlobs,
}: Pick<Needs, 'store' | 'quarantine'> & { readonly sweepBlobs: () => Promise<void> }) => {
  return async (): Promise<void> => {
    await store.expireUploads()
    while ((await store.expireUnsent(UNSENT_HOURS, BATCH)) === BATCH);
    await sweepBlobs()
    // Noted before they are there: whatever is there without a note has been given up.
    const keys = await quarantine.list()
    if (keys.length === 0) return
    const noted = new Set(await store.listNoted(keys))
    for (const key of keys) if (!noted.has(key)) await quarantine.discard(key)
  }
}
