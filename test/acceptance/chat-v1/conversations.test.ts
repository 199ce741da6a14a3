import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConversation, listConversations, postMessage, readHistory } from '#contract/chat-v1/index.ts'
import { type Caller, expectStrangersRefused, startWorld, UNKNOWN_ID, type World } from './world.ts'

let world: World
let person: Caller
beforeAll(async () => {
  world = await startWorld()
  person = await world.newCaller()
})
afterAll(() => world.closeInPeace())

const create = (caller: Caller, body: Record<string, unknown> = {}) => caller.ask(createConversation, { body })

describe('creating a conversation: who are you', () => {
  it('refuses whoever has no good credential, whatever the body', async () => {
    await expectStrangersRefused(world, createConversation, { body: '{"title": 1' })
  })

  it('takes the JWT of somebody who has never been here', async () => {
    const newcomer = await world.newCaller({ sub: 'google-oauth2|1029384756' })
    expect(await create(newcomer)).toMatchObject({ userId: 'google-oauth2|1029384756' })
    expect(await create(newcomer)).toMatchObject({ userId: 'google-oauth2|1029384756' })
    expect(await newcomer.ask(listConversations)).toHaveLength(2)
  })

  it('takes any subject that a token may have', async () => {
    for (const sub of ['sms|+84 123', 'ünï|ço∂é 😀', 'a'.repeat(255)]) {
      expect(await create(await world.newCaller({ sub }))).toMatchObject({ userId: sub })
    }
  })

  it('takes a personal access token, whose subject is the id of the account', async () => {
    const local = await world.server.newPerson()
    expect(await create(world.callerWith(local.token))).toMatchObject({ userId: local.id })
  })
})

describe('creating a conversation: is it well formed', () => {
  it.each<[string, unknown, string[]]>([
    ['a title that is no text', { title: 1 }, ['title must be a string']],
    ['a title that is null', { title: null }, ['title must be a string']],
    ['a first message that is no text', { initialMessage: ['hi'] }, ['initialMessage must be a string']],
    ['metadata that are text', { metadata: 'key=value' }, ['metadata must be an object']],
    ['metadata that are a list', { metadata: [1] }, ['metadata must be an object']],
    ['metadata that are null', { metadata: null }, ['metadata must be an object']],
    ['an unknown property', { colour: 'red' }, ['property colour should not exist']],
    ['two unknown properties', { a: 1, b: 2 }, ['property a should not exist', 'property b should not exist']],
    [
      'several things at once, in the order of the document',
      { metadata: 1, initialMessage: 2, title: 3, id: 4 },
      [
        'title must be a string',
        'initialMessage must be a string',
        'metadata must be an object',
        'property id should not exist',
      ],
    ],
    ['a body that is a list', [], ['body must be an object']],
    ['a body that is text', '"title"', ['body must be an object']],
    ['a title of 256 characters', { title: 'x'.repeat(256) }, ['title must be at most 255 characters']],
    [
      'a first message of 50 001 characters',
      { initialMessage: 'x'.repeat(50_001) },
      ['initialMessage must be at most 50000 characters'],
    ],
    ['an empty first message', { initialMessage: '' }, ['initialMessage must not be empty']],
    ['a first message of blanks', { initialMessage: ' \n\t ' }, ['initialMessage must not be empty']],
    ['a NUL in the title', { title: 'a\u0000b' }, ['title must not contain NUL or broken characters']],
    [
      'half a character in the first message',
      '{"initialMessage":"a\\ud83d"}',
      ['initialMessage must not contain NUL or broken characters'],
    ],
    ['a NUL in metadata', { metadata: { a: ['x\u0000'] } }, ['metadata must not contain NUL or broken characters']],
    [
      'a NUL in a key of metadata',
      { metadata: { 'a\u0000': 1 } },
      ['metadata must not contain NUL or broken characters'],
    ],
    [
      'half a character in metadata',
      '{"metadata":{"a":{"b":"\\udc00"}}}',
      ['metadata must not contain NUL or broken characters'],
    ],
    [
      'metadata of more than 16 384 characters',
      { metadata: { a: 'x'.repeat(16_384 - '{"a":""}'.length + 1) } },
      ['metadata must be at most 16384 characters as JSON'],
    ],
  ])('refuses %s', async (_what, body, errors) => {
    const error = await person.fail(createConversation, { body }, 400, 'VALIDATION_ERROR')
    expect(error).toEqual({ code: 'VALIDATION_ERROR', message: errors.join(', '), details: { errors } })
  })

  it.each([
    ['a title of 255 characters', { title: 'x'.repeat(255) }],
    ['an empty title', { title: '' }],
    ['a first message of 50 000 characters', { initialMessage: 'x'.repeat(50_000) }],
    ['empty metadata', { metadata: {} }],
    ['metadata of 16 384 characters', { metadata: { a: 'x'.repeat(16_384 - '{"a":""}'.length) } }],
  ])('accepts %s', async (_what, body) => {
    expect(await create(person, body)).toMatchObject({ title: 'title' in body ? body.title : '' })
  })
})

describe('creating a conversation: what happened', () => {
  it('makes an empty one with an empty title when nothing is given', async () => {
    const made = await create(person)
    expect(made).toMatchObject({ userId: person.subject, title: '', lastMessageAt: null, messageCount: 0 })
    expect(made.updatedAt).toBe(made.createdAt)
    expect(await person.ask(readHistory, { id: made.id })).toEqual([])
  })

  it('answers the first message with the placeholder for whoever has no model', async () => {
    const made = await create(person, { initialMessage: 'Hello?' })
    const messages = await person.ask(readHistory, { id: made.id })
    expect(messages.map(({ role, content, metadata }) => ({ role, content, metadata }))).toEqual([
      { role: 'USER', content: 'Hello?', metadata: null },
      { role: 'ASSISTANT', content: 'hi', metadata: null },
    ])
    expect(made).toMatchObject({ messageCount: 2, lastMessageAt: messages[1]!.createdAt })
  })

  it('keeps texts as they are, in any writing', async () => {
    const text = '  <b>Zürich</b> 東京 🏀\r\n\ttab "quoted" \\ \u202eright to left '
    const made = await create(person, { title: text, initialMessage: text })
    expect(made.title).toBe(text)
    const [first] = await person.ask(readHistory, { id: made.id })
    expect(first).toMatchObject({ content: text, metadata: { title: text } })
  })

  it('hands metadata to the first message, and the title with it', async () => {
    const metadata = { source: 'ios', nested: { list: [1, 2.5, null, true, 'x'] }, constructor: 1, '': 'empty key' }
    const { id } = await create(person, { title: 'T', initialMessage: 'first', metadata })
    const [first, second] = await person.ask(readHistory, { id })
    expect(first!.metadata).toEqual({ title: 'T', ...metadata })
    expect(second!.metadata).toBeNull()
  })

  it('keeps title and metadata for the first message where that comes later', async () => {
    const { id } = await create(person, { title: 'Later', metadata: { key: 'value' } })
    const message = await person.ask(postMessage, { id, body: { content: 'Now' } })
    expect(message.metadata).toEqual({ title: 'Later', key: 'value' })
    expect(await person.ask(postMessage, { id, body: { content: 'And again' } })).toMatchObject({ metadata: null })
  })

  it('lets metadata replace the title in the message, not in the conversation', async () => {
    const made = await create(person, { title: 'Mine', initialMessage: 'x', metadata: { title: 'Theirs' } })
    expect(made.title).toBe('Mine')
    const [first] = await person.ask(readHistory, { id: made.id })
    expect(first!.metadata).toEqual({ title: 'Theirs' })
  })
})

describe('listing conversations: who are you', () => {
  it('refuses whoever has no good credential, whatever the query', async () => {
    await expectStrangersRefused(world, listConversations, { query: '?limit=0' })
  })
})

describe('listing conversations: is it well formed', () => {
  it.each<[string, string]>([
    ['?limit=0', 'limit must be at least 1'],
    ['?limit=1001', 'limit must be at most 1000'],
    ['?limit=ten', 'limit must be an integer'],
    ['?limit=1.5', 'limit must be an integer'],
    ['?limit=', 'limit must be an integer'],
    ['?limit=1&limit=2', 'limit must be a string'],
    ['?before=abc', 'before must be a valid conversation id'],
    ['?page=1', 'property page should not exist'],
  ])('refuses %s', async (query, message) => {
    const error = await person.fail(listConversations, { query }, 400, 'VALIDATION_ERROR')
    expect(error).toEqual({ code: 'VALIDATION_ERROR', message, details: { errors: [message] } })
  })
})

describe('listing conversations: may you', () => {
  it('shows nobody the conversations of others', async () => {
    await create(person, { initialMessage: 'mine' })
    expect(await (await world.newCaller()).ask(listConversations)).toEqual([])
  })

  it('takes a foreign conversation as a place in the list no more than one that does not exist', async () => {
    const other = await world.newCaller()
    const foreign = (await create(other)).id
    for (const before of [foreign, UNKNOWN_ID, `c${'z'.repeat(25)}`]) {
      const error = await person.fail(listConversations, { query: `?before=${before}` }, 400, 'VALIDATION_ERROR')
      expect(error.message).toBe('before must be one of your conversations')
    }
  })
})

describe('listing conversations: what happened', () => {
  it('lists the newest activity first, empty conversations too', async () => {
    const caller = await world.newCaller()
    const empty = await create(caller, { title: 'Empty' })
    const first = await create(caller, { initialMessage: 'one' })
    const second = await create(caller, { initialMessage: 'two' })
    world.server.clock.moveBy(1000)
    const message = await caller.ask(postMessage, { id: first.id, body: { content: 'three' } })
    const listed = await caller.ask(listConversations)
    expect(listed.map(({ conversationId }) => conversationId)).toEqual([first.id, second.id, empty.id])
    expect(listed[0]!.preview).toBe('three')
    expect(Date.parse(listed[0]!.lastMessageAt!)).toBeGreaterThanOrEqual(Date.parse(message.createdAt))
    expect(listed[1]).toMatchObject({ messageCount: 2, lastMessageAt: second.lastMessageAt, preview: 'two' })
    expect(listed[2]).toEqual({ conversationId: empty.id, messageCount: 0, lastMessageAt: null, preview: '' })
  })

  it('shows at most 100 characters of the latest USER message, never half of one', async () => {
    const caller = await world.newCaller()
    await create(caller, { initialMessage: 'x'.repeat(100) })
    await create(caller, { initialMessage: 'y'.repeat(101) })
    await create(caller, { initialMessage: `${'z'.repeat(99)}🏀 and more` })
    const previews = (await caller.ask(listConversations)).map(({ preview }) => preview)
    expect(previews).toEqual(['z'.repeat(99), 'y'.repeat(100), 'x'.repeat(100)])
  })

  it('pages by limit and before without a gap or a repeat, in either spelling of the id', async () => {
    const caller = await world.newCaller()
    const made: string[] = []
    for (let count = 0; count < 7; count++) made.unshift((await create(caller, { initialMessage: `${count}` })).id)
    const seen: string[] = []
    for (let query = '?limit=3'; ;) {
      const page = (await caller.ask(listConversations, { query })).map(({ conversationId }) => conversationId)
      seen.push(...page)
      if (page.length < 3) break
      query = `?limit=3&before=${seen.length === 3 ? asUuid(page.at(-1)!) : page.at(-1)!}`
    }
    expect(seen).toEqual(made)
    expect(await caller.ask(listConversations, { query: `?before=${made.at(-1)}` })).toEqual([])
  })
})

/** Decision 2, from its words: 25 base-36 digits are the 128-bit value. */
const asUuid = (id: string): string => {
  let value = 0n
  for (const digit of id.slice(1)) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  return value
    .toString(16)
    .padStart(32, '0')
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
