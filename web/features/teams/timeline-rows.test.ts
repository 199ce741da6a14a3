import { expect, it } from 'vitest'
import { ada, aMessage, at, grace, messages } from './for-tests.ts'
import { withOutgoing } from './outbox.ts'
import { timelineRows, type TimelineView } from './timeline-rows.ts'

const rows = (view: Partial<TimelineView>) =>
  timelineRows({ messages: [], outbox: [], myId: grace.id, readAt: null, ...view })
const shape = (view: Partial<TimelineView>) =>
  rows(view).map((row) => (row.kind === 'message' ? (row.goesOn ? 'goes on' : 'message') : row.kind))
const post = (n: number) =>
  withOutgoing([], { id: aMessage(n).id, body: { content: 'Mine', fileIds: [], mentions: [] }, fileNames: [] })

it('groups what one person says within five minutes, and begins again with somebody else or later', () => {
  const list = [
    aMessage(1),
    aMessage(2),
    aMessage(3, { senderId: grace.id }),
    aMessage(4),
    aMessage(9, { createdAt: at(9) }),
  ]
  expect(shape({ messages: list })).toEqual(['day', 'message', 'goes on', 'message', 'message', 'message'])
})

it('puts a line between days', () => {
  const days = rows({ messages: [aMessage(1), aMessage(2, { createdAt: '2026-11-23T12:00:00.000Z' })] }).filter(
    ({ kind }) => kind === 'day',
  )
  expect(days.map(({ key }) => key)).toEqual(['day Sat Nov 21 2026', 'day Mon Nov 23 2026'])
})

it('puts one line above the first message of somebody else after the read mark', () => {
  const list = [aMessage(1), aMessage(2), aMessage(3, { senderId: grace.id }), aMessage(4), aMessage(5)]
  expect(shape({ messages: list, readAt: at(2) })).toEqual([
    'day',
    'message',
    'goes on',
    'message',
    'new',
    'message',
    'goes on',
  ])
})

it('has no such line where everything was seen, or nothing is known', () => {
  expect(shape({ messages: messages(1, 2), readAt: at(2) })).not.toContain('new')
  expect(shape({ messages: messages(1, 2), readAt: null })).not.toContain('new')
})

it('shows what is on its way last, until its message is there', () => {
  expect(shape({ messages: messages(1), outbox: post(7) })).toEqual(['day', 'message', 'outgoing'])
  expect(shape({ messages: [aMessage(1), aMessage(7)], outbox: post(7) })).toEqual(['day', 'message', 'message'])
})

it('gives a message the key that it had on its way, so that nothing jumps when it arrives', () => {
  const before = rows({ outbox: post(7) }).at(-1)
  const after = rows({ messages: messages(7) }).at(-1)
  expect(after?.key).toBe(before?.key)
})

it('hides what is about to be deleted', () => {
  const hidden = new Map([[aMessage(2).id, {}]])
  expect(rows({ messages: messages(1, 2), hidden }).map(({ key }) => key)).not.toContain(aMessage(2).id)
})

it('sets notes of the system apart, and who speaks after one is named again', () => {
  const list = [aMessage(1), aMessage(2, { type: 'system', content: 'Ada added Grace.' }), aMessage(3)]
  expect(shape({ messages: list })).toEqual(['day', 'message', 'system', 'message'])
})

it('does not join two models, or a model and a person', () => {
  const list = [aMessage(1), aMessage(2, { model: 'echo' }), aMessage(3, { model: 'other' })]
  expect(shape({ messages: list })).toEqual(['day', 'message', 'message', 'message'])
})

it('makes ten thousand rows within a frame or two', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => aMessage(n))
  rows({ messages: many })
  const started = performance.now()
  rows({ messages: many })
  expect(performance.now() - started).toBeLessThan(100)
})

it('belongs to the reader when it is theirs', () => {
  expect(rows({ messages: messages(1), outbox: post(7), myId: ada.id }).at(-1)).toMatchObject({ goesOn: true })
})
