/** The log is read on in order and without a gap, however notices come, and whatever fails. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LogEntry, READ_AT_ONCE } from './event-log.ts'
import { makeEventTail } from './event-tail.ts'
import { at, entry } from './for-tests.ts'
import { formatPosition, isAfter, type Position } from './position.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A log that grows when a test says so. */
const tailed = () => {
  const entries: LogEntry[] = []
  const told: string[] = []
  const errors: unknown[] = []
  const log = { reads: 0, hasMore: false, failure: undefined as Error | undefined }
  const tail = makeEventTail({
    log: {
      async readOn(after: Position) {
        log.reads++
        if (log.failure !== undefined) throw log.failure
        const found = entries.filter(({ position }) => isAfter(position, after)).slice(0, READ_AT_ONCE)
        return { entries: found, hasMore: log.hasMore }
      },
    },
    from: at(0),
    onEntries: (read) => void told.push(...read.map(({ position }) => formatPosition(position))),
    onError: (error) => void errors.push(error),
    pace: { againMs: 10, againAtMostMs: 500, retryMs: 1_000 },
  })
  return { tail, entries, told, errors, log }
}

/** Lets what is under way come to its end. */
const settled = () => vi.advanceTimersByTimeAsync(0)

describe('the tail of the log', () => {
  it('hands over what is new when it is told to look', async () => {
    const { tail, entries, told } = tailed()
    entries.push(entry(at(1), 'a'), entry(at(2), 'a'))
    tail.look()
    await settled()
    entries.push(entry(at(3), 'a'))
    tail.look()
    await settled()
    expect([told, tail.position()]).toEqual([['1.1', '2.2', '3.3'], at(3)])
  })

  it('looks once more when it was told to while it looked, however often', async () => {
    const { tail, log } = tailed()
    for (let times = 0; times < 100; times++) tail.look()
    await settled()
    expect(log.reads).toBe(2)
  })

  it('reads a long log to its end', async () => {
    const { tail, entries, told } = tailed()
    for (let id = 1; id <= 2 * READ_AT_ONCE + 1; id++) entries.push(entry(at(id), 'a'))
    tail.look()
    await settled()
    expect(told).toHaveLength(2 * READ_AT_ONCE + 1)
    expect(new Set(told).size).toBe(told.length)
  })

  it('looks again soon for what can not be read yet, and less and less often', async () => {
    const { tail, entries, told, log } = tailed()
    log.hasMore = true
    tail.look()
    await vi.advanceTimersByTimeAsync(9)
    expect(log.reads).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(log.reads).toBe(2)
    await vi.advanceTimersByTimeAsync(10_000)
    // 10, 20, 40, 80, 160, 320, then every 500 ms.
    expect(log.reads).toBeGreaterThan(20)
    expect(log.reads).toBeLessThan(30)
    entries.push(entry(at(1), 'a'))
    log.hasMore = false
    await vi.advanceTimersByTimeAsync(500)
    expect(told).toEqual(['1.1'])
    const { reads } = log
    await vi.advanceTimersByTimeAsync(10_000)
    expect(log.reads).toBe(reads)
  })

  it('tries again after a failure, by itself or when it is told to', async () => {
    const { tail, entries, told, errors, log } = tailed()
    log.failure = new Error('no database')
    entries.push(entry(at(1), 'a'))
    tail.look()
    await settled()
    expect([told, errors]).toEqual([[], [log.failure]])
    log.failure = undefined
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told).toEqual(['1.1'])
    log.failure = new Error('again')
    tail.look()
    await settled()
    log.failure = undefined
    entries.push(entry(at(2), 'a'))
    tail.look()
    await settled()
    expect(told).toEqual(['1.1', '2.2'])
  })

  it('hands nothing over once it was stopped', async () => {
    const { tail, entries, told, log } = tailed()
    entries.push(entry(at(1), 'a'))
    tail.look()
    tail.stop()
    await settled()
    tail.look()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([told, log.reads]).toEqual([[], 1])
  })
})
