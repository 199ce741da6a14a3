/** Work on many texts, in threads of its own: tokens, and texts that say nearly the same. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { NewId } from '#kernel/ids.ts'
import type { TextStudy } from '#server/features/datasets/index.ts'
import type { Answer, Purpose, Task, TextJobs } from './texts.worker.ts'

/** After this long without work the thread that counts tokens is ended, in milliseconds: its tables take some 100 MB. */
const IDLE_MS = 60_000

export interface TextThreads extends TextStudy {
  /** Ends all threads; what they are doing is lost. */
  close(): void
}

/** @param folder for files that have no name once they are open; made when it is needed */
export const openTextThreads = ({ folder, newId }: { readonly folder: string; readonly newId: NewId }): TextThreads => {
  const searches = new Set<Thread>()
  let counting: Thread | undefined
  let idle: NodeJS.Timeout | undefined
  let askedFor = 0
  const endCounting = (): void => {
    clearTimeout(idle)
    counting?.close()
    counting = undefined
  }

  return {
    async countTokens(texts) {
      clearTimeout(idle)
      if (counting === undefined || counting.hasEnded()) counting = startThread(null)
      askedFor++
      try {
        return await counting.ask('countTokens', texts)
      } finally {
        askedFor--
        if (askedFor === 0) idle = setTimeout(endCounting, IDLE_MS).unref()
      }
    },

    openSearch(threshold) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const thread = startThread({ threshold, path: path.join(folder, newId()) })
      searches.add(thread)
      return {
        add: (contents) => thread.ask('add', contents),
        findLikenesses: () => thread.ask('findLikenesses', null),
        close() {
          searches.delete(thread)
          thread.close()
        },
      }
    },

    close() {
      endCounting()
      for (const thread of searches) thread.close()
      searches.clear()
    },
  }
}

interface Thread {
  ask<Name extends keyof TextJobs>(
    name: Name,
    input: Parameters<TextJobs[Name]>[0],
  ): Promise<Awaited<ReturnType<TextJobs[Name]>>>
  hasEnded(): boolean
  close(): void
}

const startThread = (purpose: Purpose): Thread => {
  const worker = new Worker(new URL('./texts.worker.ts', import.meta.url), { workerData: purpose })
  worker.unref()
  const waiting = new Map<number, { resolve: (result: any) => void; reject: (error: Error) => void }>()
  let last = 0
  let end: Error | undefined
  const fail = (error: Error): void => {
    end ??= error
    for (const { reject } of waiting.values()) reject(end)
    waiting.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that works on texts has ended')))
  worker.on('message', (answer: Answer) => {
    const asker = waiting.get(answer.number)
    waiting.delete(answer.number)
    if ('failure' in answer) asker?.reject(new Error(`work on texts failed: ${answer.failure}`))
    else asker?.resolve(answer.result)
  })
  return {
    ask: (name, input) =>
      new Promise((resolve, reject) => {
        if (end !== undefined) return void reject(end)
        last++
        waiting.set(last, { resolve, reject })
        worker.postMessage({ number: last, name, input } satisfies Task)
      }),
    hasEnded: () => end !== undefined,
    close: () => void worker.terminate(),
  }
}
