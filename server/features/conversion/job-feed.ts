/**
 * Who follows the jobs of a session, and what each reader was told. What it tells follows from the rows and not from the order
 * in which notices arrive, so a reader of any process sees the same, whatever was missed on the way.
 */
import type { NoticeBoard } from '#kernel/notices.ts'
import type { Job } from './job.ts'

/** How long after a failed look at the database the next one follows, in milliseconds. */
const RETRY_MS = 1_000

export type JobEvent =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'job-removed'; readonly jobId: string }

export interface JobReader {
  /** Must not throw. */
  receive(event: JobEvent): void
  /** The session is over; nothing more will come. */
  close(): void
}

export interface JobFeed {
  /** Tells a reader how all jobs of the session are, and from then on what changes. */
  attach(sessionHash: string, reader: JobReader): { detach(): void }
  /** How many readers are attached. */
  readerCount(): number
  /** Tells nobody anything any more. */
  stop(): void
}

interface Attached {
  readonly reader: JobReader
  /** What it knows, by job. */
  readonly told: Map<string, string>
}

interface Session {
  readonly readers: Set<Attached>
  isLooking: boolean
  isStale: boolean
  retry: NodeJS.Timeout | undefined
}

/**
 * Begins to listen.
 * @param list the jobs of a session that can be found
 */
export const startJobFeed = async ({
  list,
  notices,
  onError,
  retryMs = RETRY_MS,
}: {
  list: (sessionHash: string) => Promise<readonly Job[]>
  notices: Pick<NoticeBoard, 'listen'>
  onError: (error: unknown) => void
  retryMs?: number
}): Promise<JobFeed> => {
  const sessions = new Map<string, Session>()

  /** Looks at the jobs; one look at a time, and another one when something happened meanwhile. */
  const look = (hash: string, session: Session): void => {
    session.isStale = true
    if (session.isLooking || session.retry !== undefined) return
    session.isLooking = true
    void catchUp(hash, session)
  }

  const catchUp = async (hash: string, session: Session): Promise<void> => {
    try {
      while (session.isStale && session.readers.size > 0) {
        session.isStale = false
        const jobs = await list(hash)
        const known = jobs.map((job) => [job, fingerprintOf(job)] as const)
        for (const attached of session.readers) tell(attached, known)
      }
    } catch (error) {
      onError(error)
      if (session.readers.size === 0) return
      session.retry = setTimeout(() => {
        session.retry = undefined
        look(hash, session)
      }, retryMs).unref()
    } finally {
      session.isLooking = false
    }
  }

  const drop = (hash: string, session: Session): void => {
    clearTimeout(session.retry)
    session.readers.clear()
    if (sessions.get(hash) === session) sessions.delete(hash)
  }

  const end = (hash: string): void => {
    const session = sessions.get(hash)
    if (session === undefined) return
    const readers = [...session.readers]
    drop(hash, session)
    for (const { reader } of readers) reader.close()
  }

  await notices.listen({
    onNotice(notice) {
      if (notice.kind !== 'conversion') return
      for (const hash of notice.sessions) {
        const session = sessions.get(hash)
        if (session === undefined) continue
        if (notice.what === 'ended') end(hash)
        else look(hash, session)
      }
    },
    onGap() {
      for (const [hash, session] of sessions) look(hash, session)
    },
  })

  return {
    attach(hash, reader) {
      let session = sessions.get(hash)
      if (session === undefined) {
        session = { readers: new Set(), isLooking: false, isStale: false, retry: undefined }
        sessions.set(hash, session)
      }
      const joined = session
      const attached: Attached = { reader, told: new Map() }
      joined.readers.add(attached)
      look(hash, joined)
      return {
        detach() {
          joined.readers.delete(attached)
          if (joined.readers.size === 0) drop(hash, joined)
        },
      }
    },
    readerCount: () => sessions.values().reduce((count, { readers }) => count + readers.size, 0),
    stop() {
      for (const [hash, session] of sessions) drop(hash, session)
    },
  }
}

/** Says what is new to a reader. */
const tell = ({ reader, told }: Attached, jobs: readonly (readonly [Job, string])[]): void => {
  const gone = new Set(told.keys())
  for (const [job, fingerprint] of jobs) {
    gone.delete(job.id)
    if (told.get(job.id) === fingerprint) continue
    told.set(job.id, fingerprint)
    reader.receive({ type: 'job', job })
  }
  for (const jobId of gone) {
    told.delete(jobId)
    reader.receive({ type: 'job-removed', jobId })
  }
}

/** Everything of a job that is told to people. */
const fingerprintOf = (job: Job): string => JSON.stringify({ ...job, leaseId: null, leasedUntil: null })
