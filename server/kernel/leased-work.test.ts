import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type LeasedQueue, type LeasedWork, startLeasedWork } from './leased-work.ts'

interface Task {
  readonly name: string
  readonly leaseId: string
}

/** A queue in memory; `waiting` are names of tasks. */
const queueOf = (...waiting: string[]) => {
  const leases = new Set<string>()
  const putBack: string[] = []
  const queue: LeasedQueue<Task> = {
    async claim(leaseId) {
      const name = waiting.shift()
      if (name === undefined) return undefined
      leases.add(leaseId)
      return { name, leaseId }
    },
    renew: async (ids) => ids.filter((id) => leases.has(id)),
    putBack: async ({ name, leaseId }) => {
      if (leases.delete(leaseId)) putBack.push(name)
    },
  }
  return { queue, waiting, leases, putBack }
}

/** Work that goes on until it is told to end, by name of its task. */
const manualWork = () => {
  const begun = new Map<string, { end: () => void; fail: (error: Error) => void; signal: AbortSignal }>()
  const work = ({ name }: Task, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      begun.set(name, { end: resolve, fail: reject, signal })
      signal.addEventListener('abort', () => resolve())
    })
  return { begun, work }
}

let running: LeasedWork | undefined
afterEach(async () => {
  await running?.stop(0)
  running = undefined
})

const start = (queue: LeasedQueue<Task>, work: (task: Task, signal: AbortSignal) => Promise<void>, atOnce = 1) => {
  const errors: unknown[] = []
  running = startLeasedWork({
    queue,
    work,
    atOnce,
    newId: randomUUID,
    onError: (error) => errors.push(error),
    beatMs: 5,
  })
  return { errors, running }
}

describe('whoever works on what waits in a queue', () => {
  it('takes as many tasks as it may, and the next when one has ended', async () => {
    const { queue } = queueOf('a', 'b', 'c')
    const { begun, work } = manualWork()
    const { running: looked } = start(queue, work, 2)
    await vi.waitFor(() => expect([...begun.keys()]).toEqual(['a', 'b']), 10_000)
    expect(looked.runningCount()).toBe(2)
    begun.get('a')!.end()
    await vi.waitFor(() => expect([...begun.keys()]).toEqual(['a', 'b', 'c']), 10_000)
  })

  it('finds what comes later without being told, and at once when it is told', async () => {
    const { queue, waiting } = queueOf()
    const { begun, work } = manualWork()
    const { running: looked } = start(queue, work, 2)
    waiting.push('unasked')
    await vi.waitFor(() => expect([...begun.keys()]).toEqual(['unasked']), 10_000)
    waiting.push('asked')
    looked.look()
    await vi.waitFor(() => expect([...begun.keys()]).toEqual(['unasked', 'asked']), 10_000)
  })

  it('stops a task that is no longer its own, and does not put it back', async () => {
    const { queue, leases, putBack } = queueOf('a')
    const { begun, work } = manualWork()
    start(queue, work)
    await vi.waitFor(() => expect(begun.has('a')).toBe(true), 10_000)
    leases.clear()
    await vi.waitFor(() => expect(begun.get('a')!.signal.aborted).toBe(true), 10_000)
    expect(putBack).toEqual([])
  })

  it('reports what a task throws, and goes on with the next', async () => {
    const { queue } = queueOf('a', 'b')
    const { begun, work } = manualWork()
    const { errors } = start(queue, work)
    await vi.waitFor(() => expect(begun.has('a')).toBe(true), 10_000)
    begun.get('a')!.fail(new Error('no'))
    await vi.waitFor(() => expect(begun.has('b')).toBe(true), 10_000)
    expect(errors).toEqual([new Error('no')])
  })

  it('goes on looking when the queue cannot be asked for a moment', async () => {
    const { queue, waiting } = queueOf('a')
    const { begun, work } = manualWork()
    let isAway = true
    const { errors } = start(
      { ...queue, claim: (id) => (isAway ? Promise.reject(new Error('away')) : queue.claim(id)) },
      work,
    )
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), 10_000)
    expect(waiting).toEqual(['a'])
    isAway = false
    await vi.waitFor(() => expect(begun.has('a')).toBe(true), 10_000)
  })

  it('lets tasks end while it shuts down, and puts back those that do not', async () => {
    const { queue, putBack, waiting } = queueOf('quick', 'slow')
    const { begun, work } = manualWork()
    const { running: looked } = start(queue, work, 2)
    await vi.waitFor(() => expect(begun.size).toBe(2), 10_000)
    waiting.push('late')
    const stopped = looked.stop(50)
    begun.get('quick')!.end()
    await stopped
    expect(putBack).toEqual(['slow'])
    expect(waiting).toEqual(['late'])
    expect(looked.runningCount()).toBe(0)
  })
})
