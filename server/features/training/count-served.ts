/** Counts what leaves this server by links, and writes it down now and then: a download waits for no count. */
import type { Clock } from '#kernel/clock.ts'
import { dayOf } from './analytics.ts'
import type { LogStore, Served } from './log-store.ts'

/** How long counts wait to be written, in milliseconds: what a killed server had not written is lost. */
const FLUSH_MS = 10_000

export interface ServedCounter {
  note(ownerId: string, bytes: number): void
  /** Writes down what was counted. */
  flush(): Promise<void>
  /** The last time. */
  close(): Promise<void>
}

interface Needs {
  readonly store: Pick<LogStore, 'addServed'>
  readonly clock: Clock
  /** Hears of counts that could not be written; they are kept and tried again. */
  readonly onError: (error: unknown) => void
}

export const makeServedCounter = ({ store, clock, onError }: Needs): ServedCounter => {
  let counts = new Map<string, Served>()
  let timer: NodeJS.Timeout | undefined

  const add = ({ ownerId, day, bytes }: Served) => {
    const key = `${ownerId} ${day}`
    counts.set(key, { ownerId, day, bytes: bytes + (counts.get(key)?.bytes ?? 0) })
    timer ??= setTimeout(() => void flush().catch(onError), FLUSH_MS).unref()
  }

  const flush = async () => {
    clearTimeout(timer)
    timer = undefined
    if (counts.size === 0) return
    const taken = [...counts.values()]
    counts = new Map()
    try {
      await store.addServed(taken)
    } catch (error) {
      taken.forEach(add)
      throw error
    }
  }

  return {
    note: (ownerId, bytes) => add({ ownerId, day: dayOf(clock.now()), bytes }),
    flush,
    async close() {
      await flush()
      clearTimeout(timer)
    },
  }
}
