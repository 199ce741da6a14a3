/** The work types of a team conversation: who are you, is it well formed, may you, what happened. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import type { TestPerson } from '#test/support/server.ts'
import { expectStatus, success } from '../surfaces/holding.ts'
import {
  counted,
  happeningsIn,
  newWorkType,
  openTalk,
  read,
  remove,
  say,
  type Talk,
  timeline,
  withoutCredential,
} from './talk.ts'
import { at, expectProblem, said } from './world.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())

const list = async (by: TestPerson, group: string) =>
  success(contract.listWorkTypes, await by.request('GET', at(group, '/work-types'))).data
const make = (by: TestPerson, group: string, body: unknown) => by.request('POST', at(group, '/work-types'), body)
const workType = (id: string) => `/api/team/work-types/${id}`
const change = (by: TestPerson, id: string, body: unknown) => by.request('PATCH', workType(id), body)
const MISSING = 'Work type not found'
const TAKEN = 'This conversation has a work type of that name already.'

describe('who may', () => {
  it('list and make them: members; others are told 403, or 404 where there is no team conversation', async () => {
    const group = await talk.newGroup()
    for (const [method, body] of [['GET'], ['POST', { name: 'Bug' }]] as const) {
      expectProblem(await withoutCredential(talk, method, at(group, '/work-types'), body), 401)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request(method, at(group, '/work-types'), body), 403, said.forbidden)
        expectProblem(await person.request(method, at(randomUUID(), '/work-types'), body), 404, said.missing)
      }
      expectProblem(await talk.ada.request(method, at('x', '/work-types'), body), 400, 'Invalid id format')
    }
    expect(await list(talk.ada, group)).toEqual([])
  })

  it('change and delete one: members; to others it is not there', async () => {
    const { id } = await newWorkType(talk.ada, await talk.newGroup(), 'Bug')
    for (const [method, body] of [['PATCH', { name: 'Mine' }], ['DELETE']] as const) {
      expectProblem(await withoutCredential(talk, method, workType(id), body), 401)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request(method, workType(id), body), 404, MISSING)
      }
      expectProblem(await talk.ada.request(method, workType(randomUUID()), body), 404, MISSING)
      expectProblem(await talk.ada.request(method, workType('x'), body), 400, 'Invalid id format')
    }
    expect(await counted(talk, `work_types where work_type_id = $1 and name = 'Bug'`, [id])).toBe(1)
  })
})

describe('what is not well formed is refused, and the field is named:', () => {
  it.each<[unknown, RegExp]>([
    [{}, /name/],
    [{ name: '' }, /name/],
    [{ name: ' \t ' }, /name/],
    [{ name: 'x'.repeat(61) }, /name/],
    [{ name: 'a\0b' }, /name/],
    [{ name: 7 }, /name/],
    [{ name: 'Bug', color: 'mauve' }, /color/],
    [{ name: 'Bug', color: null }, /color/],
    [{ name: 'Bug', id: randomUUID() }, /id/],
  ])('%j', async (body, field) => {
    const group = await talk.newGroup()
    expectProblem(await make(talk.ada, group, body), 400, field)
    const { id } = await newWorkType(talk.ada, group, 'As it was')
    if (!(typeof body === 'object' && body !== null && Object.keys(body).length === 0)) {
      expectProblem(await change(talk.ada, id, body), 400, field)
    }
    expect(await list(talk.ada, group)).toEqual([{ id, name: 'As it was', color: 'teal' }])
  })
})

describe('a work type', () => {
  it('has a name and a colour, teal unless it is said; both change, one by one', async () => {
    const group = await talk.newGroup()
    const made = success(contract.createWorkType, await make(talk.cleo, group, { name: ' Bug ', color: 'rose' }))
    expect(made).toEqual({ id: expect.any(String), name: 'Bug', color: 'rose' })
    expect(await newWorkType(talk.cleo, group, 'Question')).toMatchObject({ color: 'teal' })
    const renamed = success(contract.updateWorkType, await change(talk.ben, made.id, { name: 'Fault' }))
    expect(renamed).toEqual({ ...made, name: 'Fault' })
    const painted = success(contract.updateWorkType, await change(talk.ben, made.id, { color: 'grey' }))
    expect(painted).toEqual({ ...made, name: 'Fault', color: 'grey' })
    expect(success(contract.updateWorkType, await change(talk.ben, made.id, {}))).toEqual(painted)
    expect(await list(talk.ada, group)).toContainEqual(painted)
  })

  it('is listed as people sort names, whatever its capitals and accents', async () => {
    const group = await talk.newGroup()
    for (const name of ['question', 'Bug', 'ý kiến', 'Đơn hàng', 'Answer', 'contract', 'Zoning'])
      await newWorkType(talk.ada, group, name)
    expect((await list(talk.cleo, group)).map(({ name }) => name)).toEqual([
      'Answer',
      'Bug',
      'contract',
      'Đơn hàng',
      'question',
      'ý kiến',
      'Zoning',
    ])
  })

  it.each(['<b>bold</b>', "'; drop table work_types; --", '\u202Egnp', '%_\\', 'Hợp đồng 📄'])(
    'comes back as it was named: %s',
    async (name) => {
      const group = await talk.newGroup()
      await newWorkType(talk.ada, group, name)
      expect(await list(talk.ben, group)).toMatchObject([{ name }])
    },
  )

  it.each([
    ['Bug', 'bUG'],
    ['Lỗi nặng', 'LỖI NẶNG'],
    ['Đơn', ' đơn '],
    ['Lỗi', 'Lỗi'.normalize('NFD')],
    ['Straße', 'STRASSE'],
  ])('has a name that no other has, in whatever capitals: %s, %s', async (name, again) => {
    const group = await talk.newGroup()
    const first = await newWorkType(talk.ada, group, name)
    const other = await newWorkType(talk.ada, group, 'Other')
    expectProblem(await make(talk.ben, group, { name: again }), 409, TAKEN)
    expectProblem(await change(talk.ben, other.id, { name: again, color: 'rose' }), 409, TAKEN)
    expect(await list(talk.ada, group)).toHaveLength(2)
    expect(await list(talk.ada, group)).toContainEqual(other)
    // Its own name is free for itself, and for another conversation.
    expectStatus(await change(talk.ben, first.id, { name: again }), 200)
    await newWorkType(talk.ada, await talk.newGroup(), name)
  })

  it('of ten that are made of one name at once is made once', async () => {
    const group = await talk.newGroup()
    const answers = await Promise.all(Array.from({ length: 10 }, () => make(talk.ada, group, { name: 'Bug' })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array(9).fill(409)])
    expect(await list(talk.ada, group)).toHaveLength(1)
  })

  it('of ten that are renamed to one name at once is renamed once', async () => {
    const group = await talk.newGroup()
    const ids: string[] = []
    for (let each = 0; each < 10; each++) ids.push((await newWorkType(talk.ada, group, `Name ${each}`)).id)
    const answers = await Promise.all(ids.map((id) => change(talk.ada, id, { name: 'Same' })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array(9).fill(409)])
  })

  it('is one of a hundred at most, however many are made at once', async () => {
    const group = await talk.newGroup()
    await talk.server.database.owner.query(
      `insert into work_types (work_type_id, conversation_id, name, name_key, color, created_at)
       select gen_random_uuid(), $1, 'Name ' || n, 'name ' || n, 'teal', now() from generate_series(1, 98) n`,
      [group],
    )
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => make(talk.ada, group, { name: `New ${n}` })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409, 409, 409])
    expectProblem(await make(talk.ada, group, { name: 'One more' }), 409, /as many work types as/)
    expect(await list(talk.ada, group)).toHaveLength(100)
  })

  it('is told to the readers when it is made, changed and deleted, and not when it is refused', async () => {
    const group = await talk.newGroup()
    await happeningsIn(talk, group)
    const { id } = await newWorkType(talk.ada, group, 'Bug')
    expect(await happeningsIn(talk, group)).toEqual(['work-types-changed'])
    expectStatus(await make(talk.ada, group, { name: 'Bug' }), 409)
    expect(await happeningsIn(talk, group)).toEqual([])
    expectStatus(await change(talk.ada, id, { color: 'blue' }), 200)
    expect(await happeningsIn(talk, group)).toEqual(['work-types-changed'])
    expectStatus(await talk.ada.request('DELETE', workType(id)), 204)
    expect(await happeningsIn(talk, group)).toEqual(['work-types-changed'])
  })
})

describe('deleting', () => {
  it('takes the tag from every message, and tells of each', async () => {
    const group = await talk.newGroup()
    const [bug, question] = [await newWorkType(talk.ada, group, 'Bug'), await newWorkType(talk.ada, group, 'Question')]
    const tagged = [
      await say(talk.ada, group, { content: 'One', workTypeId: bug.id }),
      await say(talk.ben, group, { content: 'Two', workTypeId: bug.id }),
    ]
    const kept = await say(talk.cleo, group, { content: 'Three', workTypeId: question.id })
    await happeningsIn(talk, group)
    success(contract.deleteWorkType, await talk.cleo.request('DELETE', workType(bug.id)))
    expect(await happeningsIn(talk, group)).toEqual(['message-changed', 'message-changed', 'work-types-changed'])
    for (const { id, content } of tagged) expect(await read(talk.ada, id)).toMatchObject({ workTypeId: null, content })
    expect(await read(talk.ada, kept.id)).toMatchObject({ workTypeId: question.id })
    expect((await timeline(talk.ada, group, `?workTypeId=${bug.id}`)).data).toEqual([])
    expect(await list(talk.ada, group)).toEqual([question])
  })

  it('of ten at once is one', async () => {
    const { id } = await newWorkType(talk.ada, await talk.newGroup(), 'Bug')
    const answers = await Promise.all(Array.from({ length: 10 }, () => talk.ada.request('DELETE', workType(id))))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, ...Array(9).fill(404)])
  })

  it('leaves nothing tagged that is posted, tagged or deleted at the same time', async () => {
    const group = await talk.newGroup()
    for (let round = 0; round < 8; round++) {
      const { id: workTypeId } = await newWorkType(talk.ada, group, 'Bug')
      const untagged = await say(talk.ada, group, 'Untagged')
      const doomed = await say(talk.ada, group, { content: 'Doomed', workTypeId })
      const [posted, tagged] = await Promise.all([
        talk.ben.request('POST', at(group, '/messages'), { content: 'Posted', workTypeId }),
        talk.cleo.request('PUT', `/api/team/messages/${untagged.id}/work-type`, { workTypeId }),
        remove(talk.ada, doomed.id),
        talk.ada.request('DELETE', workType(workTypeId)),
      ])
      expect([201, 404]).toContain(posted.status)
      expect([200, 404]).toContain(tagged.status)
    }
    expect(await counted(talk, 'messages where conversation_id = $1 and work_type_id is not null', [group])).toBe(0)
  })
})

it('the server had nothing to complain of', () => {
  expect(talk.server.problems.filter(({ what }) => what !== 'sweep')).toEqual([])
})
