/** Reads the log on as it grows, once for all readers of this process. It knows neither readers nor notices. */
import { type EventLog, type LogEntry, READ_AT_ONCE } from './event-log.ts'
import type { Position } from './position.ts'

export interface Pace {
  /**
   * How long to wait before entries that can't be read yet are looked for again, in milliseconds: what holds them up is a
   * transaction, and ours take some milliseconds. Others may take minutes: each wait is twice as long as the one before.
   */
  readonly againMs: number
  readonly againAtMostMs: number
  /** How long after a failed look the next one follows, in milliseconds. */
  readonly retryMs: number
}
const PACE: Pace = { againMs: 10, againAtMostMs: 500, retryMs: 1_000 }

export interface EventTail {
  /** Everything up to here was handed over. */
  position(): Position
  /** Looks now: the log may have grown. Looks that are asked for while one is under way become one. */
  look(): void
  /** Hands nothing over any more. */
  stop(): void
}

/** `onEntries` gets the entries in order, none left out and none twice, some at a time. It must not throw. */
export const makeEventTail = ({
  log,
  from,
  onEntries,
  onError,
  pace = PACE,
}: {
  log: Pick<EventLog, 'readOn'>
  from: Position
  onEntries: (entries: readonly LogEntry[]) => void
  onError: (error: unknown) => void
  pace?: Pace
}): EventTail => {
  let position = from
  let isLooking = false
  let isStale = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let waitMs = pace.againMs

  const look = (): void => {
    isStale = true
    if (isLooking || isStopped) return
    clearTimeout(timer)
    isLooking = true
    void readOn()
  }

  const readOn = async (): Promise<void> => {
    try {
      let hasMore = false
      while (isStale) {
        isStale = false
        const found = await log.readOn(position)
        if (isStopped) return
        hasMore = found.hasMore
        if (found.entries.length > 0) {
          position = found.entries.at(-1)!.position
          onEntries(found.entries)
          waitMs = pace.againMs
        }
        if (found.entries.length === READ_AT_ONCE) isStale = true
      }
      if (hasMore) lookIn(waitMs)
      waitMs = hasMore ? Math.min(waitMs * 2, pace.againAtMostMs) : pace.againMs
    } catch (error) {
      onError(error)
      lookIn(pace.retryMs)
    } finally {
      isLooking = false
    }
  }

  const lookIn = (ms: number): void => {
    if (!isStopped) timer = setTimeout(look, ms).unref()
  }

  return {
    position: () => position,
    look,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
