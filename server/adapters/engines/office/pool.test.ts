/** Who gets which worker, with workers that do nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EngineFailure } from '#server/features/conversion/index.ts'
import { openPool, type PoolOptions } from './pool.ts'

const IDLE_MS = 60_000
interface Idler {
  readonly name: number
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** A pool whose workers are numbered from 0 in the order in which they were started. */
const open = (options: Partial<PoolOptions<Idler>> = {}) => {
  const living = new Set<number>()
  let started = 0
  const pool = openPool<Idler>({
    start() {
      const name = started++
      living.add(name)
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      const stop = (): Promise<void> => {
        living.delete(name)
        resolve()
        return ended
      }
      return { name, ended, stop }
    },
    warmUp: () => Promise.resolve(),
    atOnce: 2,
    most: 2,
    documents: 20,
    idleMs: IDLE_MS,
    ...options,
  })
  const never = new AbortController().signal
  const stopped = (): EngineFailure => new EngineFailure('cancelled', 'stopped')
  const use = (session: string, work: (worker: Idler) => Promise<void> | void = () => {}, signal = never) =>
    pool.use(session, signal, stopped, async (worker) => {
      await work(worker)
      return { result: worker.name, isSpent: false }
    })
  return { pool, use, living }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a pool', () => {
  it('has no worker before it is used', () => {
    expect(open().living.size).toBe(0)
  })
  it('keeps one for its session, and another in reserve for the next session', async () => {
    const { use, living } = open()
    expect([await use('a'), await use('a'), await use('b'), await use('a')]).toEqual([0, 0, 1, 0])
    expect([...living]).toEqual([0, 1, 2])
  })
  it('never gives the worker of one session to another: the one that rested longest makes room', async () => {
    const { use, living } = open()
    expect([await use('a'), await use('b'), await use('a'), await use('c')]).toEqual([0, 1, 0, 2])
    expect([...living]).toEqual([0, 2, 3])
    expect(await use('b')).toBe(3)
  })
  it('gives two documents of one session a worker each', async () => {
    const { use } = open()
    const held = Promise.withResolvers<void>()
    const first = use('a', () => held.promise)
    const second = use('a', () => held.promise)
    held.resolve()
    expect(await Promise.all([first, second])).toEqual([0, 1])
  })
  it('lets so many work at once, the others in their order', async () => {
    const { use } = open({ atOnce: 1 })
    const order: string[] = []
    const held = Promise.withResolvers<void>()
    const all = [
      use('a', () => held.promise),
      ...['b', 'c', 'd'].map((session) => use(session, () => void order.push(session))),
    ]
    await vi.advanceTimersByTimeAsync(0)
    expect(order).toEqual([])
    held.resolve()
    await Promise.all(all)
    expect(order).toEqual(['b', 'c', 'd'])
  })
  it('forgets who no longer waits', async () => {
    const { use } = open({ atOnce: 1 })
    const held = Promise.withResolvers<void>()
    const gone = new AbortController()
    const first = use('a', () => held.promise)
    const second = use('b', () => {}, gone.signal)
    const third = use('c')
    await vi.advanceTimersByTimeAsync(0)
    gone.abort()
    await expect(second).rejects.toMatchObject({ reason: 'cancelled' })
    held.resolve()
    expect(await Promise.all([first, third])).toEqual([0, 1])
    await expect(use('a', () => {}, gone.signal)).rejects.toMatchObject({ reason: 'cancelled' })
  })
  it('replaces a worker after so many documents, after one that made it grow, and after every failure', async () => {
    const { use, living, pool } = open({ documents: 2 })
    expect([await use('a'), await use('a'), await use('a')]).toEqual([0, 0, 1])
    const spent = { result: 'big', isSpent: true }
    const signal = new AbortController().signal
    await pool.use(
      'a',
      signal,
      () => new EngineFailure('cancelled', ''),
      () => Promise.resolve(spent),
    )
    expect(living.has(1)).toBe(false)
    const failing = use('a', () => Promise.reject(new EngineFailure('refused', 'damaged')))
    await expect(failing).rejects.toMatchObject({ reason: 'refused' })
    expect(living.has(2)).toBe(false)
    expect(await use('a')).toBe(3)
  })
  it('does not wait for a reserve that does not get warm', async () => {
    const { use, living } = open({ warmUp: () => Promise.reject(new EngineFailure('crashed', 'no')) })
    await use('a')
    await vi.advanceTimersByTimeAsync(0)
    expect([...living]).toEqual([0])
    expect(await use('b')).toBe(2)
  })
  it('ends a worker that died by itself', async () => {
    const { use } = open()
    await use('a', (worker) => void worker.stop())
    expect(await use('a')).not.toBe(0)
  })
  it('ends every worker that had nothing to do for a minute', async () => {
    const { use, living } = open()
    await use('a')
    await vi.advanceTimersByTimeAsync(IDLE_MS / 2)
    await use('b')
    await vi.advanceTimersByTimeAsync(IDLE_MS / 2)
    expect([...living]).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(IDLE_MS / 2)
    expect([...living]).toEqual([])
    expect(await use('a')).toBe(3)
  })
  it('has no worker when it is closed, also where one is at work', async () => {
    const { use, living, pool } = open()
    const held = Promise.withResolvers<void>()
    await use('a')
    const work = use('a', () => held.promise)
    await vi.advanceTimersByTimeAsync(0)
    const closed = pool.close()
    held.reject(new EngineFailure('cancelled', 'its worker ended'))
    await expect(work).rejects.toMatchObject({ reason: 'cancelled' })
    await closed
    expect([...living]).toEqual([])
  })
})
