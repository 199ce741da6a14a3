/** Which model answers: the table of decision 7, and what a choice may look like. */
import { describe, expect, it } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import {
  makeCheckChoice,
  makeChooseByName,
  makeDefaultChoice,
  makeResolveModel,
  makeResolveWithKey,
  type ModelSources,
  parseChoice,
} from './choose-model.ts'
import { OWNER } from './for-tests.ts'
import type { ModelProvider } from './language-model.ts'

const ACTOR = { userId: OWNER, subject: OWNER }

const providerOf = (name: string): ModelProvider => ({
  list: async () => [],
  model: (id) => ({ id: name === id ? id : `${name}/${id}`, async *stream() {} }),
})

const sourcesWith = (having: {
  key?: boolean
  operator?: string | true
  locals?: readonly string[]
}): ModelSources => ({
  openRouter: async () => (having.key ? providerOf('own') : undefined),
  openRouterWith: (_userId, sealedKey) => providerOf(sealedKey),
  operator:
    having.operator === undefined
      ? undefined
      : { provider: providerOf('operator'), defaultModel: having.operator === true ? undefined : having.operator },
  locals: async () => (having.locals ?? []).map((key) => ({ key, name: key, provider: providerOf(key), models: [] })),
  demo: providerOf('demo'),
})

describe('a choice', () => {
  it.each([
    ['openrouter:google/gemini-flash-1.5', 'google/gemini-flash-1.5'],
    ['openrouter:deepseek/deepseek-r1:free', 'deepseek/deepseek-r1:free'],
    ['operator:llama3.2', 'llama3.2'],
    ['local:ollama:llama3.2:3b', 'llama3.2:3b'],
    ['demo', 'demo'],
    ['placeholder', 'placeholder'],
  ])('%s names the model %s', (choice, model) => {
    expect(parseChoice(choice)).toEqual({ choice, model })
  })

  it.each([
    '',
    'gpt-4',
    'openrouter:',
    'operator:',
    'local:ollama',
    'local:ollama:',
    'local::x',
    'other:x',
    'demo:x',
    ' demo',
  ])('%j names none', (choice) => {
    expect(() => parseChoice(choice)).toThrow(expect.objectContaining({ code: 'model.not_available' }))
  })
})

describe('the model behind a choice', () => {
  it.each([
    ['openrouter:a/b', { key: true }, 'own/a/b'],
    ['operator:llama', { operator: true }, 'operator/llama'],
    ['local:ollama:llama:3b', { locals: ['lm-studio', 'ollama'] }, 'ollama/llama:3b'],
    ['demo', {}, 'demo'],
    ['placeholder', {}, 'placeholder'],
  ] as const)('%s is of its source', async (choice, having, id) => {
    const resolve = makeResolveModel(sourcesWith(having))
    expect((await resolve(OWNER, parseChoice(choice))).id).toBe(id)
  })

  it.each([
    ['openrouter:a/b', { operator: 'llama' }, 'model.not_configured'],
    ['operator:llama', { key: true }, 'model.not_configured'],
    ['local:ollama:llama', { locals: ['lm-studio'] }, 'model.unreachable'],
  ] as const)('%s is refused where its source is missing', async (choice, having, code) => {
    const resolve = makeResolveModel(sourcesWith(having))
    await expect(resolve(OWNER, parseChoice(choice))).rejects.toMatchObject({ code })
  })
})

describe('the model behind a choice, with a key that was read already', () => {
  it.each([
    ['openrouter:a/b', 'sealed', 'sealed/a/b'],
    ['operator:llama', undefined, 'operator/llama'],
    ['demo', undefined, 'demo'],
  ] as const)('%s is of its source', async (choice, sealedKey, id) => {
    const resolve = makeResolveWithKey(sourcesWith({ operator: true }))
    expect((await resolve(OWNER, parseChoice(choice), sealedKey)).id).toBe(id)
  })

  it('is refused without that key, even where another look would find one', async () => {
    const resolved = makeResolveWithKey(sourcesWith({ key: true }))(OWNER, parseChoice('openrouter:a/b'), undefined)
    await expect(resolved).rejects.toMatchObject({ code: 'model.not_configured' })
  })
})

describe('a choice that is checked before anything is stored', () => {
  it.each([
    ['operator:llama', {}, 'model.not_configured'],
    ['local:ollama:llama', { locals: ['lm-studio'] }, 'model.unreachable'],
  ] as const)('%s is refused where its source is missing', async (choice, having, code) => {
    await expect(makeCheckChoice(sourcesWith(having))(parseChoice(choice))).rejects.toMatchObject({ code })
  })

  it('of the person’s own key is left to the transaction that stores the question', async () => {
    const openRouter = () => Promise.reject(new Error('a round trip'))
    await makeCheckChoice({ ...sourcesWith({}), openRouter })(parseChoice('openrouter:a/b'))
  })
})

describe('a model that is named without its source', () => {
  it.each([
    ['own key and operator', { key: true, operator: 'llama' }, 'openrouter:some/model'],
    ['own key', { key: true }, 'openrouter:some/model'],
    ['operator', { operator: true }, 'operator:some/model'],
  ] as const)('comes from: %s', async (_case, having, choice) => {
    const sources = sourcesWith(having)
    const chosen = await makeChooseByName(sources, makeResolveModel(sources))(ACTOR, 'some/model')
    expect(chosen.choice.choice).toBe(choice)
  })

  it('is refused with neither key nor operator, and a model on this computer is no substitute', async () => {
    const sources = sourcesWith({ locals: ['ollama'] })
    const chosen = makeChooseByName(sources, makeResolveModel(sources))(ACTOR, 'some/model')
    await expect(chosen).rejects.toBeInstanceOf(AppError)
    await expect(chosen).rejects.toMatchObject({ code: 'model.not_configured' })
  })

  it('may be the demo, which needs nothing', async () => {
    const sources = sourcesWith({})
    const chosen = await makeChooseByName(sources, makeResolveModel(sources))(ACTOR, 'demo')
    expect(chosen.choice).toEqual({ choice: 'demo', model: 'demo' })
  })
})

describe('the model where none is named', () => {
  it.each([
    ['nothing at all', {}, null, 'placeholder'],
    ['a model on this computer', { locals: ['ollama'] }, null, 'placeholder'],
    ['an operator without a model', { operator: true }, null, 'placeholder'],
    ['an operator', { operator: 'llama' }, null, 'operator:llama'],
    ['a key', { key: true }, null, 'openrouter:openrouter/auto'],
    ['a key and an operator', { key: true, operator: 'llama' }, null, 'openrouter:openrouter/auto'],
    ['a key and a default', { key: true }, 'openrouter:a/b', 'openrouter:a/b'],
    ['a default of the operator', { key: true, operator: 'llama' }, 'operator:other', 'operator:other'],
    ['a default whose key is gone', { operator: 'llama' }, 'openrouter:a/b', 'operator:llama'],
    ['the demo as default', { key: true }, 'demo', 'demo'],
  ] as const)('with %s', async (_case, having, preferred, choice) => {
    const given = await makeDefaultChoice(sourcesWith(having))(OWNER, preferred)
    expect(given.choice).toBe(choice)
  })
})
