/** The files of the session as the page shows them: what is on its way and what the server says of the rest. Pure; whoever sends them keeps the bytes. */
import type { JobDetails } from '#contract/conversion/index.ts'
import type { RequestError } from '../../lib/request-error.ts'

export interface QueuedFile {
  /** UUID made here: the server knows the job by it too. */
  readonly id: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly upload: 'waiting' | 'sending' | 'refused' | 'stored'
  /** Bytes that have gone out. */
  readonly sent: number
  /** Format that was chosen and that the server has not heard of, or not accepted yet. */
  readonly wanted: string | null
  /** It is asked to convert right now. */
  readonly isAsking: boolean
  /** Until when the server wants to be left in peace, in milliseconds of this computer's clock. */
  readonly heldUntil: number | null
  /** Why the latest request about it was refused. */
  readonly error: RequestError | null
  /** What the server says of it; null until it is uploaded. */
  readonly job: JobDetails | null
}

export type Queue = readonly QueuedFile[]

/** What a row can be, in the order in which it goes through it. */
export type Stage =
  | 'waiting'
  | 'sending'
  | 'refused'
  /** Uploaded, and nobody has said into what. */
  | 'ready'
  /** Chosen, and not accepted yet. */
  | 'asking'
  | 'queued'
  | 'processing'
  | 'completed'
  | 'failed'

/** Uploads under way at once. */
const AT_ONCE = 2

export type ChosenFile = Pick<QueuedFile, 'id' | 'name' | 'size' | 'wanted'>

const change = (queue: Queue, id: string, fields: Partial<QueuedFile>): Queue =>
  queue.map((file) => (file.id === id ? { ...file, ...fields } : file))

export const withChosen = (queue: Queue, chosen: readonly ChosenFile[]): Queue => [
  ...queue,
  ...chosen.map((file) => ({
    ...file,
    upload: 'waiting' as const,
    sent: 0,
    isAsking: false,
    heldUntil: null,
    error: null,
    job: null,
  })),
]

export const withSending = (queue: Queue, id: string): Queue =>
  change(queue, id, { upload: 'sending', sent: 0, heldUntil: null, error: null })

/** `sent` counts the bytes of the request, which are a few more than the file's. */
export const withSent = (queue: Queue, id: string, sent: number): Queue =>
  queue.map((file) =>
    file.id === id && file.upload === 'sending'
      ? { ...file, sent: Math.min(Math.max(sent, file.sent), file.size) }
      : file,
  )

/** Uploaded. `job`: what is known of it until the server tells more; its own word, where it came first, stands. */
export const withStored = (queue: Queue, id: string, job: JobDetails): Queue =>
  queue.map((file) =>
    file.id === id ? { ...file, upload: 'stored', sent: file.size, error: null, job: file.job ?? job } : file,
  )

export const withRefused = (queue: Queue, id: string, error: RequestError): Queue =>
  change(queue, id, { upload: 'refused', error })

/** Will be uploaded once more. */
export const withUploadAgain = (queue: Queue, id: string): Queue =>
  change(queue, id, { upload: 'waiting', sent: 0, heldUntil: null, error: null })

export const withWanted = (queue: Queue, ids: readonly string[], format: string): Queue =>
  queue.map((file) => (ids.includes(file.id) ? { ...file, wanted: format, heldUntil: null, error: null } : file))

export const withAsking = (queue: Queue, id: string): Queue => change(queue, id, { isAsking: true, error: null })

/** The server has accepted; it says more in a moment. */
export const withAccepted = (queue: Queue, id: string, format: string): Queue =>
  queue.map((file) => {
    if (file.id !== id) return file
    const isAhead = file.job !== null && file.job.status !== 'uploaded' && file.job.status !== 'failed'
    return {
      ...file,
      wanted: null,
      isAsking: false,
      heldUntil: null,
      error: null,
      job:
        file.job === null || isAhead
          ? file.job
          : { ...file.job, status: 'queued', target_format: format, progress: null, error_type: null },
    }
  })

/** A conversion was refused: nothing is asked again by itself. */
export const withProblem = (queue: Queue, id: string, error: RequestError): Queue =>
  change(queue, id, { wanted: null, isAsking: false, heldUntil: null, error })

/** The server has too much to do: everything of that kind that has not been sent waits. */
export const withHeld = (queue: Queue, kind: 'uploads' | 'conversions', until: number): Queue =>
  queue.map((file) => {
    const isMeant = kind === 'uploads' ? file.upload === 'waiting' : file.upload === 'stored' && file.wanted !== null
    return isMeant ? { ...file, isAsking: false, heldUntil: until } : file
  })

/** What the server says of one job: in its row, or in a new one. */
export const withJob = (queue: Queue, job: JobDetails): Queue => {
  const known = queue.some(({ id }) => id === job.job_id)
  const fields = { upload: 'stored' as const, name: job.original_filename, size: job.size, sent: job.size, job }
  if (known) return change(queue, job.job_id, fields)
  return [...queue, { id: job.job_id, wanted: null, isAsking: false, heldUntil: null, error: null, ...fields }]
}

/** What the server says of all of them: jobs that it does not list are gone. */
export const withJobs = (queue: Queue, jobs: readonly JobDetails[]): Queue => {
  const listed = new Set(jobs.map(({ job_id }) => job_id))
  return jobs.reduce(
    withJob,
    queue.filter(({ id, upload }) => upload !== 'stored' || listed.has(id)),
  )
}

export const without = (queue: Queue, id: string): Queue => queue.filter((file) => file.id !== id)

/** The session is over: what was uploaded is gone, what was on its way can go into the next one. */
export const withoutSession = (queue: Queue): Queue =>
  queue
    .filter(({ upload }) => upload !== 'stored')
    .map((file) => (file.upload === 'sending' ? { ...file, upload: 'waiting', sent: 0 } : file))

export const stageOf = ({ upload, wanted, isAsking, job }: QueuedFile): Stage => {
  if (upload !== 'stored') return upload
  if (job?.status === 'queued' || job?.status === 'processing' || job?.status === 'completed') return job.status
  if (isAsking || wanted !== null) return 'asking'
  return job?.status === 'failed' ? 'failed' : 'ready'
}

/** 0 to 1 for a bar; null where nobody knows. */
export const progressOf = (file: QueuedFile): number | null => {
  if (file.upload === 'sending') return file.size === 0 ? 0 : file.sent / file.size
  return stageOf(file) === 'processing' ? (file.job?.progress ?? null) : null
}

/** A format can be chosen for it now. */
export const isOpen = (file: QueuedFile): boolean => {
  const stage = stageOf(file)
  if (stage === 'failed') return file.job?.can_retry === true
  return stage === 'ready' || (stage !== 'refused' && file.upload !== 'stored')
}

/** The uploads whose turn it is. */
export const nextUploads = (queue: Queue, now: number): Queue => {
  const underWay = queue.filter(({ upload }) => upload === 'sending').length
  return queue
    .filter(({ upload, heldUntil }) => upload === 'waiting' && (heldUntil ?? 0) <= now)
    .slice(0, Math.max(0, AT_ONCE - underWay))
}

/** The next file that the server is asked to convert; one at a time. */
export const nextToAsk = (queue: Queue, now: number): QueuedFile | undefined =>
  queue.some(({ isAsking }) => isAsking)
    ? undefined
    : queue.find((file) => stageOf(file) === 'asking' && (file.heldUntil ?? 0) <= now)

/** When something that is held may go on; null when nothing is. */
export const nextWakeUp = (queue: Queue): number | null => {
  const times = queue.flatMap(({ heldUntil }) => heldUntil ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

/** Jobs that will change without anybody's doing here: those that are worked on first. */
export const activeJobs = (queue: Queue): Queue => [
  ...queue.filter((file) => stageOf(file) === 'processing'),
  ...queue.filter((file) => stageOf(file) === 'queued'),
]

/** What failed because the server could not be reached: the connection, and not the file, is what has to be mended. */
export const cutOff = (queue: Queue): Queue =>
  queue.filter(({ upload, error }) => upload === 'refused' && error?.status === 0)
