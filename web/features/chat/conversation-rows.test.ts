import { describe, expect, it } from 'vitest'
import type { Message, Reply } from '#contract/app/index.ts'
import { unreachable } from '../../lib/request-error.ts'
import { conversationRows, messagesLag } from './conversation-rows.ts'
import { isSending, withFailure, without, withOutgoing, withRetry, type Outbox } from './outbox.ts'

const made = (id: string, role: Message['role'] = 'user'): Message => ({
  id,
  conversationId: 'c',
  role,
  content: id,
  model: null,
  promptTokens: null,
  completionTokens: null,
  status: 'complete',
  createdAt: '2026-01-01T00:00:00.000Z',
})

const reply = (status: Reply['status'], fields: Partial<Reply> = {}): Reply => ({
  id: 'r',
  messageId: 'answer',
  questionId: 'question',
  model: 'demo',
  status,
  error: null,
  startedAt: '2026-01-01T00:00:01.000Z',
  ...fields,
})

const question = made('question')
const answer = made('answer', 'assistant')
const kinds = (...given: Parameters<typeof conversationRows>) =>
  conversationRows(...given).map(({ kind, key }) => `${kind} ${key}`)

describe('sending a message', () => {
  const box = withOutgoing([], 'local', 'Hi', 'demo')

  it('shows it at once, after everything stored', () => {
    expect(kinds([question, answer], box, null)).toEqual(['message question', 'message answer', 'outgoing local'])
    expect(isSending(box)).toBe(true)
  })

  it('shows a reply that starts before the server’s answer has arrived below it', () => {
    expect(kinds([], box, { reply: reply('queued'), text: '' })).toEqual(['outgoing local', 'live answer'])
  })

  it('keeps text and reason when it fails', () => {
    const failed = withFailure(box, 'local', unreachable())
    expect(failed).toMatchObject([{ content: 'Hi', state: 'failed', error: { code: 'network' } }])
    expect(isSending(failed)).toBe(false)
  })

  it('can be tried again, also with another model, as the last one in the row', () => {
    const two: Outbox = withOutgoing(withFailure(box, 'local', unreachable()), 'second', 'There', 'demo')
    expect(withRetry(two, 'local', 'other')).toMatchObject([
      { localId: 'second' },
      { localId: 'local', content: 'Hi', model: 'other', state: 'sending', error: null },
    ])
  })

  it('ends with the message in its place', () => {
    expect(kinds([question], without(box, 'local'), null)).toEqual(['message question'])
  })
})

describe('a reply', () => {
  it('has from its first word the key of the message that it becomes', () => {
    expect(kinds([question], [], { reply: reply('running'), text: 'He' })).toEqual(['message question', 'live answer'])
    expect(kinds([question, answer], [], { reply: reply('complete'), text: 'Hello' })).toEqual([
      'message question',
      'message answer',
    ])
  })

  it('that is being written is the last row, so no message before it offers to ask again', () => {
    const rows = conversationRows([question, made('earlier answer', 'assistant')], [], {
      reply: reply('running'),
      text: '',
    })
    expect(rows.map((row) => row.kind === 'message' && row.isLast)).toEqual([false, false, false])
  })

  it('stays visible between its end and the arrival of its message', () => {
    expect(kinds([question], [], { reply: reply('complete'), text: 'Hello' })).toEqual([
      'message question',
      'live answer',
    ])
  })

  it('is shown once when it is written anew over its earlier message', () => {
    expect(kinds([question, answer], [], { reply: reply('running'), text: '' })).toEqual([
      'message question',
      'live answer',
    ])
  })

  it.each(['failed', 'stopped', 'interrupted'] as const)(
    'that has %s without a word says so under its question',
    (status) => {
      expect(kinds([question], [], { reply: reply(status), text: '' })).toEqual(['message question', 'ended answer'])
    },
  )

  it('that broke off says why under what was kept of it', () => {
    const error = { code: 'model.cut_off', message: 'Lost.', retryable: true }
    const rows = conversationRows([question, answer], [], { reply: reply('failed', { error }), text: 'He' })
    expect(rows.map((row) => row.kind === 'message' && row.error)).toEqual([null, error])
  })

  it('that failed is not mentioned any more once the conversation has gone on', () => {
    expect(kinds([question, made('next')], [], { reply: reply('failed'), text: '' })).toEqual([
      'message question',
      'message next',
    ])
  })
})

describe('the stored messages are read again', () => {
  it('when a reply answers a question that this page does not know', () => {
    expect(messagesLag([made('other')], { reply: reply('running'), text: '' })).toBe('question question')
  })
  it('when a reply has ended and its message is missing', () => {
    expect(messagesLag([question], { reply: reply('complete'), text: 'Hello' })).toBe('answer r complete')
  })
  it('also when it failed: what had been written may have been kept', () => {
    expect(messagesLag([question], { reply: reply('failed'), text: '' })).toBe('answer r failed')
  })
  it('but not when nothing is missing', () => {
    expect(messagesLag([question], null)).toBeNull()
    expect(messagesLag([question], { reply: reply('running'), text: 'He' })).toBeNull()
    expect(messagesLag([question, answer], { reply: reply('complete'), text: 'Hello' })).toBeNull()
  })
})
