/** What `LanguageModel` promises of its text, kept by every adapter: it can be stored and shown as it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeResolveModel, parseChoice } from '#server/features/replies/choose-model.ts'
import type { LanguageModel } from '#server/features/replies/language-model.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { demoProvider } from './demo.ts'
import { openAiCompatibleProvider } from './openai-compatible.ts'

let scripted: ScriptedProvider
beforeAll(async () => {
  scripted = await startScriptedProvider()
})
afterAll(() => scripted.close())

const [HIGH, LOW] = ['🙂'.slice(0, 1), '🙂'.slice(1)] as const
/** What a provider may send, and what becomes of it. */
const unstorable = [
  ['NUL', ['a\u0000b'], 'a\ufffdb'],
  ['half a character in the middle', [`a${HIGH} b`], 'a\ufffd b'],
  ['the other half alone', [`a${LOW}b`], 'a\ufffdb'],
  ['half a character at the end', ['ab', HIGH], 'ab\ufffd'],
  ['a character in two deltas', [`a${HIGH}`, `${LOW}b`], 'a🙂b'],
  ['empty deltas', ['', 'a', '', 'b'], 'ab'],
] as const

const deltasOf = async (model: LanguageModel, question = 'Say 🙂.'): Promise<string[]> => {
  const deltas: string[] = []
  const { signal } = new AbortController()
  for await (const event of model.stream([{ role: 'user', content: question }], { signal })) {
    if (event.type === 'text-delta') deltas.push(event.text)
  }
  return deltas
}

const expectStorable = (deltas: readonly string[]) => {
  expect(deltas).not.toHaveLength(0)
  for (const delta of deltas) {
    expect(delta).not.toBe('')
    expect(delta).not.toContain('\u0000')
    expect(delta.isWellFormed()).toBe(true)
  }
}

describe('the text of a model', () => {
  it.each(unstorable)(
    'of an OpenAI-compatible server can be stored where that sends %s',
    async (_case, steps, text) => {
      scripted.script({ steps: [...steps] })
      const deltas = await deltasOf(openAiCompatibleProvider({ name: 'scripted', baseUrl: scripted.url }).model('any'))
      expectStorable(deltas)
      expect(deltas.join('')).toBe(text)
    },
  )

  it.each(['demo', 'placeholder'])('of the %s can be stored, whatever is asked', async (choice) => {
    const demo = demoProvider({ wait: async () => {} })
    const none = { openRouter: async () => undefined, operator: undefined, locals: async () => [] }
    const openRouterWith = () => expect.unreachable('it needs no key')
    const resolve = makeResolveModel({ ...none, openRouterWith, demo })
    const model = await resolve('somebody', parseChoice(choice))
    for (const question of ['🙂'.repeat(200), `${'a'.repeat(79)}🙂🙂`, '', '👩‍👩‍👧‍👧'.repeat(100)]) {
      expectStorable(await deltasOf(model, question))
    }
  })
})
