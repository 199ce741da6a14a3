/** GET /api/conversations (seed 4). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listConversations } from '#contract/conversations/index.ts'
import { seedConversation } from '#test/support/database.ts'
import { send, type TestPerson, type TestServer } from '#test/support/server.ts'
import { seedTeam } from '#test/support/team-seeds.ts'
import { failure, refusedFields, success } from '../surfaces/holding.ts'
import { MODEL, openWorld, saying, type World } from './world.ts'

let world: World
let server: TestServer
beforeAll(async () => {
  world = await openWorld()
  server = world.server
})
afterAll(() => world.close())

const list = async (person: TestPerson, query = '') =>
  success(listConversations, await person.request('GET', `/api/conversations${query}`))

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))

/** As many conversations as asked for, one a second; their ids, oldest first. */
const seeded = async (person: TestPerson, count: number): Promise<string[]> => {
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    ids.push(
      await seedConversation(server.database.owner, person.id, { created_at: at(index), title: `Number ${index}` }),
    )
  }
  return ids
}

describe('who asks for the list', () => {
  it('is told 401 without a credential', async () => {
    failure(await send(server.url, 'GET', '/api/conversations'), 401, 'Unauthorized')
  })

  it('is told 401 before anything that is wrong with the query', async () => {
    failure(await send(server.url, 'GET', '/api/conversations?page=0'), 401, 'Unauthorized')
  })
})

describe('a query that is not well formed', () => {
  it.each([
    ['page=0', 'page'],
    ['page=-1', 'page'],
    ['page=1.5', 'page'],
    ['page=one', 'page'],
    ['page=', 'page'],
    ['page=1e1', 'page'],
    ['page=%201', 'page'],
    ['page=1&page=2', 'page'],
    ['page=99999999999999999999', 'page'],
    ['pageSize=0', 'pageSize'],
    ['pageSize=-20', 'pageSize'],
    ['pageSize=101', 'pageSize'],
    ['pageSize=2.0', 'pageSize'],
    ['pageSize=all', 'pageSize'],
    ['limit=20', 'limit'],
  ])('is told 400 and which field: %s', async (query, field) => {
    const person = await aPerson()
    const answer = await person.request('GET', `/api/conversations?${query}`)
    expect(refusedFields(answer, 'Invalid query parameters')).toContain(field)
  })

  let somebody: Promise<TestPerson> | undefined
  const aPerson = () => (somebody ??= server.newPerson())
})

describe('the list', () => {
  it('is empty for a newcomer, with the default page of 20', async () => {
    expect(await list(await server.newPerson())).toEqual({ data: [], pagination: { page: 1, pageSize: 20, total: 0 } })
  })

  it('has exactly the four fields of the seed', async () => {
    const person = await server.newPerson()
    const parent = await seedConversation(server.database.owner, person.id, { created_at: at(0), title: null })
    const child = await seedConversation(server.database.owner, person.id, {
      created_at: at(1),
      title: 'My First Conversation',
      parent_id: parent,
    })
    expect((await list(person)).data).toEqual([
      {
        id: child,
        title: 'My First Conversation',
        parent_conversation_id: parent,
        created_at: '2026-01-01T00:00:01.000Z',
      },
      { id: parent, title: null, parent_conversation_id: null, created_at: '2026-01-01T00:00:00.000Z' },
    ])
  })

  it('is newest first, page by page, without a gap or a repeat', async () => {
    const person = await server.newPerson()
    const ids = await seeded(person, 45)
    const first = await list(person)
    expect(first.pagination).toEqual({ page: 1, pageSize: 20, total: 45 })
    expect(first.data.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 20))
    const third = await list(person, '?page=3&pageSize=20')
    expect(third.pagination).toEqual({ page: 3, pageSize: 20, total: 45 })
    expect(third.data.map(({ id }) => id)).toEqual(ids.toReversed().slice(40))
    expect((await list(person, '?pageSize=100')).data).toHaveLength(45)
  })

  it('orders what was made in the same moment always alike', async () => {
    const person = await server.newPerson()
    for (let index = 0; index < 9; index++) {
      await seedConversation(server.database.owner, person.id, { created_at: at(0) })
    }
    const pages = await Promise.all([1, 2, 3].map((page) => list(person, `?page=${page}&pageSize=3`)))
    expect(new Set(pages.flatMap(({ data }) => data.map(({ id }) => id))).size).toBe(9)
  })

  it('ends in an empty page that still knows the total', async () => {
    const person = await server.newPerson()
    await seeded(person, 2)
    expect(await list(person, '?page=2&pageSize=2')).toEqual({
      data: [],
      pagination: { page: 2, pageSize: 2, total: 2 },
    })
  })

  it("has nobody else's conversations and none of another kind, nor counts them", async () => {
    const [person, other] = [await server.newPerson(), await server.newPerson()]
    const [id] = await seeded(person, 1)
    await seeded(other, 3)
    await seedTeam(server.database.owner, [{ userId: person.id }], { created_at: at(7) })
    await seedConversation(server.database.owner, person.id, { kind: 'training', created_at: at(8) })
    const { data, pagination } = await list(person)
    expect(data.map((conversation) => conversation.id)).toEqual([id])
    expect(pagination.total).toBe(1)
  })

  it('keeps its total right through creating, branching and deleting, also all at once', async () => {
    const person = await world.newPersonWithKey()
    world.openRouter.script(() => saying('Hello to you'))
    const create = async () =>
      (await person.request('POST', '/api/conversations', { content: 'Hello', model: MODEL })).body
    const made = await Promise.all(Array.from({ length: 8 }, create))
    expect((await list(person)).pagination.total).toBe(8)
    const branch = ({ conversation, messages }: any) =>
      person.request('POST', `/api/conversations/${conversation.id}/messages/${messages[0].id}/branch`, {
        type: 'full',
      })
    const remove = ({ conversation }: any) => person.request('DELETE', `/api/conversations/${conversation.id}`)
    await Promise.all([...made.slice(0, 4).map(branch), ...made.slice(4).map(remove), create()])
    const { data, pagination } = await list(person)
    expect(data).toHaveLength(4 + 4 + 1)
    expect(pagination.total).toBe(9)
    const gone = await person.request('DELETE', `/api/conversations/${randomUUID()}`)
    failure(gone, 404, 'Conversation not found')
    expect((await list(person)).pagination.total).toBe(9)
  })

  it('answers 500, and nothing of what happened inside, when the database fails', async () => {
    const person = await server.newPerson()
    await server.database.owner.query('alter table conversations rename to conversations_away')
    try {
      const answer = await person.request('GET', '/api/conversations')
      expect(failure(answer, 500)).toEqual({ statusCode: 500, message: 'Failed to retrieve conversations' })
    } finally {
      await server.database.owner.query('alter table conversations_away rename to conversations')
    }
    expect((await list(person)).pagination.total).toBe(0)
  })
})
