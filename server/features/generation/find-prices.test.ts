/** Prices are known of what costs nothing and of OpenRouter's models; nobody waits for their list twice in an hour. */
import { expect, it } from 'vitest'
import type { ModelInfo, ModelProvider } from '../replies/index.ts'
import { makeFindPrices } from './find-prices.ts'
import type { TokenPrices } from './generation.ts'

const actor = { userId: 'u', subject: 'u' }
const prices = { prompt: 0.15, completion: 0.6 }

const world = (list: () => Promise<ModelInfo[]>, hasKey = true) => {
  const at = { ms: 0, lists: 0, problems: [] as unknown[] }
  const provider = {
    list: () => {
      at.lists++
      return list()
    },
  } as unknown as ModelProvider
  const findPrices = makeFindPrices({
    sources: { openRouter: async () => (hasKey ? provider : undefined) },
    clock: { now: () => new Date(at.ms) },
    onError: (error) => at.problems.push(error),
  })
  return {
    at,
    find: (choice: string, model = 'a/model', given?: TokenPrices) => findPrices(actor, { choice, model }, given),
  }
}
const listing = async () => [
  { id: 'a/model', name: 'A', prices },
  { id: 'b/model', name: 'B' },
]

it('the demo and models of this computer cost nothing; those of the operator are not known', async () => {
  const { find, at } = world(listing)
  expect(await find('demo')).toEqual({ prompt: 0, completion: 0 })
  expect(await find('local:ollama:llama3')).toEqual({ prompt: 0, completion: 0 })
  expect(await find('operator:m')).toBeNull()
  expect(at.lists).toBe(0)
})

it('those that are given hold, but for what costs nothing', async () => {
  const { find, at } = world(listing)
  const given = { prompt: 1, completion: 2 }
  expect(await find('operator:m', 'm', given)).toEqual(given)
  expect(await find('openrouter:a/model', 'a/model', given)).toEqual(given)
  expect(await find('demo', 'demo', given)).toEqual({ prompt: 0, completion: 0 })
  expect(at.lists).toBe(0)
})

it('those of OpenRouter stand in its list, which is asked for once in an hour', async () => {
  const { find, at } = world(listing)
  expect(await find('openrouter:a/model')).toEqual(prices)
  expect(await find('openrouter:b/model', 'b/model')).toBeNull()
  expect(await find('openrouter:none', 'none')).toBeNull()
  at.ms = 3_599_999
  await find('openrouter:a/model')
  expect(at.lists).toBe(1)
  at.ms = 3_600_000
  await find('openrouter:a/model')
  expect(at.lists).toBe(2)
})

it('are not known without a key, and where the list fails, which keeps nobody from a run', async () => {
  expect(await world(listing, false).find('openrouter:a/model')).toBeNull()
  const { find, at } = world(() => Promise.reject(new Error('away')))
  expect(await find('openrouter:a/model')).toBeNull()
  expect(at.problems).toHaveLength(1)
})
