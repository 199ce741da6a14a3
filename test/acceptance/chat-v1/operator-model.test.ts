/** A server whose operator brought a model: everybody has one, and nobody gets the placeholder. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createConversation, postMessage, readHistory } from '#contract/chat-v1/index.ts'
import { follow, textOf } from './streams.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    env: (provider) => ({ LLM_BASE_URL: provider.url, LLM_API_KEY: 'operator-key', LLM_MODEL: 'echo' }),
  })
})
beforeEach(() => world.provider.reset())
afterAll(() => world.closeInPeace())

it('streams the reply of its model to whoever has no key of their own', async () => {
  const person = await world.newCaller()
  const made = await person.ask(createConversation, { body: { title: 'Echo', initialMessage: 'Who wins tonight?' } })
  expect(made).toMatchObject({ messageCount: 1, title: 'Echo' })
  const events = await follow(world, person, made.id)
  const { data } = await events.next(({ type }) => type === 'llm_complete')
  expect(data).toMatchObject({ content: 'Who wins tonight?', metadata: { model: 'echo', finishReason: 'stop' } })
  expect(textOf(events)).toBe('Who wins tonight?')
  const request = world.provider.requests[0]!
  expect(request.body.model).toBe('echo')
  expect(request.headers.authorization).toBe('Bearer operator-key')

  await person.ask(postMessage, { id: made.id, body: { content: 'Sure?' } })
  expect((await events.next(({ type }) => type === 'llm_complete')).data.content).toBe('Sure?')
  events.stop()
  const messages = await person.ask(readHistory, { id: made.id })
  expect(messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'USER: Who wins tonight?',
    'ASSISTANT: Who wins tonight?',
    'USER: Sure?',
    'ASSISTANT: Sure?',
  ])
})

it("prefers the person's own key to the operator's", async () => {
  const person = await world.newCallerWithKey()
  world.provider.script({ steps: ['Hello.'] })
  const made = await person.ask(createConversation, { body: { initialMessage: 'Hi' } })
  const events = await follow(world, person, made.id)
  await events.next(({ type }) => type === 'llm_complete')
  events.stop()
  expect(world.provider.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-or-v1-of-a-test'])
})
