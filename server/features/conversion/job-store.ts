/** The jobs of sessions: the port. What is queued or worked on is changed through `job-queue.ts`. */
import type { Job } from './job.ts'

export interface RoomLimits {
  /** Jobs in one session. */
  readonly jobs: number
  /** What uploads and outputs of one session may take together, in bytes. */
  readonly bytes: number
  /** The same of all sessions together. */
  readonly allBytes: number
}

export interface JobStore {
  /** Notes blobs, or names in the quarantine, that are about to be written: they are removed unless they are kept in time. */
  note(keys: readonly string[]): Promise<void>
  /** Strikes out what is removed, or was never there. */
  forgetBlobs(keys: readonly string[]): Promise<void>
  /** Whether the id is taken, also by a job whose upload is not whole. */
  has(sessionHash: string, jobId: string): Promise<boolean>
  /** Adds a job whose file nobody finds yet. */
  create(job: Job, limits: RoomLimits): Promise<'created' | 'exists' | 'too_many' | 'no_room' | 'full'>
  /** The upload is whole and lies at this key; its note is struck out. Undefined: the job was removed in the meantime. */
  keepInput(job: Pick<Job, 'sessionHash' | 'id'>, inputKey: string): Promise<Job | undefined>
  /** Without jobs whose upload is not whole. */
  find(sessionHash: string, jobId: string): Promise<Job | undefined>
  /** The same for a whole session, the oldest first. */
  list(sessionHash: string): Promise<Job[]>
  /**
   * Removes a job, or without an id all of the session; whoever works on one finds its lease gone. Their blobs are noted to
   * be removed: `forgetBlobs` once they are. Returns what was removed.
   */
  remove(sessionHash: string, jobId?: string): Promise<Job[]>
}
