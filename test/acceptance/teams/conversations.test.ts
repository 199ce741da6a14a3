/** /api/team/conversations and /api/team/people: groups and direct conversations, and finding people for them. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import { seedTeamMessage } from '#test/support/database.ts'
import { send, type TestPerson } from '#test/support/server.ts'
import { success } from '../surfaces/holding.ts'
import { at, expectProblem, openTeamWorld, said, TEAM, type TeamWorld } from './world.ts'

let world: TeamWorld
let ada: TestPerson
let bo: TestPerson
let cy: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  world = await openTeamWorld()
  ada = await world.newPerson('Ada')
  bo = await world.newPerson('Bo')
  cy = await world.newPerson('Cy')
  stranger = await world.newPerson('Stranger')
})
afterAll(() => world.close())

const create = (by: TestPerson, body: unknown) => by.request('POST', TEAM, body)
const made = async (by: TestPerson, body: unknown) => success(contract.createTeamConversation, await create(by, body))
const read = async (by: TestPerson, id: string) =>
  success(contract.readTeamConversation, await by.request('GET', at(id)))
const list = async (by: TestPerson, query = '') =>
  success(contract.listTeamConversations, await by.request('GET', TEAM + query))

const endpoints: readonly (readonly [method: string, suffix: string, body: unknown])[] = [
  ['GET', '', undefined],
  ['PATCH', '', { title: 'Another' }],
  ['DELETE', '', undefined],
  ['GET', '/members', undefined],
  ['POST', '/members', { personIds: [randomUUID()] }],
  ['PATCH', `/members/${randomUUID()}`, { role: 'admin' }],
  ['DELETE', `/members/${randomUUID()}`, undefined],
  ['PUT', '/read', {}],
  ['POST', '/typing', undefined],
]

describe.each(endpoints)('%s /api/team/conversations/{id}%s', (method, suffix, body) => {
  it('asks who you are: without a credential, with a bad one and with a revoked one', async () => {
    const id = await world.newGroup([ada, bo])
    const ask = (headers: Record<string, string>) => send(world.server.url, method, at(id, suffix), body, headers)
    const leaver = await world.newPerson()
    await ada.request('POST', at(id, '/members'), { personIds: [leaver.id] })
    const { body: tokens } = await leaver.request('GET', '/api/app/access-tokens')
    await leaver.request('DELETE', `/api/app/access-tokens/${tokens.data[0].id}`)
    expectProblem(await ask({}), 401)
    expectProblem(await ask({ authorization: 'Bearer nonsense' }), 401)
    expectProblem(await ask({ authorization: `Bearer ${leaver.token}` }), 401)
    expect(Object.keys(await world.rolesIn(id))).toHaveLength(3)
  })

  it('asks whether the id is one', async () => {
    expectProblem(await ada.request(method, at('nonsense', suffix), body), 400, 'Invalid id format')
  })

  it('asks whether you may: a stranger is told 403, and that nothing is there 404', async () => {
    const id = await world.newGroup([ada, bo])
    expectProblem(await stranger.request(method, at(id, suffix), body), 403, said.forbidden)
    expectProblem(await stranger.request(method, at(id.toUpperCase(), suffix), body), 403, said.forbidden)
    expectProblem(await ada.request(method, at(randomUUID(), suffix), body), 404, said.missing)
    expect(await world.rolesIn(id)).toEqual({ [ada.id]: 'owner', [bo.id]: 'member' })
  })

  it('tells whoever was removed 403, at once', async () => {
    const id = await world.newGroup([ada, bo])
    await ada.request('DELETE', at(id, `/members/${bo.id}`))
    expectProblem(await bo.request(method, at(id, suffix), body), 403, said.forbidden)
  })

  it('knows no conversation with a model, not even one’s own', async () => {
    const { body: chat } = await ada.request('POST', '/api/v1/chat/conversations', {})
    const id = (await ada.request('GET', '/api/conversations')).body.data[0].id
    expect(chat.success).toBe(true)
    for (const who of [ada, stranger]) expectProblem(await who.request(method, at(id, suffix), body), 404, said.missing)
  })
})

describe('starting a group', () => {
  it('makes its starter the owner, and the others members', async () => {
    const group = await made(ada, { type: 'group', title: 'Looms', personIds: [bo.id, cy.id, bo.id, ada.id] })
    expect(group).toEqual({
      id: expect.any(String),
      type: 'group',
      title: 'Looms',
      otherPerson: null,
      role: 'owner',
      memberCount: 3,
      messageCount: 0,
      preview: null,
      unreadCount: 0,
      mentionCount: 0,
      readAt: group.createdAt,
      createdAt: group.createdAt,
      activeAt: group.createdAt,
      can: {
        rename: true,
        addMembers: true,
        removeMembers: true,
        changeRoles: true,
        transfer: true,
        leave: false,
        delete: true,
      },
    })
    expect(await world.rolesIn(group.id)).toEqual({ [ada.id]: 'owner', [bo.id]: 'member', [cy.id]: 'member' })
    expect(await read(ada, group.id)).toEqual(group)
    expect(await read(bo, group.id)).toMatchObject({ role: 'member', can: { rename: false, leave: true } })
  })

  it('works alone', async () =>
    expect(await made(ada, { type: 'group', title: 'Alone' })).toMatchObject({ memberCount: 1 }))

  it.each([
    {},
    { type: 'group' },
    { type: 'group', title: '' },
    { type: 'group', title: ' \n ' },
    { type: 'group', title: 'x'.repeat(256) },
    { type: 'group', title: 'a\u0000b' },
    { type: 'group', title: 'half \ud83d' },
    { type: 'group', title: 7 },
    { type: 'group', title: 'X', personIds: ['nonsense'] },
    { type: 'group', title: 'X', personIds: Array.from({ length: 101 }, () => randomUUID()) },
    { type: 'group', title: 'X', personId: randomUUID() },
    { type: 'group', title: 'X', owner: randomUUID() },
    { type: 'direct' },
    { type: 'direct', personId: 'nonsense' },
    { type: 'direct', personId: randomUUID(), title: 'X' },
    { type: 'secret', title: 'X' },
    [],
  ])('answers 400 to %j', async (body) => expectProblem(await create(ada, body), 400))

  it('with 55,000 characters answers 400 too, and with two million bytes 413', async () => {
    expectProblem(await create(ada, { type: 'group', title: 'x'.repeat(55_000) }), 400, /title/)
    expect((await create(ada, { type: 'group', title: 'x'.repeat(2_200_000) })).status).toBe(413)
  })

  it('with somebody who does not exist makes nothing', async () => {
    const before = (await list(ada, '?limit=100')).data.length
    const personIds = [bo.id, randomUUID()]
    expectProblem(await create(ada, { type: 'group', title: 'X', personIds }), 404, said.noPerson)
    expect((await list(ada, '?limit=100')).data).toHaveLength(before)
  })

  it.each(['👩‍👩‍👧‍👦 Familie', 'مجموعة', '\u202Eesrever', 'Nhóm kỹ thuật', `'; drop table members; --`, 'x'.repeat(255)])(
    'keeps its title as it is: %s',
    async (title) => {
      const group = await made(ada, { type: 'group', title })
      expect(group.title).toBe(title)
      expect((await read(ada, group.id)).title).toBe(title)
    },
  )
})

describe('a direct conversation', () => {
  it('is the same from both sides, and the other one’s name is its title', async () => {
    const [one, two] = [await world.newPerson('Uno'), await world.newPerson('Due')]
    const first = await made(one, { type: 'direct', personId: two.id })
    expect(first).toMatchObject({
      type: 'direct',
      title: 'Due',
      otherPerson: { id: two.id, name: 'Due' },
      role: 'member',
      memberCount: 2,
      can: { rename: false, addMembers: false, removeMembers: false, leave: false, delete: false },
    })
    expect(await made(one, { type: 'direct', personId: two.id.toUpperCase() })).toEqual(first)
    const fromTheOther = await made(two, { type: 'direct', personId: one.id })
    expect(fromTheOther).toMatchObject({ id: first.id, title: 'Uno', otherPerson: { id: one.id, name: 'Uno' } })
  })

  it('is one, however many start it at once from both sides', async () => {
    const [one, two] = [await world.newPerson(), await world.newPerson()]
    const started = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? made(one, { type: 'direct', personId: two.id })
          : made(two, { type: 'direct', personId: one.id }),
      ),
    )
    expect(new Set(started.map(({ id }) => id)).size).toBe(1)
    expect((await list(one)).data).toHaveLength(1)
    expect(await world.rolesIn(started[0]!.id)).toEqual({ [one.id]: 'member', [two.id]: 'member' })
  })

  it('is with somebody else, who exists', async () => {
    expectProblem(await create(ada, { type: 'direct', personId: ada.id.toUpperCase() }), 400, /personId.*somebody else/)
    expectProblem(await create(ada, { type: 'direct', personId: randomUUID() }), 404, said.noPerson)
  })

  it('follows the other one’s name', async () => {
    const other = await world.newPerson('Before')
    const { id } = await made(ada, { type: 'direct', personId: other.id })
    await other.request('PATCH', '/api/app/me', { name: 'After' })
    expect(await read(ada, id)).toMatchObject({ title: 'After', otherPerson: { name: 'After' } })
  })
})

describe('renaming a group', () => {
  it('is told in the group', async () => {
    const id = await world.newGroup([ada, bo])
    const answer = await ada.request('PATCH', at(id), { title: 'Looms' })
    expect(success(contract.updateTeamConversation, answer)).toMatchObject({ title: 'Looms', messageCount: 1 })
    expect(await world.saidIn(id)).toEqual(['Ada renamed the group to “Looms”.'])
    expect(await read(bo, id)).toMatchObject({ title: 'Looms', unreadCount: 0, preview: null })
  })

  it.each([
    {},
    { title: '' },
    { title: ' ' },
    { title: null },
    { title: 'x'.repeat(256) },
    { title: 'a\u0000' },
    { name: 'X' },
  ])('answers 400 to %j', async (body) => {
    const id = await world.newGroup([ada])
    expectProblem(await ada.request('PATCH', at(id), body), 400)
    expect(await read(ada, id)).toMatchObject({ title: 'Engines' })
  })
})

describe('deleting a group', () => {
  it('takes everything in it along, for everybody', async () => {
    const id = await world.newGroup([ada, bo])
    const { owner } = world.server.database
    const message = await seedTeamMessage(owner, { conversationId: id, senderId: bo.id })
    await seedTeamMessage(owner, { conversationId: id, senderId: ada.id }, { thread_id: message })
    expect((await ada.request('DELETE', at(id))).status).toBe(204)
    for (const who of [ada, bo]) {
      expectProblem(await who.request('GET', at(id)), 404, said.missing)
      expect((await list(who, '?limit=100')).data.map((each) => each.id)).not.toContain(id)
    }
    const { rows } = await owner.query(
      `select (select count(*)::int from messages where conversation_id = $1)
         + (select count(*)::int from members where conversation_id = $1) as left`,
      [id],
    )
    expect(rows).toEqual([{ left: 0 }])
  })
})

describe('the list', () => {
  it('has the latest activity first, and everything once, page after page', async () => {
    const person = await world.newPerson()
    const ids: string[] = []
    for (let index = 0; index < 7; index++) ids.push(await world.newGroup([person], { title: `${index}` }))
    const { owner } = world.server.database
    await owner.query(`update conversations set active_at = created_at where conversation_id = any($1)`, [ids])
    // Three at the same moment: a page ends in the middle of them.
    await owner.query(`update conversations set active_at = '2026-05-05T00:00:00Z' where conversation_id = any($1)`, [
      ids.slice(0, 3),
    ])
    const { rows } = await owner.query<{ conversation_id: string }>(
      `select conversation_id from conversations where conversation_id = any($1)
       order by active_at desc, conversation_id desc`,
      [ids],
    )
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof list>> = await list(person, `?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(rows.map((row) => row.conversation_id))
  })

  it('has 30 to a page', async () => {
    const person = await world.newPerson()
    for (let index = 0; index < 31; index++) await world.newGroup([person])
    const page = await list(person)
    expect(page.data).toHaveLength(30)
    expect((await list(person, `?cursor=${page.nextCursor}`)).data).toHaveLength(1)
  })

  it('is one’s own', async () => {
    await world.newGroup([ada, bo])
    expect(await list(await world.newPerson())).toEqual({ data: [], nextCursor: null })
    expectProblem(await send(world.server.url, 'GET', TEAM), 401)
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=nonsense',
    `cursor=${'x'.repeat(201)}`,
    'page=1',
    'limit=1&limit=2',
  ])('answers 400 to %s', async (query) => expectProblem(await ada.request('GET', `${TEAM}?${query}`), 400))
})

describe('unread messages', () => {
  const seed = (id: string, sender: TestPerson | null, columns = {}) =>
    seedTeamMessage(world.server.database.owner, { conversationId: id, senderId: sender?.id ?? null }, columns)

  it('are those of others after the read mark, with models and threads, without what is deleted or the system said', async () => {
    const id = await world.newGroup([ada, bo])
    const root = await seed(id, bo)
    await seed(id, bo, { thread_id: root })
    await seed(id, null, { role: 'assistant', model: 'm' })
    await seed(id, null)
    await seed(id, bo, { deleted_at: new Date() })
    expect(await read(ada, id)).toMatchObject({ unreadCount: 3, messageCount: 5 })
    expect(await read(bo, id)).toMatchObject({ unreadCount: 1 })
    expect((await list(ada)).data.find((each) => each.id === id)).toEqual(await read(ada, id))
  })

  it('are counted to 100', async () => {
    const id = await world.newGroup([ada, bo])
    const start = Date.now()
    for (let index = 0; index < 103; index++) await seed(id, bo, { created_at: new Date(start + index) })
    expect(await read(ada, id)).toMatchObject({ unreadCount: 100 })
  })

  it('are of those who were there: somebody new has read it all, as has somebody who comes back', async () => {
    const id = await world.newGroup([ada, bo])
    await seed(id, ada)
    await ada.request('POST', at(id, '/members'), { personIds: [cy.id] })
    expect(await read(cy, id)).toMatchObject({ unreadCount: 0 })
    await bo.request('DELETE', at(id, `/members/${bo.id}`))
    await seed(id, ada)
    await ada.request('POST', at(id, '/members'), { personIds: [bo.id] })
    expect(await read(bo, id)).toMatchObject({ unreadCount: 0 })
    expect(await read(cy, id)).toMatchObject({ unreadCount: 1 })
  })

  it('may mention', async () => {
    const id = await world.newGroup([ada, bo])
    const message = await seed(id, bo)
    await world.server.database.owner.query(
      `insert into mentions (message_id, user_id, conversation_id, created_at)
       select message_id, $2, conversation_id, created_at from messages where message_id = $1`,
      [message, ada.id],
    )
    await seed(id, bo)
    expect(await read(ada, id)).toMatchObject({ unreadCount: 2, mentionCount: 1 })
    const marked = success(contract.markRead, await ada.request('PUT', at(id, '/read'), { messageId: message }))
    expect(marked).toMatchObject({ unreadCount: 1, mentionCount: 0 })
  })

  it('are read up to a message or to the end, and never become unread again', async () => {
    const id = await world.newGroup([ada, bo])
    const [first, second, third] = [await seed(id, bo), await seed(id, bo), await seed(id, bo)]
    const mark = async (body: unknown) =>
      success(contract.markRead, await ada.request('PUT', at(id, '/read'), body)).unreadCount
    expect(await mark({ messageId: second })).toBe(1)
    expect(await mark({ messageId: first })).toBe(1)
    expect(await mark({ messageId: third.toUpperCase() })).toBe(0)
    await seed(id, bo)
    expect((await read(ada, id)).unreadCount).toBe(1)
    expect(await mark({})).toBe(0)
    expect(await mark({ messageId: first })).toBe(0)
    expect((await read(bo, id)).readAt).toBe((await read(bo, id)).createdAt)
  })

  it('in an empty conversation are none', async () => {
    const id = await world.newGroup([ada])
    expect(success(contract.markRead, await ada.request('PUT', at(id, '/read'), {})).unreadCount).toBe(0)
  })

  it('can’t be read up to a message of nowhere, or of elsewhere', async () => {
    const [here, elsewhere, foreign] = [
      await world.newGroup([ada, bo]),
      await world.newGroup([ada, bo]),
      await world.newGroup([stranger]),
    ]
    await seed(here, bo)
    for (const messageId of [randomUUID(), await seed(elsewhere, bo), await seed(foreign, stranger)]) {
      expectProblem(await ada.request('PUT', at(here, '/read'), { messageId }), 404, 'Message not found')
    }
    expect((await read(ada, here)).unreadCount).toBe(1)
    for (const body of [{ messageId: 'nonsense' }, { messageId: null }, { readAt: '2036-01-01T00:00:00.000Z' }]) {
      expectProblem(await ada.request('PUT', at(here, '/read'), body), 400)
    }
  })
})

describe('GET /api/team/people', () => {
  const find = async (by: TestPerson, q?: string) => {
    const path = `/api/team/people${q === undefined ? '' : `?q=${encodeURIComponent(q)}`}`
    return success(contract.listPeople, await by.request('GET', path)).data
  }

  it('finds those whom you share a conversation with, by name, without capitals and accents', async () => {
    const [me, ngoc, angstrom, once] = await Promise.all(
      ['Me', 'Đặng Thị Ngọc', 'ÅNGSTRÖM', 'Once'].map((name) => world.newPerson(name)),
    )
    const id = await world.newGroup([me!, ngoc!, angstrom!, once!])
    await me!.request('DELETE', at(id, `/members/${once!.id}`))
    const asPerson = (person: TestPerson | undefined, name: string) => ({ id: person!.id, name })
    const all = [asPerson(angstrom, 'ÅNGSTRÖM'), asPerson(ngoc, 'Đặng Thị Ngọc')]
    expect(await find(me!)).toEqual(all)
    expect(await find(me!, '')).toEqual(all)
    for (const q of ['ngoc', 'NGỌC', 'dang', 'Đặ', 'thi n', 'Ngọc'.normalize('NFD')]) {
      expect(await find(me!, q)).toEqual([asPerson(ngoc, 'Đặng Thị Ngọc')])
    }
    expect(await find(me!, 'ångstrom')).toEqual([asPerson(angstrom, 'ÅNGSTRÖM')])
    for (const q of ['once', 'me', '%', '_', '\\', 'nobody']) expect(await find(me!, q)).toEqual([])
  })

  it('finds anybody by exactly their e-mail address, and nobody by a part of one or by name', async () => {
    const hidden = await world.newPerson('Hidden')
    const other = await world.newPerson('Other')
    const person = { id: hidden.id, name: 'Hidden' }
    expect(await find(other, hidden.email)).toEqual([person])
    expect(await find(other, ` ${hidden.email.toUpperCase()} `)).toEqual([person])
    for (const q of ['Hidden', hidden.email.slice(1), hidden.email.slice(0, -1), '@example.org', '%@%', hidden.id]) {
      expect(await find(other, q)).toEqual([])
    }
    expect(await find(other, other.email)).toEqual([])
  })

  it('finds 20 at most', async () => {
    const people = await Promise.all(Array.from({ length: 23 }, (_, index) => world.newPerson(`P ${index}`)))
    await world.newGroup(people)
    expect(await find(people[0]!, 'p ')).toHaveLength(20)
  })

  it('asks who you are, and whether the question is well formed', async () => {
    expectProblem(await send(world.server.url, 'GET', '/api/team/people'), 401)
    for (const query of [`q=${'x'.repeat(256)}`, 'q=%00', 'name=x', 'q=a&q=b']) {
      expectProblem(await ada.request('GET', `/api/team/people?${query}`), 400)
    }
  })
})

describe('on the surfaces for conversations with models a team conversation is not there', () => {
  it.each([
    ['GET', '', undefined],
    ['PATCH', '', { title: 'Taken over' }],
    ['DELETE', '', undefined],
    ['POST', '/messages', { content: 'Hello', model: 'echo' }],
  ])('%s /api/conversations/{id}%s', async (method, rest, body) => {
    const id = await world.newGroup([ada, bo])
    for (const who of [ada, bo]) {
      const answer = await who.request(method, `/api/conversations/${id}${rest}`, body)
      expect([400, 404]).toContain(answer.status)
    }
    expect(await read(bo, id)).toMatchObject({ title: 'Engines', messageCount: 0 })
  })
})
