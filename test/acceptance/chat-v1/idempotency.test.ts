/**
 * Idempotency-Key: the same request under the same key is carried out once, whatever is sent how often to whichever server
 * (draft-ietf-httpapi-idempotency-key-header; 24 hours: contracts, 2.4).
 */
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createConversation,
  createStreamTicket,
  listConversations,
  postMessage,
  readHistory,
} from '#contract/chat-v1/index.ts'
import { type Answer, send, startTestServer, type TestServer } from '#test/support/server.ts'
import { follow } from './streams.ts'
import { type CallOptions, type Caller, pathOf, startWorld, succeeded, UNKNOWN_ID, type World } from './world.ts'

const HOUR = 3_600_000

let world: World
/** On the same database. */
let second: TestServer
let person: Caller
let id: string
/** A key that was never used. */
let key: string
let keys = 0
beforeAll(async () => {
  world = await startWorld()
  second = await startTestServer({ database: world.server.database })
})
beforeEach(async () => {
  key = `key-${++keys}`
  person = await world.newCaller()
  id = (await person.ask(createConversation)).id
})
afterAll(async () => {
  await second.close()
  await world.closeInPeace()
})

const keyed = (options: CallOptions, value = key): CallOptions => ({
  ...options,
  headers: { 'idempotency-key': value },
})
const isReplay = (answer: { headers: Headers }) => answer.headers.get('idempotency-replayed') === 'true'
const texts = async (caller: Caller, conversation: string) =>
  (await caller.ask(readHistory, { id: conversation }))
    .filter(({ role }) => role === 'USER')
    .map(({ content }) => content)
const storedKeys = async (): Promise<number> => {
  const { rows } = await world.server.database.owner.query<{ count: number }>(
    'select count(*)::int as count from request_keys where request_key = $1',
    [key],
  )
  return rows[0]!.count
}

describe('a key: is it well formed', () => {
  it.each([
    ['nothing', ''],
    ['256 characters', 'k'.repeat(256)],
    ['a tab', 'a\tb'],
    ['a letter that is no ASCII', 'clé'],
  ])('refuses %s and carries nothing out', async (_what, value) => {
    const options = keyed({ id, body: { content: 'x' } }, value)
    const error = await person.fail(postMessage, options, 400, 'VALIDATION_ERROR')
    expect(error.details.errors).toEqual(['idempotency-key must be 1 to 255 printable ASCII characters'])
    expect(await texts(person, id)).toEqual([])
  })

  it('names what is wrong with the key and with the body in one answer', async () => {
    const error = await person.fail(postMessage, keyed({ id, body: {} }, ''), 400, 'VALIDATION_ERROR')
    expect(error.details.errors).toEqual([
      'idempotency-key must be 1 to 255 printable ASCII characters',
      'content must be a string',
    ])
  })

  it('refuses two of them', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer['status']>()
    const headers = {
      authorization: `Bearer ${person.token}`,
      'content-type': 'application/json',
      'idempotency-key': ['one', 'two'],
    }
    const options = { method: 'POST', headers }
    request(world.server.url + pathOf(createConversation), options, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end('{}')
    expect(await promise).toBe(400)
    expect(await person.ask(listConversations)).toHaveLength(1)
  })

  it.each([['k'], ['k'.repeat(255)], ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'], ['a, b ~!']])(
    'takes %s',
    async (value) => {
      await person.ask(postMessage, keyed({ id, body: { content: 'x' } }, value))
      expect(isReplay(await person.send(postMessage, keyed({ id, body: { content: 'x' } }, value)))).toBe(true)
    },
  )

  it('means nothing where nothing is made: reading under a used key reads', async () => {
    await person.ask(postMessage, keyed({ id, body: { content: 'x' } }))
    expect(await person.ask(readHistory, keyed({ id }))).not.toEqual([])
    const tickets = [
      await person.ask(createStreamTicket, keyed({ id })),
      await person.ask(createStreamTicket, keyed({ id })),
    ]
    expect(tickets).toHaveLength(2)
  })
})

describe('the same request again', () => {
  it('gets the stored message again, under a request id of its own, and is stored once', async () => {
    const options = keyed({ id, body: { content: 'Hello' } })
    const first = await person.send(postMessage, options)
    const again = await person.send(postMessage, options)
    expect(isReplay(first)).toBe(false)
    expect(isReplay(again)).toBe(true)
    expect(succeeded(postMessage, again)).toEqual(succeeded(postMessage, first))
    expect(JSON.stringify(again.body.data)).toBe(JSON.stringify(first.body.data))
    expect(again.body.requestId).not.toBe(first.body.requestId)
    expect(await texts(person, id)).toEqual(['Hello'])
  })

  it.each<[string, Record<string, unknown>]>([
    ['an empty conversation', {}],
    ['a conversation with a title', { title: 'T', metadata: { a: 1 } }],
    ['a conversation with a first message', { title: 'T', initialMessage: 'Hello', metadata: { b: [1], a: null } }],
  ])('gets %s again as it was, and makes no second', async (_what, body) => {
    for (const caller of [await world.newCaller(), await world.newCallerWithKey()]) {
      const first = await caller.ask(createConversation, keyed({ body }))
      await caller.ask(postMessage, { id: first.id, body: { content: 'Something later' } })
      const again = await caller.send(createConversation, keyed({ body }))
      expect(isReplay(again)).toBe(true)
      expect(succeeded(createConversation, again)).toEqual(first)
      expect(await caller.ask(listConversations)).toHaveLength(1)
    }
  })

  it('asks the model once', async () => {
    world.provider.script(() => ({ steps: ['The Lakers'] }))
    const caller = await world.newCallerWithKey()
    const made = await caller.ask(createConversation)
    const events = await follow(world, caller, made.id)
    await caller.ask(postMessage, keyed({ id: made.id, body: { content: 'Who wins?' } }))
    await caller.ask(postMessage, keyed({ id: made.id, body: { content: 'Who wins?' } }))
    await events.next(({ type }) => type === 'llm_complete')
    await caller.ask(postMessage, { id: made.id, body: { content: 'And next?' } })
    await events.next(({ type }) => type === 'llm_complete')
    events.stop()
    // Replies of earlier tests may still be asked for.
    const questions = world.provider.requests.map(({ body }) => body?.messages?.at(-1)?.content)
    expect(questions.filter((content) => content === 'Who wins?')).toHaveLength(1)
    expect(questions.filter((content) => content === 'And next?')).toHaveLength(1)
    expect(await texts(caller, made.id)).toEqual(['Who wins?', 'And next?'])
  })

  it('is the same whatever the order of its keys and its blanks', async () => {
    const first = await person.ask(
      createConversation,
      keyed({ body: '{"title":"T","metadata":{"a":1,"b":{"c":2,"d":3}}}' }),
    )
    const again = await person.ask(
      createConversation,
      keyed({ body: '{ "metadata": {"b":{"d":3,"c":2}, "a":1},\n "title":"T" }' }),
    )
    expect(again).toEqual(first)
  })

  it('gets the same answer from another server', async () => {
    const local = await world.server.newPerson()
    const made = await local.request('POST', '/api/v1/chat/conversations', {}, { 'idempotency-key': key })
    const path = pathOf(createConversation)
    const headers = { authorization: `Bearer ${local.token}`, 'idempotency-key': key }
    const again = await send(second.url, 'POST', path, {}, headers)
    expect(again.status).toBe(201)
    expect(again.body.data).toEqual(made.body.data)
  })
})

describe('what comes at once under one key', () => {
  it('is carried out once, and all get its answer, on two servers too', async () => {
    const local = await world.server.newPerson()
    const caller = world.callerWith(local.token)
    const made = await caller.ask(createConversation)
    const headers = { authorization: `Bearer ${local.token}`, 'idempotency-key': key }
    for (const [endpoint, body, options] of [
      [postMessage, { content: 'Once' }, { id: made.id }],
      [createConversation, { initialMessage: 'Once' }, {}],
    ] as const) {
      const each = { ...headers, 'idempotency-key': `${key} ${endpoint.path}` }
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_value, index) =>
          send([world.server.url, second.url][index % 2]!, 'POST', pathOf(endpoint, options), body, each),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201))
      expect(new Set(answers.map((answer) => JSON.stringify(answer.body.data))).size).toBe(1)
      expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1)
    }
    expect(await texts(caller, made.id)).toEqual(['Once'])
    expect(await caller.ask(listConversations)).toHaveLength(2)
  })

  it('and differs: one is carried out, the others are refused', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_value, index) =>
        person.send(postMessage, keyed({ id, body: { content: `Number ${index}` } })),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array(7).fill(409)])
    expect(await texts(person, id)).toHaveLength(1)
  })
})

describe('another request under a used key', () => {
  const REUSED = {
    code: 'CONFLICT',
    message: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
    details: {},
  }

  it('is refused and not carried out: other content, another conversation, another endpoint', async () => {
    const other = await person.ask(createConversation)
    await person.ask(postMessage, keyed({ id, body: { content: 'Hello' } }))
    for (const [endpoint, options] of [
      [postMessage, { id, body: { content: 'Hello!' } }],
      [postMessage, { id: other.id, body: { content: 'Hello' } }],
      [createConversation, { body: { initialMessage: 'Hello' } }],
    ] as const) {
      expect(await person.fail(endpoint, keyed(options), 409, 'CONFLICT')).toEqual(REUSED)
    }
    expect(await texts(person, id)).toEqual(['Hello'])
    expect(await texts(person, other.id)).toEqual([])
    expect(await person.ask(listConversations)).toHaveLength(2)
  })

  it('is one that differs in nothing but the shape or the type of a value', async () => {
    await person.ask(createConversation, keyed({ body: { metadata: { x: { a: 1 } } } }))
    for (const x of [[['a', 1]], { a: '1' }, [{ a: 1 }], '{"a":1}']) {
      expect(await person.fail(createConversation, keyed({ body: { metadata: { x } } }), 409, 'CONFLICT')).toEqual(
        REUSED,
      )
    }
  })

  it('of somebody else is their own: nobody learns that a key was used, or what for', async () => {
    const first = await person.ask(createConversation, keyed({ body: { title: 'Mine' } }))
    const other = await world.newCaller()
    const answer = await other.send(createConversation, keyed({ body: { title: 'Mine' } }))
    expect(isReplay(answer)).toBe(false)
    expect(succeeded(createConversation, answer).id).not.toBe(first.id)
  })
})

describe('a request that fails leaves its key free', () => {
  it('when it is not well formed', async () => {
    await person.fail(postMessage, keyed({ id, body: { content: '' } }), 400, 'VALIDATION_ERROR')
    expect(isReplay(await person.send(postMessage, keyed({ id, body: { content: 'Better' } })))).toBe(false)
    expect(await texts(person, id)).toEqual(['Better'])
  })

  it('when its conversation is not there', async () => {
    await person.fail(postMessage, keyed({ id: UNKNOWN_ID, body: { content: 'x' } }), 404, 'NOT_FOUND')
    const foreign = await world.newCaller()
    await foreign.fail(postMessage, keyed({ id, body: { content: 'x' } }), 404, 'NOT_FOUND')
    expect(await storedKeys()).toBe(0)
    await person.ask(postMessage, keyed({ id, body: { content: 'x' } }))
  })

  it('when it broke down between the write and the record: then neither is stored', async () => {
    const { owner } = world.server.database
    const trouble = world.server.problems.length
    await owner.query(`alter table request_keys add constraint broken check (request_key <> '${key}')`)
    await person.fail(postMessage, keyed({ id, body: { content: 'Again' } }), 500, 'INTERNAL_ERROR')
    await person.fail(createConversation, keyed({ body: { title: 'Again' } }), 500, 'INTERNAL_ERROR')
    await owner.query('alter table request_keys drop constraint broken')
    expect(world.server.problems).toHaveLength(trouble + 2)
    ;(world.server.problems as unknown[]).length = trouble

    expect(await texts(person, id)).toEqual([])
    expect(await person.ask(listConversations)).toHaveLength(1)
    await person.ask(postMessage, keyed({ id, body: { content: 'Again' } }))
    expect(await texts(person, id)).toEqual(['Again'])
  })
})

describe('the end of a key', () => {
  it('is a day later: until then it stands for its request, then for a new one', async () => {
    const { clock } = world.server
    const fresh = async () => world.callerWith(await world.newToken({ sub: person.subject }), person.subject)
    await person.ask(createConversation, keyed({ body: { title: 'First' } }))
    clock.moveBy(24 * HOUR - 60_000)
    const late = await (await fresh()).send(createConversation, keyed({ body: { title: 'First' } }))
    expect(isReplay(late)).toBe(true)
    clock.moveBy(60_000)
    const next = await fresh()
    const renewed = await next.send(createConversation, keyed({ body: { title: 'Second' } }))
    expect(isReplay(renewed)).toBe(false)
    expect(succeeded(createConversation, renewed).title).toBe('Second')
    expect(isReplay(await next.send(createConversation, keyed({ body: { title: 'Second' } })))).toBe(true)
    expect(await storedKeys()).toBe(1)
  })

  it('is the end of its conversation: nothing of a message stays behind', async () => {
    const local = await world.server.newPerson()
    const caller = world.callerWith(local.token)
    const made = await caller.ask(createConversation)
    const { conversationId } = await caller.ask(postMessage, keyed({ id: made.id, body: { content: 'Secret' } }))
    expect(await storedKeys()).toBe(1)
    const { rows } = await world.server.database.owner.query<{ conversation_id: string }>(
      'select conversation_id from request_keys where request_key = $1',
      [key],
    )
    expect((await local.request('DELETE', `/api/conversations/${rows[0]!.conversation_id}`)).status).toBe(204)
    expect(await storedKeys()).toBe(0)
    await caller.fail(postMessage, keyed({ id: conversationId, body: { content: 'Secret' } }), 404, 'NOT_FOUND')
  })
})

it('records nothing for a request without a key', async () => {
  await person.ask(postMessage, { id, body: { content: 'x' } })
  await person.ask(postMessage, { id, body: { content: 'x' } })
  const { rows } = await world.server.database.owner.query(
    'select from request_keys k join users u on u.user_id = k.owner_id where u.subject = $1',
    [person.subject],
  )
  expect(rows).toEqual([])
  expect(await texts(person, id)).toEqual(['x', 'x'])
})
