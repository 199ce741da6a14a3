/**
 * The session of conversions in this browser: uploads, asks, follows and remembers. It belongs to the page and not to a
 * screen of it: uploads go on while another area is open.
 */
import type { JobDetails, SessionEvent } from '#contract/conversion/index.ts'
import { follow } from '../../lib/event-source.ts'
import { newId } from '../../lib/new-id.ts'
import { onReachable } from '../../lib/reachability.ts'
import { asRequestError, type RequestError } from '../../lib/request-error.ts'
import { createStore, useStore } from '../../lib/store.ts'
import { cancelJob } from './cancel-job.ts'
import { closeSession } from './close-session.ts'
import { convertFile } from './convert-file.ts'
import { beginSession, forgetSession } from './csrf-token.ts'
import { formatOf } from './formats.ts'
import {
  clearHistory,
  deleteRecord,
  type HistoryRecord,
  isNews,
  keepRecord,
  readHistory,
  recordOf,
  withRecord,
} from './history.ts'
import {
  activeJobs,
  cutOff,
  nextToAsk,
  nextUploads,
  nextWakeUp,
  type Queue,
  type QueuedFile,
  withAccepted,
  withAsking,
  withChosen,
  withHeld,
  withJob,
  withJobs,
  without,
  withoutSession,
  withProblem,
  withRefused,
  withSending,
  withSent,
  withStored,
  withUploadAgain,
  withWanted,
} from './queue.ts'
import { readJobStatus } from './read-job-status.ts'
import { readSession } from './read-session.ts'
import { removeJob } from './remove-job.ts'
import { type FileRun, sendFile } from './send-file.ts'

export interface Conversions {
  readonly session:
    | { readonly state: 'starting' }
    /** It could not be begun. */
    | { readonly state: 'failed'; readonly error: RequestError }
    /** `expiresAt`: milliseconds of this computer's clock. */
    | { readonly state: 'open'; readonly expiresAt: number }
    | { readonly state: 'ended'; readonly wasClosedHere: boolean }
  readonly queue: Queue
  readonly history: readonly HistoryRecord[]
}

/** Without a stream the server is asked this often, in milliseconds: less and less often while nothing happens (seed 3). */
const POLL_FIRST = 3000
const POLL_MOST = 10_000
const POLL_SLOWS = 1.5
/** Jobs that are asked after in one round. */
const POLL_JOBS = 6
/** When the session should be over, the server is asked whether it is this often, in milliseconds. */
const ASK_WHEN_OVER = 10_000
/** After a stream was refused, in milliseconds. */
const RETRY_STREAM = 3000

const store = createStore<Conversions>({ session: { state: 'starting' }, queue: [], history: [] })
/** The bytes of what is not uploaded yet. */
const chosen = new Map<string, File>()
const runs = new Map<string, FileRun>()
/** Jobs that were removed here: a late word about one of them must not bring it back. */
const removed = new Set<string>()

export const useConversions = (): Conversions => useStore(store)

const set = (fields: Partial<Conversions>): void => store.set((present) => ({ ...present, ...fields }))

const changeQueue = (changed: (queue: Queue) => Queue): void =>
  store.set((present) => ({ ...present, queue: changed(present.queue) }))

// ---- the session

let beginning: Promise<void> | null = null

/** Begins a session, or finds the one that this browser has, with what it holds. */
export const begin = (): Promise<void> => {
  beginning ??= (async () => {
    try {
      await beginSession()
      await refresh()
    } catch (thrown) {
      const error = asRequestError(thrown)
      if (error.status === 401) ended()
      else set({ session: { state: 'failed', error } })
    } finally {
      beginning = null
    }
    pump()
  })()
  return beginning
}

const refresh = async (): Promise<void> => {
  const { expires_at, jobs } = await readSession()
  opened(Date.parse(expires_at))
  changeQueue((queue) =>
    withJobs(
      queue,
      jobs.filter(({ job_id }) => !removed.has(job_id)),
    ),
  )
  for (const job of jobs) remember(job)
}

/** How far the server's clock is ahead of this computer's, in milliseconds. */
let clockAhead = 0

/** `until`: by the server's clock. */
const opened = (until: number): void => set({ session: { state: 'open', expiresAt: until - clockAhead } })

const learnTime = (iso: string): void => {
  const { session } = store.get()
  const until = session.state === 'open' ? session.expiresAt + clockAhead : null
  clockAhead = Date.parse(iso) - Date.now()
  if (until !== null) opened(until)
}

const ended = (wasClosedHere = false): void => {
  forgetSession()
  removed.clear()
  for (const run of runs.values()) run.cancel()
  runs.clear()
  changeQueue(withoutSession)
  set({ session: { state: 'ended', wasClosedHere } })
}

/** What every refusal may mean. @returns whether the session is over, and with it whatever was asked for. */
const endsSession = (error: RequestError): boolean => {
  if (error.status !== 401) return false
  ended()
  return true
}

/** Ends the session; the server removes all of its files. Fails with a `RequestError`. */
export const close = async (): Promise<void> => {
  try {
    await closeSession()
  } catch (thrown) {
    if (asRequestError(thrown).status !== 401) throw thrown
  }
  chosen.clear()
  set({ queue: [] })
  ended(true)
}

// ---- uploads and conversions

/** Uploads files; those with a format are converted as soon as they are there. */
export const addFiles = (files: readonly { readonly file: File; readonly wanted: string | null }[]): void => {
  const added = files.map(({ file, wanted }) => {
    const id = newId()
    chosen.set(id, file)
    return { id, name: file.name, size: file.size, wanted }
  })
  changeQueue((queue) => withChosen(queue, added))
  pump()
}

/** Converts them, each as soon as it is uploaded. */
export const chooseFormat = (ids: readonly string[], format: string): void => {
  changeQueue((queue) => withWanted(queue, ids, format))
  pump()
}

let timer: ReturnType<typeof setTimeout> | undefined

/** Does whatever can be done now, and comes back when more can. */
const pump = (): void => {
  clearTimeout(timer)
  const { session, queue } = store.get()
  if (session.state !== 'open') {
    if (session.state === 'ended' && nextUploads(queue, Date.now()).length > 0) void begin()
    return
  }
  for (const { id } of nextUploads(queue, Date.now())) void upload(id)
  const next = nextToAsk(store.get().queue, Date.now())
  if (next) void ask(next)
  const wakeUp = nextWakeUp(store.get().queue)
  if (wakeUp !== null) timer = setTimeout(pump, Math.max(100, wakeUp - Date.now()))
}

const upload = async (id: string): Promise<void> => {
  const file = chosen.get(id)
  if (!file) return changeQueue((queue) => without(queue, id))
  changeQueue((queue) => withSending(queue, id))
  try {
    const run = sendFile(id, file, (sent) => changeQueue((queue) => withSent(queue, id, sent)))
    runs.set(id, run)
    await run.done
    chosen.delete(id)
    changeQueue((queue) => withStored(queue, id, justUploaded(id, file)))
  } catch (thrown) {
    const error = asRequestError(thrown)
    if (endsSession(error)) return
    if (error.retryAfter === null) changeQueue((queue) => withRefused(queue, id, error))
    else changeQueue((queue) => withHeld(withUploadAgain(queue, id), 'uploads', after(error.retryAfter ?? 0)))
  } finally {
    runs.delete(id)
  }
  pump()
}

const after = (seconds: number): number => Date.now() + seconds * 1000

/** What is known of a job before the server tells. */
const justUploaded = (id: string, file: File): JobDetails => ({
  job_id: id,
  original_filename: file.name,
  source_format: formatOf(file.name),
  target_formats: [],
  target_format: null,
  status: 'uploaded',
  progress: null,
  error_type: null,
  error_message: null,
  can_retry: false,
  size: file.size,
  output_size: null,
  output_filename: null,
  created_at: new Date().toISOString(),
  completed_at: null,
})

const ask = async ({ id, wanted }: QueuedFile): Promise<void> => {
  if (wanted === null) return
  changeQueue((queue) => withAsking(queue, id))
  try {
    await convertFile(id, wanted)
    changeQueue((queue) => withAccepted(queue, id, wanted))
  } catch (thrown) {
    const error = asRequestError(thrown)
    if (endsSession(error)) return
    // Another tab asked first: the server says how it is getting on.
    if (error.status === 409) {
      changeQueue((queue) => withAccepted(queue, id, wanted))
      await refresh().catch(() => {})
    } else if (error.retryAfter === null) changeQueue((queue) => withProblem(queue, id, error))
    else changeQueue((queue) => withHeld(queue, 'conversions', after(error.retryAfter ?? 0)))
  }
  pump()
}

/** Tries again what was refused or failed. */
export const retry = ({ id, upload: uploadState, job }: QueuedFile): void => {
  if (uploadState === 'refused') changeQueue((queue) => withUploadAgain(queue, id))
  else if (job?.target_format != null) changeQueue((queue) => withWanted(queue, [id], job.target_format ?? ''))
  pump()
}

/** Stops a conversion; the file stays. Fails with a `RequestError`. */
export const cancel = async (id: string): Promise<void> => {
  try {
    learn(await cancelJob(id))
  } catch (thrown) {
    if (!endsSession(asRequestError(thrown))) throw thrown
  }
}

/** Takes a file out, here and on the server. Fails with a `RequestError`, and then it is still there. */
export const remove = async ({ id, upload: uploadState }: QueuedFile): Promise<void> => {
  runs.get(id)?.cancel()
  runs.delete(id)
  chosen.delete(id)
  if (uploadState === 'stored') {
    try {
      removed.add(id)
      await removeJob(id)
    } catch (thrown) {
      const error = asRequestError(thrown)
      if (endsSession(error)) return
      if (error.status !== 404) {
        removed.delete(id)
        throw thrown
      }
    }
  }
  changeQueue((queue) => without(queue, id))
  pump()
}

// ---- what the server tells

const learn = (job: JobDetails): void => {
  if (removed.has(job.job_id)) return
  changeQueue((queue) => withJob(queue, job))
  remember(job)
}

const onEvent = (event: SessionEvent): void => {
  switch (event.type) {
    case 'connected':
      learnTime(event.timestamp)
      return stopPolling()
    case 'job':
      return learn(event.job)
    case 'job-removed':
      return changeQueue((queue) => without(queue, event.job_id))
    case 'heartbeat':
      return
  }
}

let pollTimer: ReturnType<typeof setTimeout> | undefined
let isPolling = false

const stopPolling = (): void => {
  isPolling = false
  clearTimeout(pollTimer)
}

const poll = (wait = POLL_FIRST): void => {
  isPolling = true
  clearTimeout(pollTimer)
  pollTimer = setTimeout(() => {
    void askAfterJobs().then((hasNews) => {
      if (isPolling) poll(hasNews ? POLL_FIRST : Math.min(wait * POLL_SLOWS, POLL_MOST))
    })
  }, wait)
}

/** @returns whether anything has changed */
const askAfterJobs = async (): Promise<boolean> => {
  if (store.get().session.state !== 'open') return false
  try {
    for (const { id, job } of activeJobs(store.get().queue).slice(0, POLL_JOBS)) {
      if ((await readJobStatus(id)) === job?.status) continue
      await refresh()
      return true
    }
  } catch (thrown) {
    if (!endsSession(asRequestError(thrown))) await refresh().catch(() => {})
  }
  return false
}

/** Begins, and follows what happens until the returned function is called. */
export const openConversions = (): (() => void) => {
  let stop = () => {}
  let isOver = false
  void readHistory().then((stored) => set({ history: store.get().history.reduceRight(withRecord, stored) }))
  const connect = () => {
    stop()
    const connection = follow<SessionEvent>({
      address: '/session/events',
      onEvent,
      onDisconnected: () => {
        if (!isPolling && !document.hidden) poll()
      },
      // The stream itself does not say why. Asking for the session does: over, or just away.
      onRefused: (retryIn) => {
        refresh()
          .then(() => retryIn(RETRY_STREAM))
          .catch((thrown: unknown) => {
            if (!endsSession(asRequestError(thrown))) retryIn(RETRY_STREAM)
          })
      },
    })
    stop = connection.close
  }
  // A stream for every session: the one that has ended had its own.
  let wasOpen = false
  const onChange = () => {
    const isOpen = store.get().session.state === 'open'
    if (isOpen && !wasOpen && !isOver) connect()
    if (!isOpen && wasOpen) {
      stop()
      stopPolling()
    }
    wasOpen = isOpen
  }
  const unwatch = store.subscribe(onChange)
  onChange()
  const over = setInterval(() => {
    const { session } = store.get()
    if (session.state !== 'open' || session.expiresAt > Date.now()) return
    refresh().catch((thrown: unknown) => endsSession(asRequestError(thrown)))
  }, ASK_WHEN_OVER)
  void begin()
  return () => {
    isOver = true
    unwatch()
    stop()
    stopPolling()
    clearInterval(over)
  }
}

/** What a lost connection cut off goes on when the server is back. */
onReachable(() => {
  const { session, queue } = store.get()
  for (const { id } of cutOff(queue)) changeQueue((present) => withUploadAgain(present, id))
  if (session.state === 'failed' && session.error.status === 0) void begin()
  else pump()
})

// ---- the history

const remember = (job: JobDetails): void => {
  const { history } = store.get()
  const record = recordOf(job)
  if (!isNews(history, record)) return
  const next = withRecord(history, record)
  set({ history: next })
  void keepRecord(record)
  for (const { job_id } of history) if (next.every((kept) => kept.job_id !== job_id)) void deleteRecord(job_id)
}

export const forgetHistory = async (): Promise<void> => {
  await clearHistory()
  set({ history: [] })
}
