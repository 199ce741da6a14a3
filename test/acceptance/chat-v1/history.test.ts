import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConversation, postMessage, readHistory } from '#contract/chat-v1/index.ts'
import { seedMessage } from '#test/support/seeds.ts'
import { type Caller, expectStrangersRefused, startWorld, UNKNOWN_ID, type World } from './world.ts'

let world: World
let person: Caller
/** The conversation of most tests: seven messages, three of them of one moment. */
let id: string
beforeAll(async () => {
  world = await startWorld()
  person = await world.newCaller()
  id = await conversationWith(person, ['a', 'b', 'c', 'd', 'e', 'f', 'g'], (index) =>
    index < 3 ? index : Math.max(index, 5),
  )
})
afterAll(() => world.closeInPeace())

/** A conversation with these messages, the n-th at `secondOf(n)`. */
const conversationWith = async (
  caller: Caller,
  contents: readonly string[],
  secondOf: (index: number) => number,
): Promise<string> => {
  const made = await caller.ask(createConversation, {})
  const { owner } = world.server.database
  const { rows } = await owner.query<{ conversation_id: string; owner_id: string }>(
    'select conversation_id, owner_id from conversations order by created_at desc limit 1',
  )
  const { conversation_id: conversationId, owner_id: ownerId } = rows[0]!
  for (const [index, content] of contents.entries()) {
    const created_at = new Date(Date.parse('2026-01-01T00:00:00Z') + 1000 * secondOf(index))
    await seedMessage(
      owner,
      { conversationId, ownerId },
      { content, created_at, role: index % 2 ? 'assistant' : 'user' },
    )
  }
  return made.id
}

const ids = (messages: readonly { id: string }[]) => messages.map((message) => message.id)

describe('reading the history: who are you', () => {
  it('refuses whoever has no good credential, whatever the id', async () => {
    await expectStrangersRefused(world, readHistory, { id: 'nonsense', query: '?limit=0' })
  })
})

describe('reading the history: is it well formed', () => {
  it.each<[string, string]>([
    ['?limit=0', 'limit must be at least 1'],
    ['?limit=101', 'limit must be at most 100'],
    ['?limit=-1', 'limit must be at least 1'],
    ['?limit=many', 'limit must be an integer'],
    ['?before=%00', 'before must be a valid conversation id'],
    ['?offset=1', 'property offset should not exist'],
  ])('refuses %s', async (query, message) => {
    const error = await person.fail(readHistory, { id, query }, 400, 'VALIDATION_ERROR')
    expect(error).toEqual({ code: 'VALIDATION_ERROR', message, details: { errors: [message] } })
  })

  it.each(['1', 'cm2abc123', 'C0000000000000000000000001', 'c!000000000000000000000000', '%E2%9C%93', "'--"])(
    'refuses %s as an id',
    async (bad) => {
      const error = await person.fail(readHistory, { id: bad }, 400, 'VALIDATION_ERROR')
      expect(error.message).toBe('id must be a valid conversation id')
    },
  )

  it('refuses a message that is not of this conversation as the place to go on from', async () => {
    const other = await conversationWith(person, ['elsewhere'], () => 0)
    const [foreign] = await person.ask(readHistory, { id: other })
    for (const before of [foreign!.id, id, UNKNOWN_ID, `c${'z'.repeat(25)}`]) {
      const error = await person.fail(readHistory, { id, query: `?before=${before}` }, 400, 'VALIDATION_ERROR')
      expect(error.details.errors).toEqual(['before must be a message of this conversation'])
    }
  })
})

describe('reading the history: may you', () => {
  it('tells a foreign conversation from a missing one by nothing', async () => {
    const other = await world.newCaller()
    const expected = { code: 'NOT_FOUND', message: 'Conversation not found', details: {} }
    expect(await other.fail(readHistory, { id }, 404, 'NOT_FOUND')).toEqual(expected)
    expect(await other.fail(readHistory, { id: UNKNOWN_ID }, 404, 'NOT_FOUND')).toEqual(expected)
    const [message] = await person.ask(readHistory, { id })
    const query = `?before=${message!.id}`
    expect(await other.fail(readHistory, { id, query }, 404, 'NOT_FOUND')).toEqual(expected)
  })

  it('finds nothing under digits that stand for more than 128 bits', async () => {
    const largest = (2n ** 128n - 1n).toString(36)
    const beyond = (2n ** 128n).toString(36)
    expect([largest.length, beyond.length]).toEqual([25, 25])
    for (const digits of [largest, beyond, 'z'.repeat(25)]) {
      await person.fail(readHistory, { id: `c${digits}` }, 404, 'NOT_FOUND')
    }
  })
})

describe('reading the history: what happened', () => {
  it('is oldest first', async () => {
    const messages = await person.ask(readHistory, { id })
    expect(messages.map(({ createdAt }) => createdAt)).toEqual(messages.map(({ createdAt }) => createdAt).toSorted())
    expect(messages.map(({ content }) => content).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    expect(messages.slice(0, 3).map(({ content, role }) => `${role} ${content}`)).toEqual([
      'USER a',
      'ASSISTANT b',
      'USER c',
    ])
    expect(new Set(messages.map(({ userId, conversationId }) => `${userId} ${conversationId}`))).toEqual(
      new Set([`${person.subject} ${id}`]),
    )
  })

  it('is the same by the UUID that the id stands for, in any case', async () => {
    const { rows } = await world.server.database.owner.query<{ conversation_id: string }>(
      "select conversation_id from messages where content = 'g'",
    )
    const uuid = rows[0]!.conversation_id
    const messages = await person.ask(readHistory, { id })
    expect(await person.ask(readHistory, { id: uuid })).toEqual(messages)
    expect(await person.ask(readHistory, { id: uuid.toUpperCase() })).toEqual(messages)
  })

  it.each([1, 2, 3, 7])('pages backwards by %d without a gap or a repeat, also within one moment', async (limit) => {
    const all = await person.ask(readHistory, { id })
    let seen: { id: string }[] = []
    for (let query = `?limit=${limit}`; ; query = `?limit=${limit}&before=${seen[0]!.id}`) {
      const page = await person.ask(readHistory, { id, query })
      seen = [...page, ...seen]
      if (page.length < limit) break
    }
    expect(ids(seen)).toEqual(ids(all))
  })

  it('shows the latest 50 when no limit is given, and at most 100', async () => {
    const long = await conversationWith(
      person,
      Array.from({ length: 103 }, (_, index) => `${index}`),
      (index) => index,
    )
    const contents = async (query: string) =>
      (await person.ask(readHistory, { id: long, query })).map(({ content }) => Number(content))
    expect(await contents('')).toEqual(Array.from({ length: 50 }, (_, index) => index + 53))
    expect(await contents('?limit=100')).toEqual(Array.from({ length: 100 }, (_, index) => index + 3))
  })

  it('goes on at the same place while new messages arrive', async () => {
    const busy = await conversationWith(person, ['1', '2', '3', '4'], (index) => index)
    const page = await person.ask(readHistory, { id: busy, query: '?limit=2' })
    await person.ask(postMessage, { id: busy, body: { content: 'newer' } })
    const older = await person.ask(readHistory, { id: busy, query: `?limit=2&before=${page[0]!.id}` })
    expect(older.map(({ content }) => content)).toEqual(['1', '2'])
  })
})
