import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message, Reply, StreamEvent } from '#contract/app/index.ts'
import { noStream, replyStream, type ReplyStream, type StreamAction } from './reply-stream.ts'

const timestamp = '2026-01-01T00:00:00.000Z'

const reply = (id: string, fields: Partial<Reply> = {}): Reply => ({
  id,
  messageId: `message of ${id}`,
  questionId: `question of ${id}`,
  model: 'demo',
  status: 'running',
  error: null,
  startedAt: timestamp,
  ...fields,
})

const message = (content: string): Message => ({
  id: 'message of a',
  conversationId: 'c',
  role: 'assistant',
  content,
  model: 'demo',
  promptTokens: 3,
  completionTokens: 5,
  status: 'complete',
  createdAt: timestamp,
})

const started = (id: string, fields?: Partial<Reply>): StreamEvent => ({
  type: 'reply-started',
  reply: reply(id, fields),
  timestamp,
})
const delta = (replyId: string, offset: number, text: string): StreamEvent => ({
  type: 'text-delta',
  replyId,
  offset,
  text,
  timestamp,
})
const ended = (id: string, content: string | null, fields: Partial<Reply> = {}): StreamEvent => ({
  type: 'reply-ended',
  reply: reply(id, { status: 'complete', ...fields }),
  message: content === null ? null : message(content),
  timestamp,
})
const connected: StreamEvent = { type: 'connected', timestamp }

const after = (...actions: StreamAction[]): ReplyStream => actions.reduce(replyStream, noStream)

describe('the text of a reply', () => {
  it('grows with what arrives', () => {
    expect(after(started('a'), delta('a', 0, 'Hel'), delta('a', 3, 'lo')).latest?.text).toBe('Hello')
  })

  it('is the same when a piece is repeated', () => {
    const state = after(started('a'), delta('a', 0, 'Hel'), delta('a', 3, 'lo'))
    expect(replyStream(state, delta('a', 0, 'Hel'))).toBe(state)
    expect(replyStream(state, delta('a', 2, 'lo'))).toBe(state)
  })

  it('takes from an overlapping piece only what is new', () => {
    expect(
      after(started('a'), delta('a', 0, 'Hello'), delta('a', 3, 'lo wor'), delta('a', 0, 'Hello world')).latest?.text,
    ).toBe('Hello world')
  })

  it('is whole whichever pieces come again after a reconnection', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.array(fc.nat(), { maxLength: 12 }), (text, cuts) => {
        // Any walk that never leaves a gap: each piece starts at or before what is known.
        let known = 0
        const pieces: StreamEvent[] = []
        for (const cut of [...cuts, 0, text.length]) {
          const offset = cut % (known + 1)
          const end = Math.min(text.length, offset + 1 + (cut % 7))
          pieces.push(delta('a', offset, text.slice(offset, end)))
          known = Math.max(known, end)
        }
        pieces.push(delta('a', 0, text))
        expect(after(started('a'), ...pieces).latest?.text).toBe(text)
      }),
    )
  })

  it('never skips: a gap asks for the stream from the start, once', () => {
    const state = after(connected, started('a'), delta('a', 0, 'Hel'), delta('a', 9, 'x'), delta('a', 10, 'y'))
    expect(state.latest?.text).toBe('Hel')
    expect(state.resyncs).toBe(1)
    const whole = [connected, started('a'), delta('a', 0, 'Hello wo'), delta('a', 8, 'rld')].reduce(replyStream, state)
    expect(whole.latest?.text).toBe('Hello world')
    expect(whole.resyncs).toBe(1)
  })

  it('starts again from nothing with a new reply', () => {
    const state = after(
      started('a'),
      delta('a', 0, 'Old'),
      ended('a', 'Old'),
      started('b', { startedAt: '2026-01-01T00:00:09.000Z' }),
      delta('b', 0, 'New'),
    )
    expect(state.latest).toMatchObject({ reply: { id: 'b' }, text: 'New' })
  })
})

describe('replies that are not the latest', () => {
  const newer = { startedAt: '2026-01-01T00:00:09.000Z' }

  it('change nothing when they start late', () => {
    const state = after(started('b', newer), delta('b', 0, 'New'))
    expect(replyStream(state, started('a'))).toBe(state)
  })

  it('change nothing when they end late', () => {
    const state = after(started('b', newer), delta('b', 0, 'New'))
    expect(replyStream(state, ended('a', 'Old'))).toBe(state)
  })

  it('are asked about once when text of an unknown one arrives', () => {
    const state = after(connected, delta('x', 5, 'what'), delta('x', 9, 'is'))
    expect(state).toMatchObject({ latest: null, rereads: 2, resyncs: 1 })
  })
})

describe('the end of a reply', () => {
  it('brings the stored text, whatever had arrived, and reads the conversation again', () => {
    const before = after(started('a'), delta('a', 0, 'Hel'))
    const state = replyStream(before, ended('a', 'Hello'))
    expect(state.latest).toEqual({ reply: reply('a', { status: 'complete' }), text: 'Hello' })
    expect(state.rereads).toBe(before.rereads + 1)
  })

  it('keeps the error of one that failed without text', () => {
    const error = { code: 'model.no_funds', message: 'No credit left.', retryable: false }
    expect(after(started('a'), ended('a', null, { status: 'failed', error })).latest).toMatchObject({
      text: '',
      reply: { status: 'failed', error },
    })
  })

  it('is final: what was overtaken on its way does not start it again', () => {
    const state = after(started('a'), ended('a', 'Hello'))
    expect(replyStream(state, delta('a', 5, ' again'))).toBe(state)
    expect(replyStream(state, started('a'))).toBe(state)
    expect(replyStream(state, { type: 'reply-known', reply: reply('a') })).toBe(state)
  })

  it('is learned from reading the conversation too', () => {
    const state = after(started('a'), delta('a', 0, 'Hel'), {
      type: 'reply-known',
      reply: reply('a', { status: 'stopped' }),
    })
    expect(state.latest).toMatchObject({ text: 'Hel', reply: { status: 'stopped' } })
  })
})

describe('the connection', () => {
  it('reads the conversation again whenever it is made: things may have happened in between', () => {
    const state = after(connected, { type: 'disconnected' })
    expect(state).toMatchObject({ isConnected: false, rereads: 1 })
    expect(replyStream(state, connected)).toMatchObject({ isConnected: true, rereads: 2 })
  })

  it('keeps the text while it is down', () => {
    expect(after(connected, started('a'), delta('a', 0, 'Hel'), { type: 'disconnected' }).latest?.text).toBe('Hel')
  })

  it('lets heartbeats and unknown events pass', () => {
    const state = after(connected)
    expect(replyStream(state, { type: 'heartbeat', timestamp })).toBe(state)
    expect(replyStream(state, { type: 'something-new' } as unknown as StreamAction)).toBe(state)
  })
})
