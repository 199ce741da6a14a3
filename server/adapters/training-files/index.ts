/** Writes the files of exports in threads of their own: a hundred thousand conversations are a minute's work of a processor. */
import { once } from 'node:events'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { BeginWriting, Written } from '#server/features/datasets/index.ts'
import type { CopiedFile, FromWriter, ToWriter } from './messages.ts'
import { saveMeasured } from './save-measured.ts'

/** So many messages with rows may be on their way: the thread need not wait for the database, nor we hold what it has not read. */
const MOST_UNREAD = 2
/** Far more than a group of rows takes, and little enough that rubbish is not left lying about. */
const MEMORY = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 }

/** The port's adapter for this machine. */
export const beginWriting: BeginWriting = async (plan) => {
  const worker = new Worker(new URL('./write-export.worker.ts', import.meta.url), {
    workerData: plan,
    resourceLimits: MEMORY,
  })
  const copied: CopiedFile[] = []
  let unread = 0
  let hasRoom = Promise.withResolvers<void>()
  const written = Promise.withResolvers<Written>()
  const failed = Promise.withResolvers<never>()
  // It may fail while nobody waits for it.
  failed.promise.catch(() => {})

  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'written') return written.resolve(message.written)
    unread--
    hasRoom.resolve()
    hasRoom = Promise.withResolvers()
  })
  worker.on('error', (error) => failed.reject(error))
  worker.on('exit', () => failed.reject(new Error('the thread that writes an export has ended')))
  const tell = (message: ToWriter): void => worker.postMessage(message)
  await Promise.race([once(worker, 'online'), failed.promise])

  return {
    async add(rows) {
      unread++
      tell({ kind: 'rows', rows })
      if (unread >= MOST_UNREAD) await Promise.race([hasRoom.promise, failed.promise])
    },
    async copy(name, bytes) {
      copied.push({ name, ...(await saveMeasured(bytes, path.join(plan.folder, name))) })
    },
    finish: (erased) => {
      tell({ kind: 'finish', copied, erased })
      return Promise.race([written.promise, failed.promise])
    },
    async abandon() {
      await worker.terminate()
    },
  }
}
