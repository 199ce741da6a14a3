/** Replies of dead servers are closed by the living ones, and only those. */
import { describe, expect, it, vi } from 'vitest'
import { progressOf, replyOf } from './for-tests.ts'
import { makeReapReplies } from './reap-replies.job.ts'
import type { Reply, ReplyProgress } from './reply.ts'
import type { Ending } from './reply-store.ts'

const LIVENESS = { beatMs: 5_000, deadAfterMs: 20_000 }

const reaping = ({ abandoned = [] as ReplyProgress[], stalled = [] as string[], isAlone = false } = {}) => {
  let now = Date.parse('2026-01-02T03:04:05.678Z')
  const left = [...abandoned]
  const ended: { reply: Reply; ending: Ending }[] = []
  const started: Reply[] = []
  const errors: unknown[] = []
  const store = {
    beat: vi.fn(async () => {}),
    listAbandoned: vi.fn(async (_deadAfterMs: number, limit: number) => left.slice(0, limit)),
    async end(reply: Reply, ending: Ending) {
      const index = left.findIndex((progress) => progress.reply.id === reply.id)
      if (reply.id === 'reply-666') throw new Error('the database refuses this one')
      left.splice(index, 1)
      ended.push({ reply, ending })
      return { reply, message: null }
    },
    listStalled: async () => stalled,
    startNext: async () => replyOf(9),
  }
  const reap = makeReapReplies({
    store,
    feeds: { refresh: () => {} },
    writer: { start: (reply) => void started.push(reply) },
    clock: { now: () => new Date(now) },
    serverId: 'here',
    isAlone,
    liveness: LIVENESS,
    onError: (error) => errors.push(error),
  })
  return { reap, store, ended, started, errors, pass: (ms: number) => (now += ms) }
}

describe('a round of the reaper', () => {
  it('says that this server lives before it looks for dead ones', async () => {
    const { reap, store } = reaping()
    await reap()
    expect(store.beat).toHaveBeenCalledWith('here', false)
    expect(store.listAbandoned).toHaveBeenCalledAfter(store.beat)
    expect(store.listAbandoned).toHaveBeenCalledWith(20_000, expect.any(Number))
  })

  it('closes what is abandoned as interrupted, with what the journal has', async () => {
    const { reap, ended } = reaping({ abandoned: [progressOf(replyOf(1), 'half')] })
    expect(await reap()).toEqual({ interrupted: 1 })
    expect(ended[0]?.ending).toMatchObject({ status: 'interrupted', errorCode: 'reply.interrupted', text: 'half' })
  })

  it('closes however many there are', async () => {
    const abandoned = Array.from({ length: 250 }, (_value, index) => progressOf(replyOf(index + 1), ''))
    const { reap, ended } = reaping({ abandoned })
    await reap()
    expect(ended).toHaveLength(250)
  })

  it('closes the others when one cannot be closed', async () => {
    const abandoned = [progressOf(replyOf(666), 'poison'), progressOf(replyOf(1), 'half')]
    const { reap, ended, errors } = reaping({ abandoned })
    expect(await reap()).toEqual({ interrupted: 1 })
    expect([ended.map(({ reply }) => reply.ordinal), errors.length]).toEqual([[1], 1])
  })

  it('starts what waited behind them', async () => {
    const { reap, started } = reaping({ stalled: ['conversation'] })
    await reap()
    expect(started.map(({ ordinal }) => ordinal)).toEqual([9])
  })

  it('takes nobody for dead after it has missed beats itself, until all have had time to beat again', async () => {
    const { reap, store, pass } = reaping()
    await reap()
    pass(30_000)
    store.listAbandoned.mockClear()
    await reap()
    for (let beats = 0; beats < 3; beats++) {
      pass(5_000)
      await reap()
    }
    expect(store.listAbandoned).not.toHaveBeenCalled()
    pass(5_000)
    await reap()
    expect(store.listAbandoned).toHaveBeenCalledOnce()
  })

  it('needs no such patience where it is alone', async () => {
    const { reap, store, pass } = reaping({ isAlone: true })
    await reap()
    pass(30_000)
    await reap()
    expect(store.listAbandoned).toHaveBeenCalledTimes(2)
  })
})
