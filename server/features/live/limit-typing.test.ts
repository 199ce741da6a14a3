import { describe, expect, it } from 'vitest'
import { makeLimitTyping } from './limit-typing.ts'

describe('somebody who writes', () => {
  it('is told of once in three seconds, however often the page says so', () => {
    const mayTell = makeLimitTyping()
    const told = Array.from({ length: 70 }, (_, index) => index * 100).filter((at) => mayTell('ada', 'group', at))
    expect(told).toEqual([0, 3_000, 6_000])
  })

  it('is told of whatever others do', () => {
    const mayTell = makeLimitTyping()
    expect(['ada', 'grace', 'ada', 'grace'].map((person) => mayTell(person, 'group', 0))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('writes in at most five conversations at a time', () => {
    const mayTell = makeLimitTyping()
    const told = Array.from({ length: 8 }, (_, index) => mayTell('ada', `group ${index}`, index))
    expect(told).toEqual([true, true, true, true, true, false, false, false])
    expect(mayTell('ada', 'group 7', 3_000)).toBe(true)
  })
})
