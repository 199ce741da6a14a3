/** Costs and times of runs. Expected values are worked out by hand. */
import { expect, it } from 'vitest'
import { costOf, type GenerationRun, mostCostOf, secondsLeft } from './generation.ts'

it('costs are tokens by price per million, kept to the millionth of a dollar and never less than they are', () => {
  expect(costOf({ prompt: 3, completion: 15 }, 1000, 2000)).toBe(0.033)
  expect(costOf({ prompt: 0.1, completion: 0.4 }, 1, 1)).toBe(0.000001)
  expect(costOf({ prompt: 0, completion: 0 }, 1000, 2000)).toBe(0)
  expect(costOf({ prompt: 0.1, completion: 0.2 }, 3_000_000, 1_000_000)).toBe(0.5)
})

it('the most that an answer costs counts a token for every byte of the prompt', () => {
  // 6 bytes of é and the 64 of the frame.
  expect(mostCostOf({ prompt: 1_000_000, completion: 0 }, 'ééé', 1)).toBe(70)
  expect(mostCostOf({ prompt: 0, completion: 10 }, '', 4096)).toBe(0.04096)
})

const run = (over: Partial<GenerationRun>) =>
  ({
    total: 10,
    successful: 0,
    failed: 0,
    cancelled: 0,
    answered: 0,
    answeredMs: 0,
    concurrency: 3,
    ...over,
  }) as GenerationRun

it('the rest takes as long as the calls so far, so many at once', () => {
  expect(secondsLeft(run({}))).toBeUndefined()
  expect(secondsLeft(run({ successful: 4, answered: 4, answeredMs: 120_000 }))).toBe(60)
  expect(secondsLeft(run({ successful: 9, answered: 9, answeredMs: 270_000 }))).toBe(30)
  expect(secondsLeft(run({ successful: 8, failed: 2, answered: 9, answeredMs: 1 }))).toBeUndefined()
  expect(secondsLeft(run({ status: 'cancelled', successful: 4, answered: 4, answeredMs: 1 }))).toBeUndefined()
})
