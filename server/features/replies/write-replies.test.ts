/** A reply is written once, whatever breaks: its text is kept, its end is told once, and the next one follows. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError, type ErrorCode } from '#kernel/errors.ts'
import type { Message } from '../messages/index.ts'
import { HANG, messageOf, modelThat, type ModelStep, progressOf, replyOf } from './for-tests.ts'
import type { LanguageModel } from './language-model.ts'
import type { Reply, ReplyProgress } from './reply.ts'
import type { ReplyFeeds } from './reply-feeds.ts'
import type { Ending } from './reply-store.ts'
import { makeReplyWriter } from './write-replies.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const NOW = new Date('2026-01-02T03:04:05.678Z')
const STOP = { reason: 'stop' } as const

/** The database: ends a reply once, for whoever comes first. */
const fakeStore = (queued: Reply[] = []) => {
  const ended = new Map<string, { ending: Ending; message: Message | null }>()
  const store = {
    ended,
    /** What happens before the next ends: a failure, with or without the work done. */
    beforeEnd: [] as ((id: string, done: () => unknown) => void)[],
    findBrief: vi.fn(async (_reply: Reply) => ({
      turns: [{ role: 'user' as const, content: 'Question' }],
      sealedKey: 'sealed',
    })),
    started: [] as number[],
    endingOf: (ordinal: number) => ended.get(`reply-${ordinal}`)?.ending,
    async end(reply: Reply, ending: Ending) {
      const work = () => {
        if (ended.has(reply.id)) return undefined
        const changed: Reply = { ...reply, ...ending, endedAt: ending.now }
        const message = ending.text === '' ? null : messageOf(changed, ending.text)
        ended.set(reply.id, { ending, message })
        return { reply: changed, message }
      }
      store.beforeEnd.shift()?.(reply.id, work)
      return work()
    },
    async startNext() {
      const next = queued.shift()
      if (next !== undefined) store.started.push(next.ordinal)
      return next
    },
    async progressForReaders(_id: string, ordinal: number): Promise<ReplyProgress[]> {
      const found = ended.get(`reply-${ordinal}`)
      if (found === undefined) return [progressOf(replyOf(ordinal), '')]
      const reply = replyOf(ordinal, found.ending.status, { endedAt: NOW })
      return [{ reply, text: found.ending.text, message: found.message }]
    },
  }
  return store
}

const writing = (options: {
  model?: LanguageModel | ((reply: string) => LanguageModel)
  queued?: Reply[]
  resolve?: () => Promise<LanguageModel>
}) => {
  const store = fakeStore(options.queued)
  const told: string[] = []
  /** The keys that models were asked with. */
  const keys: (string | undefined)[] = []
  const errors: unknown[] = []
  const journaled: { offset: number; text: string }[] = []
  const titles: { ordinal: number; answer: string; isHurried(): boolean }[] = []
  let titling: Promise<void> = Promise.resolve()
  const feeds = {
    started: (reply: Reply) => void told.push(`started ${reply.ordinal}`),
    wrote: (reply: Reply, text: string) => void told.push(`wrote ${reply.ordinal} ${text}`),
    ended: (reply: Reply, message: Message | null) =>
      void told.push(`ended ${reply.ordinal} ${reply.status} ${message?.content ?? '-'}`),
    letGo: (reply: Reply) => void told.push(`let go ${reply.ordinal}`),
    refresh: () => void told.push('refresh'),
  } satisfies Partial<ReplyFeeds>
  const writer = makeReplyWriter({
    store,
    feeds,
    journal: { write: (_reply, offset, text) => void journaled.push({ offset, text }), settle: async () => {} },
    resolveWithKey: async (_userId, { choice }, sealedKey) => {
      keys.push(sealedKey)
      if (options.resolve !== undefined) return options.resolve()
      return typeof options.model === 'function' ? options.model(choice) : options.model!
    },
    makeTitle: async (reply, _turns, answer, signal) => {
      titles.push({ ordinal: reply.ordinal, answer, isHurried: () => signal.aborted })
      await titling
    },
    clock: { now: () => NOW },
    serverId: 'here',
    onError: (error) => errors.push(error),
  })
  return {
    store,
    told,
    keys,
    errors,
    journaled,
    titles,
    writer,
    holdTitles: (until: Promise<void>) => void (titling = until),
  }
}

/** Until nothing happens any more without the clock. */
const quiet = () => vi.advanceTimersByTimeAsync(0)

const written = async (...steps: readonly ModelStep[]) => {
  const given = writing({ model: modelThat(...steps) })
  given.writer.start(replyOf(1))
  await quiet()
  return given
}

describe('a reply that is written to its end', () => {
  it('is stored with its text, its model and its token counts', async () => {
    const finish = { reason: 'stop', promptTokens: 7, completionTokens: 3, model: 'real/model' } as const
    const { store, told, errors } = await written('Hel', 'lo', finish)
    expect(store.endingOf(1)).toMatchObject({
      status: 'complete',
      finishReason: 'stop',
      errorCode: null,
      text: 'Hello',
      model: 'real/model',
      promptTokens: 7,
      completionTokens: 3,
      now: NOW,
    })
    expect(told).toEqual(['started 1', 'wrote 1 Hel', 'wrote 1 lo', 'ended 1 complete Hello'])
    expect(errors).toEqual([])
  })

  it.each(['stop', 'length', 'content-filter', 'other'] as const)('keeps why it ended: %s', async (reason) => {
    const { store } = await written('text', { reason })
    expect(store.endingOf(1)).toMatchObject({ status: 'complete', finishReason: reason })
  })

  it('is journaled as it is written, each piece where it begins', async () => {
    const { journaled } = await written('a🙂', 'b', 'c', STOP)
    expect(journaled).toEqual([
      { offset: 0, text: 'a🙂' },
      { offset: 3, text: 'b' },
      { offset: 4, text: 'c' },
    ])
  })
})

describe('a reply whose model fails', () => {
  const codes = [
    'model.key_rejected',
    'model.no_funds',
    'model.rate_limited',
    'model.unreachable',
    'model.failed',
    'model.timeout',
    'model.garbled',
    'model.cut_off',
    'model.empty',
    'model.not_available',
  ] as const satisfies ErrorCode[]

  it.each(codes)('with %s keeps what it has, and says why', async (code) => {
    const { store, told, errors } = await written('Half an ', 'answer', { fails: code })
    expect(store.endingOf(1)).toMatchObject({
      status: 'failed',
      finishReason: null,
      errorCode: code,
      text: 'Half an answer',
      promptTokens: null,
      completionTokens: null,
    })
    expect(told.at(-1)).toBe('ended 1 failed Half an answer')
    expect(errors).toEqual([])
  })

  it('before its first word has no message', async () => {
    const { told } = await written({ fails: 'model.unreachable' })
    expect(told).toEqual(['started 1', 'ended 1 failed -'])
  })

  it('without an end is cut off', async () => {
    const { store } = await written('Half')
    expect(store.endingOf(1)).toMatchObject({ status: 'failed', errorCode: 'model.cut_off', text: 'Half' })
  })

  it('in a way that nobody foresaw is an internal error, and logged', async () => {
    const problem = new TypeError('unforeseen')
    const { store, errors } = await written('Half', { fails: problem })
    expect(store.endingOf(1)).toMatchObject({ status: 'failed', errorCode: 'server.internal', text: 'Half' })
    expect(errors).toEqual([problem])
  })

  it('because it is not to be had any more fails too', async () => {
    const { writer, store } = writing({ resolve: () => Promise.reject(new AppError('model.not_configured')) })
    writer.start(replyOf(1))
    await quiet()
    expect(store.endingOf(1)).toMatchObject({ status: 'failed', errorCode: 'model.not_configured', text: '' })
  })
})

describe('the brief of a reply', () => {
  it('is not read again where it was given: the model is asked at once', async () => {
    const { writer, store, keys } = writing({ model: modelThat('text', STOP) })
    writer.start(replyOf(1), { turns: [{ role: 'user', content: 'Question' }], sealedKey: 'of the batch' })
    await quiet()
    expect(store.findBrief).not.toHaveBeenCalled()
    expect(keys).toEqual(['of the batch'])
    expect(store.endingOf(1)).toMatchObject({ status: 'complete', text: 'text' })
  })

  it('is read where a reply has waited: key and dialogue may have changed meanwhile', async () => {
    const { writer, store, keys } = writing({ model: modelThat('text', STOP), queued: [replyOf(2)] })
    writer.start(replyOf(1), { turns: [{ role: 'user', content: 'Question' }], sealedKey: 'of the batch' })
    await quiet()
    expect(store.findBrief.mock.calls).toEqual([[expect.objectContaining({ id: 'reply-2' })]])
    expect(keys).toEqual(['of the batch', 'sealed'])
  })
})

describe('a reply that is stopped', () => {
  it('keeps its text', async () => {
    const { writer, store, told } = await written('Half', HANG)
    expect(writer.stop('reply-1')).toBe(true)
    await quiet()
    expect(store.endingOf(1)).toMatchObject({ status: 'stopped', errorCode: null, text: 'Half' })
    expect(told).toContain('ended 1 stopped Half')
    expect(writer.runningCount()).toBe(0)
  })

  it('when its model has just said the end is complete, counts and all', async () => {
    const gate = Promise.withResolvers<void>()
    const { writer, store } = writing({
      model: modelThat('All', { reason: 'stop', promptTokens: 1, completionTokens: 2 }),
    })
    store.beforeEnd.push(() => void writer.stop('reply-1'))
    writer.start(replyOf(1))
    gate.resolve()
    await quiet()
    expect(store.endingOf(1)).toMatchObject({ status: 'complete', promptTokens: 1, completionTokens: 2 })
  })

  it('tells readers of what waited behind it and was stopped with it', async () => {
    const { writer, told } = await written('Half', HANG)
    writer.stop('reply-1')
    await quiet()
    expect(told.slice(-2)).toEqual(['ended 1 stopped Half', 'refresh'])
  })

  it('is none that is written elsewhere', async () => {
    const { writer } = writing({ model: modelThat(STOP) })
    expect(writer.stop('reply-1')).toBe(false)
  })

  it('because its conversation was deleted stores nothing', async () => {
    const { writer, store } = await written('Half', HANG)
    writer.abandon([replyOf(1).conversationId])
    await quiet()
    expect(store.ended.size).toBe(0)
    expect(writer.runningCount()).toBe(0)
  })
})

describe('the end of a reply', () => {
  const broken = () => new AppError('server.unavailable')

  it('has exactly one winner: who loses lets go and ends nothing', async () => {
    const { writer, store, told, titles } = writing({ model: modelThat('text', STOP) })
    store.beforeEnd.push((_id, _work) => void store.end(replyOf(1), { ...interrupted, text: 'te' }))
    writer.start(replyOf(1, 'running', { makesTitle: true }))
    await quiet()
    expect(store.endingOf(1)).toMatchObject({ status: 'interrupted', text: 'te' })
    expect(told.at(-1)).toBe('let go 1')
    expect(titles).toEqual([])
  })

  it('waits for a database that is away, however long', async () => {
    const { writer, store, told } = writing({ model: modelThat('text', STOP) })
    for (let tries = 0; tries < 50; tries++) {
      store.beforeEnd.push(() => {
        throw broken()
      })
    }
    writer.start(replyOf(1))
    await vi.advanceTimersByTimeAsync(50 * 2_000)
    expect(store.endingOf(1)).toMatchObject({ status: 'complete', text: 'text' })
    expect(told.at(-1)).toBe('ended 1 complete text')
  })

  it('is found when only the answer of the database was lost', async () => {
    const { writer, store, told, titles } = writing({ model: modelThat('text', STOP) })
    store.beforeEnd.push((_id, work) => {
      work()
      throw broken()
    })
    writer.start(replyOf(1, 'running', { makesTitle: true }))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told.at(-1)).toBe('ended 1 complete text')
    expect(titles.map(({ answer }) => answer)).toEqual(['text'])
  })

  it('comes without its text when the database refuses that for good, so that the conversation can go on', async () => {
    const { writer, store } = writing({ model: modelThat('text', STOP), queued: [replyOf(2)] })
    for (let tries = 0; tries < 4; tries++) {
      store.beforeEnd.push(() => {
        throw new Error('invalid byte sequence')
      })
    }
    writer.start(replyOf(1))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(store.endingOf(1)).toMatchObject({ status: 'failed', errorCode: 'server.internal', text: '' })
    expect(store.started).toEqual([2])
  })
})

describe('what waits behind a reply', () => {
  it('is written in order, one after the other', async () => {
    const { writer, told } = writing({ model: modelThat('text', STOP), queued: [replyOf(2), replyOf(3)] })
    writer.start(replyOf(1))
    await quiet()
    expect(told.filter((line) => !line.startsWith('wrote'))).toEqual([
      'started 1',
      'ended 1 complete text',
      'started 2',
      'ended 2 complete text',
      'started 3',
      'ended 3 complete text',
    ])
  })

  it('follows a reply that failed, too', async () => {
    const { writer, store } = writing({ model: modelThat({ fails: 'model.failed' }), queued: [replyOf(2)] })
    writer.start(replyOf(1))
    await quiet()
    expect(store.started).toEqual([2])
  })
})

describe('a title', () => {
  it('is made once, from the first reply that has text', async () => {
    const { writer, titles } = writing({ model: modelThat('Answer', STOP), queued: [replyOf(2)] })
    writer.start(replyOf(1, 'running', { makesTitle: true }))
    await quiet()
    expect(titles.map(({ ordinal, answer }) => [ordinal, answer])).toEqual([[1, 'Answer']])
  })

  it('is not made of nothing', async () => {
    const { writer, titles } = writing({ model: modelThat({ fails: 'model.failed' }) })
    writer.start(replyOf(1, 'running', { makesTitle: true }))
    await quiet()
    expect(titles).toEqual([])
  })

  it('holds up neither the end nor the next reply', async () => {
    const given = writing({ model: modelThat('Answer', STOP), queued: [replyOf(2)] })
    given.holdTitles(new Promise(() => {}))
    given.writer.start(replyOf(1, 'running', { makesTitle: true }))
    await quiet()
    expect(given.told).toContain('ended 2 complete Answer')
  })
})

describe('a shutdown', () => {
  it('lets a reply finish that can, and then ends at once', async () => {
    const gate = Promise.withResolvers<void>()
    const { writer, store } = writing({ model: modelThat('Half', { until: gate.promise }, ' and half', STOP) })
    writer.start(replyOf(1))
    await quiet()
    const over = writer.shutDown(5_000)
    gate.resolve()
    await over
    expect(store.endingOf(1)).toMatchObject({ status: 'complete', text: 'Half and half' })
  })

  it('interrupts what is not over in time, and keeps its text', async () => {
    const { writer, store, told } = await written('Half', HANG)
    const over = writer.shutDown(5_000)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(store.ended.size).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    await over
    expect(store.endingOf(1)).toMatchObject({ status: 'interrupted', errorCode: 'reply.interrupted', text: 'Half' })
    expect(told.at(-1)).toBe('ended 1 interrupted Half')
  })

  it('starts nothing that waits: whoever lives on does', async () => {
    const { writer, store } = writing({ model: modelThat('text', HANG), queued: [replyOf(2)] })
    writer.start(replyOf(1))
    await quiet()
    const over = writer.shutDown(0)
    await vi.advanceTimersByTimeAsync(0)
    await over
    expect(store.started).toEqual([])
  })

  it('interrupts at once what is begun later, without asking a model', async () => {
    const model = modelThat('text', STOP)
    const { writer, store } = writing({ model })
    await writer.shutDown(0)
    expect(writer.isOpen).toBe(false)
    writer.start(replyOf(1))
    await writer.drained()
    expect(store.endingOf(1)).toMatchObject({ status: 'interrupted', text: '' })
    expect(model.calls).toBe(0)
  })

  it('gives titles as long as replies, then hurries them', async () => {
    const given = writing({ model: modelThat('Answer', STOP) })
    const gate = Promise.withResolvers<void>()
    given.holdTitles(gate.promise)
    given.writer.start(replyOf(1, 'running', { makesTitle: true }))
    await quiet()
    let isOver = false
    const over = given.writer.shutDown(5_000).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(4_999)
    expect(given.titles[0]?.isHurried()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect([given.titles[0]?.isHurried(), isOver]).toEqual([true, false])
    gate.resolve()
    await over
  })

  it('does not wait for ever for a database that is away', async () => {
    const { writer, store, told } = writing({ model: modelThat('text', HANG) })
    for (let tries = 0; tries < 50; tries++) {
      store.beforeEnd.push(() => {
        throw new AppError('server.unavailable')
      })
    }
    writer.start(replyOf(1))
    await quiet()
    const over = writer.shutDown(0)
    await vi.advanceTimersByTimeAsync(10_000)
    await over
    expect(told.at(-1)).toBe('let go 1')
  })
})

const interrupted: Ending = {
  status: 'interrupted',
  finishReason: null,
  errorCode: 'reply.interrupted',
  text: '',
  model: 'some/model',
  promptTokens: null,
  completionTokens: null,
  now: NOW,
}
