/** What was converted in this browser: records in IndexedDB, which outlive the session and hold nothing that opens a file. */
import type { JobDetails, JobStatus } from '#contract/conversion/index.ts'

/** As seed 3 has it. */
export interface HistoryRecord {
  readonly job_id: string
  readonly original_filename: string
  readonly target_format: string | null
  readonly status: JobStatus
  /** When the status became so; ISO 8601. */
  readonly timestamp: string
  /** Always null: a token is used up in the moment in which it is issued. */
  readonly download_token: null
}

const STORE = 'jobs'
/** Records that are kept: the latest. */
const MOST = 200

export const recordOf = (job: JobDetails): HistoryRecord => ({
  job_id: job.job_id,
  original_filename: job.original_filename,
  target_format: job.target_format,
  status: job.status,
  timestamp: job.completed_at ?? job.created_at,
  download_token: null,
})

/** The latest first, each job once, and no more than are kept. */
export const withRecord = (records: readonly HistoryRecord[], record: HistoryRecord): readonly HistoryRecord[] =>
  [record, ...records.filter(({ job_id }) => job_id !== record.job_id)]
    .toSorted((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp))
    .slice(0, MOST)

/** Whether it says anything else than what is known. */
export const isNews = (records: readonly HistoryRecord[], record: HistoryRecord): boolean => {
  const known = records.find(({ job_id }) => job_id === record.job_id)
  return known?.status !== record.status || known.target_format !== record.target_format
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')))
  })

let opened: Promise<IDBDatabase> | null = null

const open = (): Promise<IDBDatabase> => {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('parlance-conversions', 1)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE, { keyPath: 'job_id' }))
    opening.addEventListener('success', () => resolve(opening.result))
    opening.addEventListener('error', () => reject(opening.error ?? new Error('IndexedDB')))
  })
  return opened
}

const inStore = async <T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
  settled(run((await open()).transaction(STORE, mode).objectStore(STORE)))

/** All records, the latest first; none where the browser keeps none (private windows). */
export const readHistory = async (): Promise<readonly HistoryRecord[]> => {
  try {
    const records = (await inStore('readonly', (store) => store.getAll())) as HistoryRecord[]
    return records.toSorted((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp)).slice(0, MOST)
  } catch {
    return []
  }
}

/** Keeps a record, or replaces the one of the same job. */
export const keepRecord = (record: HistoryRecord): Promise<unknown> =>
  inStore('readwrite', (store) => store.put(record)).catch(() => {})

export const deleteRecord = (jobId: string): Promise<unknown> =>
  inStore('readwrite', (store) => store.delete(jobId)).catch(() => {})

export const clearHistory = (): Promise<unknown> => inStore('readwrite', (store) => store.clear()).catch(() => {})
