/** Each entry reaches everybody it is for, once and in order, and nobody else. */
import { describe, expect, it } from 'vitest'
import { makeAudience } from './audience.ts'
import { AT, at, entry, joined, left, noting } from './for-tests.ts'

const START = at(0)
/** A reader that always has room. */
const ready = { flushed: async () => {}, close: () => {} }

/** Somebody who listens to these conversations from the start. */
const listening = (audience: ReturnType<typeof makeAudience>, personId: string, ...conversationIds: string[]) => {
  const reader = noting()
  const listener = audience.enter(personId, reader, START)
  audience.admit(listener, conversationIds)
  return { listener, told: reader.told }
}

describe('an entry', () => {
  it('for all members reaches those who are in the conversation, in every tab', () => {
    const audience = makeAudience()
    const ada = listening(audience, 'ada', 'a', 'b')
    const tab = listening(audience, 'ada', 'a', 'b')
    const grace = listening(audience, 'grace', 'b')
    audience.tell([entry(at(1), 'a'), entry(at(2), 'b'), entry(at(3), 'c')])
    expect([ada.told, tab.told, grace.told]).toEqual([['1.1', '2.2'], ['1.1', '2.2'], ['2.2']])
    expect(audience.count()).toBe(3)
  })

  it('for one person reaches nobody else', () => {
    const audience = makeAudience()
    const [ada, grace] = [listening(audience, 'ada', 'a'), listening(audience, 'grace', 'a')]
    audience.tell([entry(at(1), 'a', { for: 'ada' })])
    expect([ada.told, grace.told]).toEqual([['1.1'], []])
  })

  it('with nothing to tell is passed over', () => {
    const audience = makeAudience()
    const { told } = listening(audience, 'ada', 'a')
    audience.tell([{ ...entry(at(1), 'a'), happening: null }, entry(at(2), 'a')])
    expect(told).toEqual(['2.2'])
  })

  it('is the same object for everybody', () => {
    const audience = makeAudience()
    const received = new Set<object>()
    for (const person of ['ada', 'grace', 'alan']) {
      const reader = { receive: (event: object) => void received.add(event), receiveTyping: () => {}, ...ready }
      audience.admit(audience.enter(person, reader, START), ['a'])
    }
    audience.tell([entry(at(1), 'a')])
    expect(received.size).toBe(1)
  })
})

describe('somebody who is added', () => {
  it('hears of it, and of everything that follows', () => {
    const audience = makeAudience()
    const { told } = listening(audience, 'ada')
    audience.tell([entry(at(1), 'a'), joined(at(2), 'a', 'ada'), entry(at(3), 'a')])
    audience.tell([entry(at(4), 'a')])
    expect(told).toEqual(['2.2', '3.3', '4.4'])
  })
})

describe('somebody who is removed', () => {
  it('hears of it, and of nothing that follows', () => {
    const audience = makeAudience()
    const [ada, grace] = [listening(audience, 'ada', 'a'), listening(audience, 'grace', 'a')]
    audience.tell([entry(at(1), 'a')])
    audience.tell([left(at(2), 'a', 'ada'), entry(at(3), 'a')])
    audience.tell([entry(at(4), 'a')])
    expect(ada.told).toEqual(['1.1', '2.2'])
    expect(grace.told).toEqual(['1.1', '3.3', '4.4'])
  })

  it('does not hear what may have been said after it either, though it is numbered before', () => {
    const audience = makeAudience()
    const { told } = listening(audience, 'ada', 'a')
    audience.tell([entry(at(2), 'a'), left(at(3), 'a', 'ada')])
    expect(told).toEqual(['3.3'])
  })

  it('still hears of other conversations, and of this one when added again', () => {
    const audience = makeAudience()
    const { told } = listening(audience, 'ada', 'a', 'b')
    audience.tell([left(at(1), 'a', 'ada'), entry(at(2), 'b')])
    audience.tell([joined(at(3), 'a', 'ada'), entry(at(4), 'a')])
    expect(told).toEqual(['1.1', '2.2', '3.3', '4.4'])
  })
})

describe('somebody who enters', () => {
  it('hears first what was missed, then what was read meanwhile, then what comes', async () => {
    const audience = makeAudience()
    const reader = noting()
    const listener = audience.enter('ada', reader, at(2))
    audience.tell([entry(at(5), 'a'), entry(at(6), 'b')])
    audience.tell([joined(at(7), 'b', 'ada'), entry(at(8), 'b')])
    expect(reader.told).toEqual([])
    await audience.remind(listener, [entry(at(3), 'a'), { ...entry(at(4), 'a'), happening: null }])
    audience.admit(listener, ['a'])
    audience.tell([entry(at(9), 'b')])
    expect(reader.told).toEqual(['3.3', '5.5', '7.7', '8.8', '9.9'])
  })

  it('with a position of another server that has read further hears nothing twice', () => {
    const audience = makeAudience()
    const reader = noting()
    const listener = audience.enter('ada', reader, at(1))
    listener.position = at(4)
    audience.tell([entry(at(3), 'a')])
    audience.admit(listener, ['a'])
    audience.tell([entry(at(4), 'a'), entry(at(5), 'a')])
    expect(reader.told).toEqual(['5.5'])
  })

  it('and was removed while entering hears nothing more, though it was let in as a member', () => {
    const audience = makeAudience()
    const reader = noting()
    const listener = audience.enter('ada', reader, START)
    audience.tell([left(at(1), 'a', 'ada'), entry(at(2), 'a')])
    audience.admit(listener, ['a'])
    audience.tell([entry(at(3), 'a')])
    expect(reader.told).toEqual(['1.1'])
  })

  it('hears nothing when it left before it was admitted', async () => {
    const audience = makeAudience()
    const reader = noting()
    const listener = audience.enter('ada', reader, START)
    audience.leave(listener)
    audience.admit(listener, ['a'])
    audience.tell([entry(at(2), 'a')])
    expect([reader.told, audience.count()]).toEqual([[], 0])
  })
})

describe('somebody who is slow to take what was missed', () => {
  it('is told no faster than there is room', async () => {
    const audience = makeAudience()
    const gates: (() => void)[] = []
    const reader = { ...noting(), flushed: () => new Promise<void>((resolve) => void gates.push(resolve)) }
    const listener = audience.enter('ada', reader, START)
    const reminded = audience.remind(listener, [entry(at(1), 'a'), entry(at(2), 'a')])
    audience.tell([entry(at(3), 'a')])
    expect(reader.told).toEqual(['1.1'])
    gates.shift()!()
    await Promise.resolve()
    expect(reader.told).toEqual(['1.1', '2.2'])
    gates.shift()!()
    await reminded
    audience.admit(listener, ['a'])
    expect(reader.told).toEqual(['1.1', '2.2', '3.3'])
  })

  it('is closed when too much is read meanwhile', () => {
    const audience = makeAudience()
    let isClosed = false
    audience.enter('ada', { ...noting(), close: () => (isClosed = true) }, START)
    for (let id = 1; id <= 1_000; id++) audience.tell([entry(at(id), 'a')])
    expect(isClosed).toBe(false)
    audience.tell([entry(at(1_001), 'a')])
    expect(isClosed).toBe(true)
  })
})

describe('somebody who leaves', () => {
  it('hears nothing more, even when it leaves while it is told', async () => {
    const audience = makeAudience()
    const told: object[] = []
    const reader = {
      receive(event: object) {
        told.push(event)
        audience.leave(listener)
      },
      receiveTyping: () => {},
      ...ready,
    }
    const listener = audience.enter('ada', reader, START)
    audience.tell([entry(at(2), 'a')])
    await audience.remind(listener, [entry(at(1), 'a'), entry(at(2), 'a')])
    audience.admit(listener, ['a'])
    audience.tell([entry(at(3), 'a')])
    expect([told.length, audience.count()]).toEqual([1, 0])
  })
})

describe('somebody who writes', () => {
  it('is told of to the others in the conversation', () => {
    const audience = makeAudience()
    const [ada, grace, alan] = [
      listening(audience, 'ada', 'a'),
      listening(audience, 'grace', 'a'),
      listening(audience, 'alan', 'b'),
    ]
    audience.tellTyping({ at: AT, conversationId: 'a', person: { id: 'ada', name: 'Ada' } })
    expect([ada.told, grace.told, alan.told]).toEqual([[], ['Ada'], []])
  })
})
