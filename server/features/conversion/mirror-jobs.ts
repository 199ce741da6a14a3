/** Writes how jobs are getting on to a store of sessions that others read beside us. */
import type { NoticeBoard } from '#kernel/notices.ts'
import type { ConversionSessions } from './conversion-sessions.ts'
import type { Job } from './job.ts'

interface Needs {
  readonly list: (sessionHash: string) => Promise<readonly Job[]>
  readonly store: Pick<ConversionSessions, 'tellJob'>
  readonly notices: Pick<NoticeBoard, 'listen'>
  readonly onError: (error: unknown) => void
}

/** Begins to listen. What was missed is told with the next change of the session. */
export const startJobMirror = async ({ list, store, notices, onError }: Needs): Promise<void> => {
  /** Sessions that are being looked at, and whether they have changed since. */
  const looking = new Map<string, boolean>()

  const look = async (hash: string): Promise<void> => {
    try {
      do {
        looking.set(hash, false)
        for (const job of await list(hash)) await store.tellJob(job)
      } while (looking.get(hash))
    } catch (error) {
      onError(error)
    } finally {
      looking.delete(hash)
    }
  }

  await notices.listen({
    onNotice(notice) {
      if (notice.kind !== 'conversion' || notice.what === 'ended') return
      for (const hash of notice.sessions) {
        if (looking.has(hash)) looking.set(hash, true)
        else void look(hash)
      }
    },
    onGap: () => {},
  })
}
