import { describe, expect, it } from 'vitest'
import type { PersonEvent } from '#contract/messages/team.ts'
import { ada, aMessage, at, conversationId, grace } from './for-tests.ts'
import { typingAfter, typingAt, TYPING_FOR, type Typing } from './typing.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const { mentions: _mentions, editedAt: _editedAt, model: _model, can: _can, ...told } = aMessage(1)
const typing = (person: typeof ada): PersonEvent => ({ type: 'typing', conversationId, person, timestamp: at(0) })
const posted = (fields: Partial<typeof told>): PersonEvent => ({
  type: 'message-posted',
  message: { ...told, ...fields },
  timestamp: at(0),
})
const after = (events: readonly PersonEvent[], now = 1000) =>
  events.reduce<Typing>((state, event) => typingAfter(state, event, now), {})
const names = (state: Typing) => state[conversationId]?.map(({ name }) => name) ?? []

describe('who is writing', () => {
  it('is everybody who said so, each once', () => {
    expect(names(after([typing(ada), typing(grace), typing(ada)]))).toEqual([grace.name, ada.name])
  })

  it('is no longer who has posted', () => {
    expect(names(after([typing(ada), typing(grace), posted({ senderId: ada.id })]))).toEqual([grace.name])
  })

  it('is forgotten after six seconds of silence', () => {
    const state = after([typing(ada)], 1000)
    expect(names(typingAt(state, 1000 + TYPING_FOR - 1))).toEqual([ada.name])
    expect(names(typingAt(state, 1000 + TYPING_FOR))).toEqual([])
  })

  it('is a model from the start of its answer to its message, and not after a note of the system', () => {
    const started: PersonEvent = { type: 'reply-started', conversationId, timestamp: at(0) }
    expect(names(after([started, posted({ senderId: NOBODY, type: 'system' })]))).toEqual([null])
    expect(names(after([started, posted({ senderId: NOBODY })]))).toEqual([])
  })

  it('is not known after the stream had to begin anew', () => {
    expect(after([typing(ada), { type: 'reset', timestamp: at(0) }])).toEqual({})
  })

  it('stays the same object while nothing changes', () => {
    const state = after([typing(ada)])
    expect(typingAfter(state, { type: 'heartbeat', timestamp: at(0) }, 1000)).toBe(state)
    expect(typingAt(state, 1000)).toBe(state)
  })
})
