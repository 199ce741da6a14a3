import { describe, expect, it } from 'vitest'
import type { TrainingContent, TrainingTurn } from './content.ts'
import { withTurnChanged } from './edit-turn.ts'

const user: TrainingTurn = { role: 'user', content: 'Hello.', train: false }
const answer: TrainingTurn = { role: 'assistant', content: 'Hi.', train: true }
const content: TrainingContent = { turns: [user, answer] }
const after = (turn: number, ...changes: Parameters<typeof withTurnChanged>[2][]) =>
  changes.reduce((now, change) => withTurnChanged(now, turn, change) ?? now, content).turns[turn - 1]

describe('a changed turn', () => {
  it('keeps the first thing that was said as the rejected one, however often it is changed', () => {
    expect(after(2, { content: 'Good day.' }, { content: 'Welcome.' })).toEqual({
      ...answer,
      content: 'Welcome.',
      rejected: 'Hi.',
    })
  })

  it('is no pair once it says again what it said first', () => {
    expect(after(2, { content: 'Good day.' }, { content: 'Hi.' })).toEqual(answer)
  })

  it('is never a pair where a person speaks', () => {
    expect(after(1, { content: 'Hello there.' })).toEqual({ ...user, content: 'Hello there.' })
  })

  it('has nothing to reject where a tool was called in silence', () => {
    const silent: TrainingTurn = {
      role: 'assistant',
      content: null,
      toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }],
      train: true,
    }
    expect(withTurnChanged({ turns: [user, silent] }, 2, { content: 'Let me see.' })?.turns[1]).toEqual({
      ...silent,
      content: 'Let me see.',
    })
  })

  it('can be excluded from learning, but a person’s turn can not be learned from', () => {
    expect(after(2, { train: false })).toEqual({ ...answer, train: false })
    expect(() => withTurnChanged(content, 1, { train: true })).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    )
  })

  it('is not changed by what it is already', () => {
    for (const change of [{}, { content: 'Hi.' }, { train: true }, { scores: { empathy: null } }, { comment: '' }])
      expect(withTurnChanged(content, 2, change)).toBeUndefined()
  })

  it('adds and removes scores one by one', () => {
    expect(after(2, { scores: { empathy: 9, clarity: 8 } }, { scores: { empathy: null } })).toEqual({
      ...answer,
      scores: { clarity: 8 },
    })
    expect(after(2, { scores: { empathy: 9 } }, { scores: { empathy: null } })).toEqual(answer)
  })

  it('is number 0 where it is the system prompt, and there is none without one', () => {
    const system: TrainingTurn = { role: 'system', content: 'Be kind.', train: false }
    const changed = withTurnChanged({ turns: [system, ...content.turns] }, 0, { content: 'Be brief.' })
    expect(changed?.turns[0]?.content).toBe('Be brief.')
    for (const number of [-1, 0, 3])
      expect(() => withTurnChanged(content, number, { content: 'x' })).toThrow(
        expect.objectContaining({ code: 'training.no_turn' }),
      )
  })
})
