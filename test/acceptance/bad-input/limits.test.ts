/** What is just allowed succeeds, and one more is refused: every limit that the document names (contracts, decision 13). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JsonSchema, type Operation, operations, parametersIn, propertiesOf } from './document.ts'
import { bearer, bodyFor, pathFor } from './samples.ts'
import { ownersByTurns } from './owners.ts'
import { type Belongings, modelFor, openWorld, type World } from './world.ts'

let world: World
let owner: Belongings

beforeAll(async () => {
  world = await openWorld()
  owner = await world.newOwner()
})
afterAll(() => world.close())

const ownerFor = ownersByTurns(() => world)

const MAX_CONTENT = 50_000
const MAX_TITLE = 255
const MAX_PAGE = 100

/** What a limit on a text is about: every text that a body may hold, with its longest length. */
const limited = operations.flatMap((operation) =>
  propertiesOf(operation)
    .flatMap(([name, schema]) =>
      [schema, ...((schema['anyOf'] ?? []) as JsonSchema[])].map((each) => ({ name, schema: each })),
    )
    .filter(({ schema }) => schema['maxLength'] !== undefined)
    .map(({ name, schema }) => ({ operation, name, schema, what: `${operation.method} ${operation.path} ${name}` })),
)

/** A text of a length that is otherwise right; another for each operation, since some names may be there only once. */
const textOf = (operation: Operation, schema: JsonSchema, length: number): string => {
  if (schema['format'] === 'email')
    return `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(4)}`.slice(0, length - 3) + '.ex'
  const start = /^\^([\w-]+)/.exec(schema['pattern'] ?? '')?.[1] ?? ''
  const letter = 'abcdefghijklmnopqrstuvwxyz'[operations.indexOf(operation) % 26]!
  return start + letter.repeat(length - start.length)
}

const sending = (operation: Operation, from: Belongings, changed: Record<string, unknown>) =>
  world.probe(
    {
      method: operation.method,
      path: pathFor(operation, from),
      headers: bearer(from),
      body: { ...bodyFor(operation, from), ...changed },
    },
    operation,
  )

describe.each(limited)('$what', ({ operation, name, schema }) => {
  const most: number = schema['maxLength']

  it(`may be ${most} characters long, and not one more`, async () => {
    const from = await ownerFor(operation)
    const tooLong = await sending(operation, from, { [name]: textOf(operation, schema, most + 1) })
    expect(tooLong.status, tooLong.text).toBe(400)
    expect(tooLong.text).toContain(name)
    const longest = await sending(operation, from, { [name]: textOf(operation, schema, most) })
    // What is well formed may still be wrong: no model, no account and no password is called aaaa….
    const isAnswer = /model|assword|email/.test(name) || longest.status === operation.success
    expect(isAnswer, longest.text).toBe(true)
    expect(longest.text).not.toMatch(/"errors"/)
    expect(world.takeFaults()).toEqual([])
  })
})

describe('the content of a message', () => {
  const histories: Readonly<Record<string, (id: string) => string>> = {
    app: (id) => `/api/app/conversations/${id}/messages`,
    conversations: (id) => `/api/conversations/${id}/messages?page=1`,
    'chat-v1': (id) => `/api/v1/chat/conversations/${id}/history`,
  }
  const posting = operations.filter(
    ({ body, path, surface }) =>
      body?.['properties']?.content !== undefined && path.endsWith('/messages') && surface in histories,
  )

  it.each(posting.map((operation) => ({ operation, surface: operation.surface })))(
    'on $surface is counted in UTF-16 code units, and comes back as it was',
    async ({ operation, surface }) => {
      const contents = [
        '🙂'.repeat(MAX_CONTENT / 2),
        '\u0001'.repeat(MAX_CONTENT - 1) + 'x',
        '"\\\n\r\t\u2028\u007F'.repeat(7000) + 'x',
        'ﷺ'.repeat(MAX_CONTENT),
        `e\u0301${'\u200D'.repeat(100)}👩‍👩‍👧‍👦\u202E`,
        '  white space stays  ',
      ]
      for (const content of contents) {
        const from = await ownerFor(operation)
        const { status, text } = await sending(operation, from, {
          content,
          ...(surface === 'chat-v1' ? {} : { model: modelFor(surface) }),
        })
        expect(status, text.slice(0, 200)).toBe(201)
        const history = await world.probe(
          { method: 'GET', path: histories[surface]!(from.ids['conversations']!), headers: bearer(from) },
          operations.find(
            (each) =>
              each.surface === (surface === 'conversations' ? 'messages' : surface) &&
              each.method === 'GET' &&
              /messages$|history$/.test(each.path),
          ),
        )
        const messages = JSON.parse(history.text).data as { content: string }[]
        expect(messages.some((message) => message.content === content)).toBe(true)
      }
      for (const content of ['🙂'.repeat(MAX_CONTENT / 2) + 'x', '🙂'.repeat(MAX_CONTENT)]) {
        expect((await sending(operation, owner, { content })).status).toBe(400)
      }
      expect(world.takeFaults()).toEqual([])
    },
  )
})

it('takes a title of 255 characters on every surface, and gives it back on every other', async () => {
  const title = '🙂'.repeat(127) + 'x'
  expect(title).toHaveLength(MAX_TITLE)
  const id = owner.ids['conversations']!
  const renamed = await owner.person.request('PATCH', `/api/conversations/${id}`, { title })
  const read = await owner.person.request('GET', `/api/app/conversations/${id}`)
  expect([renamed.body.title, read.body.conversation.title]).toEqual([title, title])
  const made = await owner.person.request('POST', '/api/v1/chat/conversations', { title })
  expect([made.status, made.body.data.title]).toEqual([201, title])
})

describe('a number in a query', () => {
  const numbers = operations.flatMap((operation) =>
    parametersIn(operation, 'query')
      .filter(({ schema }) => schema['type'] === 'integer')
      .map(({ name, schema }) => ({ operation, name, schema, what: `${operation.method} ${operation.path} ?${name}` })),
  )

  it.each(numbers)(
    '$what may be its least and its most, and neither less nor more',
    async ({ operation, name, schema }) => {
      const { minimum, maximum } = schema as { minimum: number; maximum: number }
      const statuses: number[] = []
      for (const value of [minimum - 1, minimum, maximum, maximum + 1]) {
        const path = pathFor(operation, owner, `?${name}=${value}`)
        statuses.push((await world.probe({ method: 'GET', path, headers: bearer(owner) }, operation)).status)
      }
      // No file of the owner has ten thousand pages, no dataset as many versions, and no conversation as many revisions.
      const isPlace = ['with', 'revision'].includes(name) || operation.path.endsWith('/preview')
      expect(statuses).toEqual([400, 200, isPlace ? 404 : 200, 400])
      expect(world.takeFaults()).toEqual([])
    },
  )

  it('never lets a page hold more than a hundred', () => {
    const sizes = numbers.filter(({ name }) => name === 'pageSize').map(({ schema }) => schema['maximum'])
    expect(sizes.length).toBeGreaterThan(0)
    expect(new Set(sizes)).toEqual(new Set([MAX_PAGE]))
  })

  it('gives exactly a hundred where there are more', async () => {
    const { database } = world.server
    await database.owner.query(
      `insert into conversations (conversation_id, kind, owner_id, created_at, updated_at, active_at)
         select gen_random_uuid(), 'assistant', $1, now(), now(), now() from generate_series(1, 150)`,
      [owner.person.id],
    )
    const { body } = await owner.person.request('GET', `/api/conversations?pageSize=${MAX_PAGE}`)
    expect(body.data).toHaveLength(MAX_PAGE)
  })
})

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
