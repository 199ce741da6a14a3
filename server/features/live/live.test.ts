/** The log is looked at when somebody says that it has grown, and every now and then though nobody does. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import type { NoticeListener } from '#kernel/notices.ts'
import { AT, at } from './for-tests.ts'
import { startLive } from './live.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A log in which nothing is ever written, and that counts how often it is read. */
const started = async () => {
  let reads = 0
  let listener!: NoticeListener
  const live = await startLive({
    log: {
      open: async () => at(0),
      readOn: async () => {
        reads++
        return { entries: [], hasMore: false }
      },
      joinAs: async () => ({ conversationIds: [], missed: [] }),
      knows: async () => true,
      findTypist: async () => undefined,
      sweep: async () => 0,
    },
    notices: {
      post: async () => {},
      listen: async (added) => void (listener = added),
      close: async () => {},
    },
    clock: { now: () => AT },
    explainHidden: async () => new AppError('conversation.not_found'),
    onLeft: () => {},
    onError: (error) => {
      throw error
    },
  })
  const readsAfter = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms)
    const count = reads
    reads = 0
    return count
  }
  return { live, listener, readsAfter }
}

describe('the log', () => {
  it('is read at the start, and then once in five seconds though nothing was noticed', async () => {
    const { readsAfter } = await started()
    expect([await readsAfter(0), await readsAfter(4_999), await readsAfter(1), await readsAfter(10_000)]).toEqual([
      1, 0, 1, 2,
    ])
  })

  it('is read when it has grown and when notices may have been missed, and not for other notices', async () => {
    const { listener, readsAfter } = await started()
    await readsAfter(0)
    listener.onNotice({ kind: 'team-events' })
    expect(await readsAfter(0)).toBe(1)
    listener.onGap()
    expect(await readsAfter(0)).toBe(1)
    listener.onNotice({ kind: 'stop', from: 'elsewhere', reply: 'r' })
    listener.onNotice({ kind: 'typing', conversation: 'a', person: { id: 'ada', name: 'Ada' } })
    expect(await readsAfter(0)).toBe(0)
  })

  it('is read no more once it is stopped', async () => {
    const { live, listener, readsAfter } = await started()
    await readsAfter(0)
    live.stop()
    listener.onNotice({ kind: 'team-events' })
    expect(await readsAfter(60_000)).toBe(0)
  })
})
