/** The tasks of a team conversation: who are you, is it well formed, may you, what happened. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import type { TestPerson } from '#test/support/server.ts'
import { expectStatus, success } from '../surfaces/holding.ts'
import {
  conversation,
  counted,
  happeningsIn,
  idsOf,
  listTasks,
  newTask,
  openTalk,
  read,
  remove,
  say,
  sayMany,
  type Talk,
  withoutCredential,
} from './talk.ts'
import { at, expectProblem, said } from './world.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())

const make = (by: TestPerson, group: string, body: unknown) => by.request('POST', at(group, '/tasks'), body)
const task = (id: string, rest = '') => `/api/team/tasks/${id}${rest}`
const change = (by: TestPerson, id: string, body: unknown) => by.request('PATCH', task(id), body)
const link = (by: TestPerson, id: string, messageId: string) => by.request('PUT', task(id, `/messages/${messageId}`))
const unlink = (by: TestPerson, id: string, messageId: string) =>
  by.request('DELETE', task(id, `/messages/${messageId}`))
const statusesOf = (answers: readonly { readonly status: number }[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)
const MISSING = 'Task not found'
const NO_MESSAGE = 'Message not found'

describe('who may', () => {
  it('list and make them: members; others are told 403, or 404 where there is no team conversation', async () => {
    const group = await talk.newGroup()
    for (const [method, body] of [['GET'], ['POST', { title: 'To do' }]] as const) {
      expectProblem(await withoutCredential(talk, method, at(group, '/tasks'), body), 401)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request(method, at(group, '/tasks'), body), 403, said.forbidden)
        expectProblem(await person.request(method, at(randomUUID(), '/tasks'), body), 404, said.missing)
      }
      expectProblem(await talk.ada.request(method, at('x', '/tasks'), body), 400, 'Invalid id format')
    }
    expect((await listTasks(talk.ada, group)).data).toEqual([])
  })

  it('change, delete, link and unlink one: members; to others it is not there', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group)
    const { id } = await newTask(talk.ada, group)
    for (const [method, rest, body] of [
      ['PATCH', '', { title: 'Mine' }],
      ['DELETE', ''],
      ['PUT', `/messages/${messageId}`],
      ['DELETE', `/messages/${messageId}`],
    ] as const) {
      expectProblem(await withoutCredential(talk, method, task(id, rest), body), 401)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request(method, task(id, rest), body), 404, MISSING)
      }
      expectProblem(await talk.ada.request(method, task(randomUUID(), rest), body), 404, MISSING)
      expectProblem(await talk.ada.request(method, task('x', rest), body), 400, 'Invalid id format')
    }
    expect((await listTasks(talk.ada, group)).data).toMatchObject([{ id, title: 'To do', messageIds: [] }])
  })
})

describe('what is not well formed is refused, and the field is named:', () => {
  it.each<[Record<string, unknown>, RegExp]>([
    [{ title: '' }, /title/],
    [{ title: ' \n ' }, /title/],
    [{ title: 'x'.repeat(256) }, /title/],
    [{ title: 'a\0b' }, /title/],
    [{ title: 7 }, /title/],
    [{ title: 'x', assigneeId: 'Ada' }, /assigneeId/],
    [{ title: 'x', dueOn: 'tomorrow' }, /dueOn/],
    [{ title: 'x', dueOn: '2026-02-30' }, /dueOn/],
    [{ title: 'x', dueOn: '2026-02-03T10:00:00Z' }, /dueOn/],
    [{ title: 'x', createdBy: randomUUID() }, /createdBy/],
  ])('%j', async (body, field) => {
    const group = await talk.newGroup()
    expectProblem(await make(talk.ada, group, body), 400, field)
    const { id } = await newTask(talk.ada, group, { title: 'As it was' })
    expectProblem(await change(talk.ada, id, body), 400, field)
    expect((await listTasks(talk.ada, group)).data).toMatchObject([{ title: 'As it was', assignee: null, dueOn: null }])
  })

  it('no title, a message that is none, a status that is none', async () => {
    const group = await talk.newGroup()
    expectProblem(await make(talk.ada, group, {}), 400, /title/)
    expectProblem(await make(talk.ada, group, { title: 'x', messageId: 'x' }), 400, /messageId/)
    expectProblem(await make(talk.ada, group, { title: 'x', status: 'done' }), 400, /status/)
    const { id } = await newTask(talk.ada, group)
    expectProblem(await change(talk.ada, id, { status: 'closed' }), 400, /status/)
    expectProblem(await change(talk.ada, id, { messageId: randomUUID() }), 400, /messageId/)
  })

  it('a query for the list', async () => {
    const group = await talk.newGroup()
    for (const query of [
      'limit=0',
      'limit=101',
      'status=closed',
      'messageId=x',
      'cursor=x',
      'cursor=open.x',
      'page=1',
    ]) {
      expectProblem(
        await talk.ada.request('GET', at(group, `/tasks?${query}`)),
        400,
        new RegExp(query.split('=', 1)[0]!),
      )
    }
  })
})

describe('a task', () => {
  it('from nothing has a title and who made it', async () => {
    const group = await talk.newGroup()
    const made = success(contract.createTask, await make(talk.cleo, group, { title: 'Write it down' }))
    expect(made).toEqual({
      id: expect.any(String),
      conversationId: group,
      title: 'Write it down',
      status: 'open',
      assignee: null,
      dueOn: null,
      messageIds: [],
      createdBy: { id: talk.cleo.id, name: 'Cleo' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      doneAt: null,
    })
    expect((await listTasks(talk.ada, group)).data).toEqual([made])
  })

  it('from a message is linked to it, and the message says so', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group, 'We should')
    const made = await newTask(talk.ben, group, { messageId, assigneeId: talk.cleo.id, dueOn: '2026-02-03' })
    expect(made).toMatchObject({
      messageIds: [messageId],
      assignee: { id: talk.cleo.id, name: 'Cleo' },
      dueOn: '2026-02-03',
    })
    expect(await read(talk.ada, messageId)).toMatchObject({ taskId: made.id, linkedTaskCount: 1 })
  })

  it.each(['<b>bold</b>', "'; drop table tasks; --", '\u202Egnp', 'Ký hợp đồng 📄', '  white space stays  '])(
    'comes back as it was named: %s',
    async (title) => {
      const group = await talk.newGroup()
      await newTask(talk.ada, group, { title })
      expect((await listTasks(talk.ben, group)).data).toMatchObject([{ title }])
    },
  )

  it('is made from a message once, however many make it at once', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => make(talk.ada, group, { title: 'x', messageId })),
    )
    expect(statusesOf(answers)).toEqual([201, ...Array(9).fill(409)])
    expectProblem(
      await make(talk.ben, group, { title: 'x', messageId }),
      409,
      'A task was made from this message already.',
    )
    expect((await listTasks(talk.ada, group)).data).toHaveLength(1)
    expect(await read(talk.ada, messageId)).toMatchObject({ linkedTaskCount: 1 })
  })

  it('is made from a message of this conversation that stands, and from nothing else', async () => {
    const [group, other] = [await talk.newGroup(), await talk.newGroup()]
    const elsewhere = await say(talk.ada, other)
    const gone = await say(talk.ada, group)
    await remove(talk.ada, gone.id)
    for (const messageId of [elsewhere.id, gone.id, randomUUID()]) {
      expectProblem(await make(talk.ada, group, { title: 'x', messageId }), 404, NO_MESSAGE)
    }
    expect((await listTasks(talk.ada, group)).data).toEqual([])
  })

  it('is given to members only, and to nobody', async () => {
    const group = await talk.newGroup()
    const { id } = await newTask(talk.ada, group, { assigneeId: talk.ben.id })
    for (const nobody of [talk.stranger.id, talk.dora.id, randomUUID()]) {
      expectProblem(await make(talk.ada, group, { title: 'x', assigneeId: nobody }), 400, new RegExp(nobody))
      expectProblem(await change(talk.ada, id, { assigneeId: nobody, title: 'x' }), 400, new RegExp(nobody))
    }
    expect((await listTasks(talk.ada, group)).data).toMatchObject([{ title: 'To do', assignee: { name: 'Ben' } }])
    expect(success(contract.updateTask, await change(talk.ada, id, { assigneeId: null })).assignee).toBeNull()
  })

  it('stays with who was given it when that person leaves', async () => {
    const group = await talk.newGroup()
    const { id } = await newTask(talk.cleo, group, { assigneeId: talk.cleo.id })
    expectStatus(await talk.cleo.request('DELETE', at(group, `/members/${talk.cleo.id}`)), 204)
    const cleo = { id: talk.cleo.id, name: 'Cleo' }
    expect((await listTasks(talk.ada, group)).data).toMatchObject([{ id, assignee: cleo, createdBy: cleo }])
    expectStatus(await change(talk.ada, id, { title: 'Still to do' }), 200)
    expectProblem(await change(talk.cleo, id, { title: 'x' }), 404, MISSING)
  })

  it('changes field by field, by any member; what is left out stays', async () => {
    const group = await talk.newGroup()
    const made = await newTask(talk.ada, group, { assigneeId: talk.ben.id, dueOn: '2026-02-03' })
    const changed = async (body: unknown) => success(contract.updateTask, await change(talk.cleo, made.id, body))
    expect(await changed({})).toEqual(made)
    expect(await changed({ title: 'Another' })).toEqual({ ...made, title: 'Another' })
    expect(await changed({ dueOn: '2028-02-29' })).toEqual({ ...made, title: 'Another', dueOn: '2028-02-29' })
    expect(await changed({ dueOn: null, assigneeId: null })).toEqual({
      ...made,
      title: 'Another',
      dueOn: null,
      assignee: null,
    })
  })

  it('is ticked off, which is remembered, and opened again', async () => {
    const group = await talk.newGroup()
    const { id } = await newTask(talk.ada, group)
    talk.server.clock.moveBy(5)
    const done = success(contract.updateTask, await change(talk.ben, id, { status: 'done' }))
    expect(done).toMatchObject({ status: 'done', doneAt: expect.any(String) })
    expect(done.doneAt! > done.createdAt).toBe(true)
    talk.server.clock.moveBy(5)
    expect(success(contract.updateTask, await change(talk.ben, id, { status: 'done' })).doneAt).toBe(done.doneAt)
    expect(success(contract.updateTask, await change(talk.ben, id, { title: 'Was to do' })).doneAt).toBe(done.doneAt)
    const open = success(contract.updateTask, await change(talk.ada, id, { status: 'open' }))
    expect(open).toMatchObject({ status: 'open', doneAt: null })
  })

  it('is told to the readers whatever becomes of it, and not when that is refused', async () => {
    const group = await talk.newGroup()
    const [one, two] = await sayMany(talk.ada, group, 2)
    await happeningsIn(talk, group)
    const { id } = await newTask(talk.ada, group, { messageId: one! })
    const both = ['message-changed', 'tasks-changed']
    expect((await happeningsIn(talk, group)).toSorted()).toEqual(both)
    expectStatus(await make(talk.ada, group, { title: 'x', messageId: one }), 409)
    expectStatus(await change(talk.ada, id, { assigneeId: talk.stranger.id }), 400)
    expectStatus(await link(talk.ada, id, one!), 409)
    expect(await happeningsIn(talk, group)).toEqual([])
    expectStatus(await change(talk.ada, id, { status: 'done' }), 200)
    expect(await happeningsIn(talk, group)).toEqual(['tasks-changed'])
    expectStatus(await link(talk.ada, id, two!), 204)
    expect((await happeningsIn(talk, group)).toSorted()).toEqual(both)
    expectStatus(await unlink(talk.ada, id, two!), 204)
    expect((await happeningsIn(talk, group)).toSorted()).toEqual(both)
    expectStatus(await unlink(talk.ada, id, two!), 204)
    expect(await happeningsIn(talk, group)).toEqual([])
    expectStatus(await talk.ada.request('DELETE', task(id)), 204)
    expect((await happeningsIn(talk, group)).toSorted()).toEqual(both)
  })
})

describe('the list', () => {
  const pages = async (group: string, query: string) => {
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const { data, nextCursor } = await listTasks(talk.cleo, group, `?${query}${cursor}`)
      seen.push(...idsOf(data))
      if (nextCursor === null) return seen
      cursor = `&cursor=${nextCursor}`
    }
  }

  it('has open ones first, then the newest, page by page, by status, and by message', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group)
    const ids: string[] = []
    for (let each = 0; each < 9; each++) {
      ids.push((await newTask(talk.ada, group)).id)
      talk.server.clock.moveBy(1)
    }
    const done = ids.filter((_, index) => index % 3 === 1)
    for (const id of done) expectStatus(await change(talk.ada, id, { status: 'done' }), 200)
    for (const id of ids.slice(2, 5)) expectStatus(await link(talk.ada, id, messageId), 204)
    const open = ids.filter((id) => !done.includes(id))
    for (const limit of [1, 2, 6, 9, 100]) {
      expect(await pages(group, `limit=${limit}`)).toEqual([...open.toReversed(), ...done.toReversed()])
    }
    expect(await pages(group, 'limit=2&status=open')).toEqual(open.toReversed())
    expect(await pages(group, 'limit=2&status=done')).toEqual(done.toReversed())
    expect(await pages(group, `limit=2&messageId=${messageId}`)).toEqual([ids[3], ids[2], ids[4]])
    expect(await pages(group, `messageId=${randomUUID()}`)).toEqual([])
  })

  it('breaks ties in time by id', async () => {
    const group = await talk.newGroup()
    const ids: string[] = []
    for (let each = 0; each < 5; each++) ids.push((await newTask(talk.ada, group)).id)
    await talk.server.database.owner.query('update tasks set created_at = $2 where conversation_id = $1', [
      group,
      new Date(),
    ])
    expect(await pages(group, 'limit=2')).toEqual(ids.toSorted().toReversed())
  })
})

describe('linking', () => {
  it('counts at the message, and a message is linked to a task once', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group)
    const [one, two] = [await newTask(talk.ada, group), await newTask(talk.ada, group)]
    const answers = await Promise.all(Array.from({ length: 10 }, () => link(talk.ben, one.id, messageId)))
    expect(statusesOf(answers)).toEqual([204, ...Array(9).fill(409)])
    expectProblem(await link(talk.cleo, one.id, messageId), 409, 'This message is linked to the task already.')
    expectStatus(await link(talk.cleo, two.id, messageId), 204)
    expect(await read(talk.ada, messageId)).toMatchObject({ linkedTaskCount: 2, taskId: null })
    const unlinked = await Promise.all(Array.from({ length: 10 }, () => unlink(talk.ben, one.id, messageId)))
    expect(statusesOf(unlinked)).toEqual(Array(10).fill(204))
    expect(await read(talk.ada, messageId)).toMatchObject({ linkedTaskCount: 1 })
  })

  it('is of messages of the same conversation that stand', async () => {
    const [group, other] = [await talk.newGroup(), await talk.newGroup()]
    const { id } = await newTask(talk.ada, group)
    const elsewhere = await say(talk.ada, other)
    const gone = await say(talk.ada, group)
    await remove(talk.ada, gone.id)
    for (const messageId of [elsewhere.id, gone.id, randomUUID()]) {
      expectProblem(await link(talk.ada, id, messageId), 404, NO_MESSAGE)
      expectProblem(await unlink(talk.ada, id, messageId), 404, NO_MESSAGE)
    }
    expectProblem(await link(talk.ada, id, 'x'), 400, /messageId/)
    expect(await read(talk.ada, elsewhere.id)).toMatchObject({ linkedTaskCount: 0 })
  })

  it('names what the task was made from first, then what was linked, in order', async () => {
    const group = await talk.newGroup()
    const [origin, first, second] = await sayMany(talk.ada, group, 3)
    const { id } = await newTask(talk.ada, group, { messageId: origin! })
    for (const messageId of [second!, first!]) {
      talk.server.clock.moveBy(1)
      expectStatus(await link(talk.ada, id, messageId), 204)
    }
    expect((await listTasks(talk.ada, group)).data).toMatchObject([{ messageIds: [origin, second, first] }])
  })

  it('names a hundred messages at most', async () => {
    const group = await talk.newGroup()
    const { id } = await newTask(talk.ada, group)
    await talk.server.database.owner.query(
      `with said as (
         insert into messages (message_id, conversation_id, sender_id, role, content, linked_task_count, created_at, updated_at)
         select gen_random_uuid(), $1, $2, 'user', 'x', 1, now(), now() from generate_series(1, 101)
         returning message_id)
       insert into task_links (task_id, message_id, conversation_id, linked_at) select $3, message_id, $1, now() from said`,
      [group, talk.ada.id, id],
    )
    expect((await listTasks(talk.ada, group)).data[0]!.messageIds).toHaveLength(100)
  })

  it('taken from where the task was made lets another be made from there', async () => {
    const group = await talk.newGroup()
    const { id: messageId } = await say(talk.ada, group)
    const first = await newTask(talk.ada, group, { messageId })
    expectStatus(await unlink(talk.ben, first.id, messageId), 204)
    expect(await read(talk.ada, messageId)).toMatchObject({ taskId: null, linkedTaskCount: 0 })
    const second = await newTask(talk.ada, group, { messageId })
    expect(await read(talk.ada, messageId)).toMatchObject({ taskId: second.id, linkedTaskCount: 1 })
  })
})

describe('deleting', () => {
  it('leaves the messages, which are told nothing of it any more', async () => {
    const group = await talk.newGroup()
    const [one, two] = await sayMany(talk.ada, group, 2)
    const doomed = await newTask(talk.ada, group, { messageId: one! })
    const kept = await newTask(talk.ada, group)
    for (const id of [doomed.id, kept.id]) expectStatus(await link(talk.ada, id, two!), 204)
    success(contract.deleteTask, await talk.cleo.request('DELETE', task(doomed.id)))
    expect(await read(talk.ada, one!)).toMatchObject({ content: 'Message 1', taskId: null, linkedTaskCount: 0 })
    expect(await read(talk.ada, two!)).toMatchObject({ linkedTaskCount: 1 })
    expect(idsOf((await listTasks(talk.ada, group)).data)).toEqual([kept.id])
    expect(await conversation(talk.ada, group)).toMatchObject({ messageCount: 2 })
    expectProblem(await talk.ada.request('DELETE', task(doomed.id)), 404, MISSING)
  })

  it('of ten at once is one', async () => {
    const { id } = await newTask(talk.ada, await talk.newGroup())
    const answers = await Promise.all(Array.from({ length: 10 }, () => talk.ada.request('DELETE', task(id))))
    expect(statusesOf(answers)).toEqual([204, ...Array(9).fill(404)])
  })

  it('keeps every count right, whatever is made, linked, unlinked and deleted at the same time', async () => {
    const group = await talk.newGroup()
    for (let round = 0; round < 6; round++) {
      const [one, two] = await sayMany(talk.ada, group, 2)
      const { id } = await newTask(talk.ada, group, { messageId: one! })
      const answers = await Promise.all([
        link(talk.ada, id, two!),
        link(talk.ben, id, two!),
        unlink(talk.cleo, id, one!),
        make(talk.cleo, group, { title: 'Another', messageId: one }),
        round % 2 === 0
          ? talk.ada.request('DELETE', task(id))
          : talk.ada.request('DELETE', `/api/team/messages/${two}`),
      ])
      expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
    }
    const wrong = await counted(
      talk,
      `messages m where conversation_id = $1 and (
         linked_task_count <> (select count(*) from task_links l where l.message_id = m.message_id)
         or task_id is not null and not exists (
           select from task_links l where l.message_id = m.message_id and l.task_id = m.task_id))`,
      [group],
    )
    expect(wrong).toBe(0)
  })
})

it('the server had nothing to complain of', () => {
  expect(talk.server.problems.filter(({ what }) => what !== 'sweep')).toEqual([])
})
