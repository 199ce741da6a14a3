import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createConversation, listConversations, postMessage, readHistory } from '#contract/chat-v1/index.ts'
import { follow, newGate } from './streams.ts'
import { type Caller, expectStrangersRefused, startWorld, UNKNOWN_ID, type World } from './world.ts'

let world: World
/** Has no model. */
let person: Caller
/** Has a key, and so a model. */
let keyHolder: Caller
let id: string
beforeAll(async () => {
  world = await startWorld()
  person = await world.newCaller()
  keyHolder = await world.newCallerWithKey()
  id = (await person.ask(createConversation)).id
})
beforeEach(() => world.provider.reset())
afterAll(() => world.closeInPeace())

const textsOf = (messages: readonly { role: string; content: string }[]) =>
  messages.map(({ role, content }) => `${role}: ${content}`)

describe('posting a message: who are you', () => {
  it('refuses whoever has no good credential, whatever the id and the body', async () => {
    await expectStrangersRefused(world, postMessage, { id: 'nonsense', body: '{' })
  })
})

describe('posting a message: is it well formed', () => {
  it.each<[string, unknown, string[]]>([
    ['no body', undefined, ['content must be a string']],
    ['no content', {}, ['content must be a string']],
    ['content that is no text', { content: 1 }, ['content must be a string']],
    ['empty content', { content: '' }, ['content must not be empty']],
    ['content of blanks', { content: ' \n' }, ['content must not be empty']],
    ['content of 50 001 characters', { content: 'x'.repeat(50_001) }, ['content must be at most 50000 characters']],
    ['a NUL', { content: 'a\u0000' }, ['content must not contain NUL or broken characters']],
    ['an unknown property', { content: 'x', role: 'ASSISTANT' }, ['property role should not exist']],
    ['a list', [], ['body must be an object']],
  ])('refuses %s', async (_what, body, errors) => {
    const error = await person.fail(postMessage, { id, body }, 400, 'VALIDATION_ERROR')
    expect(error).toEqual({ code: 'VALIDATION_ERROR', message: errors.join(', '), details: { errors } })
  })

  it('names what is wrong with the id and with the body in one answer', async () => {
    const error = await person.fail(postMessage, { id: '1', body: {} }, 400, 'VALIDATION_ERROR')
    expect(error.message).toBe('id must be a valid conversation id, content must be a string')
  })
})

describe('posting a message: may you', () => {
  it('tells a foreign conversation from a missing one by nothing, and stores nothing', async () => {
    const other = await world.newCallerWithKey()
    const expected = { code: 'NOT_FOUND', message: 'Conversation not found', details: {} }
    const before = await person.ask(readHistory, { id })
    for (const caller of [other, await world.newCaller()]) {
      for (const wanted of [id, UNKNOWN_ID, `c${'z'.repeat(25)}`]) {
        expect(await caller.fail(postMessage, { id: wanted, body: { content: 'x' } }, 404, 'NOT_FOUND')).toEqual(
          expected,
        )
      }
    }
    expect(await person.ask(readHistory, { id })).toEqual(before)
    expect(world.provider.requests).toEqual([])
  })
})

describe('posting a message: what happened', () => {
  it('answers with the stored USER message', async () => {
    const made = await person.ask(createConversation)
    const message = await person.ask(postMessage, { id: made.id, body: { content: 'Hello' } })
    expect(message).toMatchObject({
      userId: person.subject,
      conversationId: made.id,
      role: 'USER',
      content: 'Hello',
      metadata: null,
    })
    expect((await person.ask(readHistory, { id: made.id }))[0]).toEqual(message)
  })

  it('lets the placeholder answer whoever has no model, on the stream and then in the history', async () => {
    const made = await person.ask(createConversation)
    const events = await follow(world, person, made.id)
    await person.ask(postMessage, { id: made.id, body: { content: 'Hello' } })
    const { data } = await events.next(({ type }) => type === 'llm_complete')
    events.stop()
    expect(data.content).toBe('hi')
    const messages = await person.ask(readHistory, { id: made.id })
    expect(textsOf(messages)).toEqual(['USER: Hello', 'ASSISTANT: hi'])
  })

  it('counts the message at once and the reply when it is stored', async () => {
    const gate = newGate()
    world.provider.script({ steps: ['The Lakers', { pause: gate.passed }, ' will win.'] })
    const made = await keyHolder.ask(createConversation, { body: { initialMessage: 'Who wins?' } })
    const events = await follow(world, keyHolder, made.id)
    await events.next(({ type }) => type === 'llm_chunk')
    const { messageCount, lastMessageAt } = await listed(keyHolder, made.id)
    expect({ messageCount, lastMessageAt }).toEqual({ messageCount: 1, lastMessageAt: made.lastMessageAt })
    expect(textsOf(await keyHolder.ask(readHistory, { id: made.id }))).toEqual(['USER: Who wins?'])

    gate.open()
    const { data } = await events.next(({ type }) => type === 'llm_complete')
    events.stop()
    const messages = await keyHolder.ask(readHistory, { id: made.id })
    expect(textsOf(messages)).toEqual(['USER: Who wins?', 'ASSISTANT: The Lakers will win.'])
    expect(messages[1]).toMatchObject({ id: data.metadata.messageId, content: data.content, metadata: null })
    expect(await listed(keyHolder, made.id)).toEqual({
      conversationId: made.id,
      messageCount: 2,
      lastMessageAt: messages[1]!.createdAt,
      preview: 'Who wins?',
    })
  })

  it("answers a first message at once, with count 1, and asks OpenRouter with the person's key", async () => {
    world.provider.script({ firstByteAfter: 'never' })
    const made = await keyHolder.ask(createConversation, { body: { title: 'T', initialMessage: 'Who wins?' } })
    expect(made).toMatchObject({ title: 'T', messageCount: 1 })
    const [message] = await keyHolder.ask(readHistory, { id: made.id })
    expect(message).toMatchObject({ content: 'Who wins?', metadata: { title: 'T' }, createdAt: made.lastMessageAt })
    const request = await world.provider.arrived(1)
    expect(request.headers.authorization).toBe('Bearer sk-or-v1-of-a-test')
    expect(request.body.messages).toEqual([{ role: 'user', content: 'Who wins?' }])
  })

  it('shows the model what was said before', async () => {
    world.provider.script({ steps: ['Boston.'] })
    const made = await keyHolder.ask(createConversation, { body: { initialMessage: 'Who wins?' } })
    const events = await follow(world, keyHolder, made.id)
    await events.next(({ type }) => type === 'llm_complete')
    world.provider.script({ steps: ['By ten.'] })
    await keyHolder.ask(postMessage, { id: made.id, body: { content: 'By how much?' } })
    await events.next(({ type }) => type === 'llm_complete')
    events.stop()
    expect(world.provider.requests.at(-1)!.body.messages).toEqual([
      { role: 'user', content: 'Who wins?' },
      { role: 'assistant', content: 'Boston.' },
      { role: 'user', content: 'By how much?' },
    ])
    expect(textsOf(await keyHolder.ask(readHistory, { id: made.id }))).toEqual([
      'USER: Who wins?',
      'ASSISTANT: Boston.',
      'USER: By how much?',
      'ASSISTANT: By ten.',
    ])
  })

  it('takes a message while a reply is being written, and answers it afterwards', async () => {
    const gate = newGate()
    world.provider.script({ steps: ['First', { pause: gate.passed }, '.'] })
    world.provider.script({ steps: ['Second.'] })
    const made = await keyHolder.ask(createConversation, { body: { initialMessage: 'One?' } })
    const events = await follow(world, keyHolder, made.id)
    await events.next(({ type }) => type === 'llm_chunk')
    await keyHolder.ask(postMessage, { id: made.id, body: { content: 'Two?' } })
    gate.open()
    expect((await events.next(({ type }) => type === 'llm_complete')).data.content).toBe('First.')
    expect((await events.next(({ type }) => type === 'llm_complete')).data.content).toBe('Second.')
    events.stop()
    expect((await listed(keyHolder, made.id)).messageCount).toBe(4)
  })

  it('stores the reply also when nobody reads the stream', async () => {
    world.provider.script({ steps: ['Unheard.'] })
    const made = await keyHolder.ask(createConversation, { body: { initialMessage: 'Hello?' } })
    // Opened after the fact: a fresh reader is shown what has just ended, which is also how the test knows that it has.
    const events = await follow(world, keyHolder, made.id)
    await events.next(({ type }) => type === 'llm_complete')
    events.stop()
    expect(textsOf(await keyHolder.ask(readHistory, { id: made.id }))).toEqual(['USER: Hello?', 'ASSISTANT: Unheard.'])
  })
})

const listed = async (caller: Caller, wanted: string) => {
  const found = (await caller.ask(listConversations)).find(({ conversationId }) => conversationId === wanted)
  expect(found).toBeDefined()
  return found!
}
