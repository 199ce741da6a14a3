import { describe, expect, it } from 'vitest'
import type { ModelGroup } from '#contract/app/index.ts'
import { chooseModel, modelName, searchModels } from './choose-model.ts'

const group = (source: ModelGroup['source'], ...ids: string[]): ModelGroup => ({
  source,
  name: source,
  models: ids.map((id) => ({ id, name: `Name of ${id}`, contextLength: null, prices: null })),
  problem: null,
})

const demo = group('demo', 'demo')
const local = group('local', 'local:ollama:llama3.2')
const openrouter = group('openrouter', 'openrouter:a/one', 'openrouter:openai/gpt-4o-mini')
const operator = group('operator', 'operator:house')

describe('the model that a message goes to', () => {
  it('is the one used last, while it is on offer', () => {
    expect(chooseModel([openrouter, demo], 'openrouter:a/one', 'demo')?.id).toBe('openrouter:a/one')
    expect(chooseModel([openrouter, demo], 'openrouter:gone', 'demo')?.id).toBe('demo')
  })

  it('is the first default that is on offer, when none was used yet', () => {
    expect(chooseModel([openrouter, local], null, null, 'local:ollama:llama3.2')?.id).toBe('local:ollama:llama3.2')
  })

  it('is the operator’s where the operator has set one up', () => {
    expect(chooseModel([openrouter, operator, demo], null)?.id).toBe('operator:house')
  })

  it('is a small one under a new key', () => {
    expect(chooseModel([openrouter, demo], null)?.id).toBe('openrouter:openai/gpt-4o-mini')
  })

  it('is asked for when nothing was connected on purpose', () => {
    expect(chooseModel([local, demo], null, null)).toBeNull()
    expect(chooseModel([], null)).toBeNull()
  })
})

describe('the name of a model', () => {
  it('is what the provider calls it', () => {
    expect(modelName([openrouter], 'openrouter:a/one')).toBe('Name of openrouter:a/one')
  })
  it('is found without its source, as messages may store it', () => {
    expect(modelName([openrouter], 'a/one')).toBe('Name of openrouter:a/one')
  })
  it('is its id when it is no longer on offer', () => {
    expect(modelName([], 'openrouter:a/gone')).toBe('a/gone')
    expect(modelName(undefined, 'local:ollama:llama3.2')).toBe('llama3.2')
    expect(modelName([], 'llama3.2:8b')).toBe('llama3.2:8b')
  })
})

describe('a search among models', () => {
  it('finds what has every word, in any order and case', () => {
    const found = searchModels([openrouter, demo], 'MINI openai')
    expect(found.map(({ models }) => models.map(({ id }) => id))).toEqual([['openrouter:openai/gpt-4o-mini']])
  })
  it('finds everything when nothing is asked', () => {
    expect(searchModels([openrouter, demo], '  ')).toHaveLength(2)
  })
})
