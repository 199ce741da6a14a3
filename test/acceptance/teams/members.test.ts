/** /api/team/conversations/{id}/members: who is in a group, with which role, and who may change that. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import type { Answer, TestPerson } from '#test/support/server.ts'
import { success } from '../surfaces/holding.ts'
import { at, expectProblem, openTeamWorld, said, type TeamWorld } from './world.ts'

let world: TeamWorld
let people: Record<'owner' | 'admin' | 'otherAdmin' | 'member' | 'otherMember' | 'former' | 'stranger', TestPerson>
beforeAll(async () => {
  world = await openTeamWorld()
  people = {
    owner: await world.newPerson('Owner'),
    admin: await world.newPerson('Admin'),
    otherAdmin: await world.newPerson('Other Admin'),
    member: await world.newPerson('Member'),
    otherMember: await world.newPerson('Other Member'),
    former: await world.newPerson('Former'),
    stranger: await world.newPerson('Stranger'),
  }
})
afterAll(() => world.close())

/** A group with somebody in every role, and somebody who was in it. */
const newGroup = async (): Promise<string> => {
  const { owner, admin, otherAdmin, member, otherMember, former } = people
  const everybody = [owner, admin, otherAdmin, member, otherMember, former]
  const id = await world.newGroup(everybody, { admins: [admin, otherAdmin] })
  success(contract.removeMember, await owner.request('DELETE', at(id, `/members/${former.id}`)))
  return id
}

const members = (id: string, person: TestPerson) => at(id, `/members/${person.id}`)
const change = (by: TestPerson, id: string, person: TestPerson, role: unknown) =>
  by.request('PATCH', members(id, person), { role })
const remove = (by: TestPerson, id: string, person: TestPerson) => by.request('DELETE', members(id, person))
const add = (by: TestPerson, id: string, ...added: TestPerson[]) =>
  by.request('POST', at(id, '/members'), { personIds: added.map((person) => person.id) })
const list = async (by: TestPerson, id: string, query = '') =>
  success(contract.listMembers, await by.request('GET', at(id, `/members${query}`)))

describe('who may do what', () => {
  const ACTORS = ['owner', 'admin', 'member', 'former', 'stranger'] as const
  type Who = keyof typeof people
  const verbs: Record<string, (by: TestPerson, id: string, self: Who) => Promise<Answer>> = {
    'reads it': (by, id) => by.request('GET', at(id)),
    'lists members': (by, id) => by.request('GET', at(id, '/members')),
    'moves the read mark': (by, id) => by.request('PUT', at(id, '/read'), {}),
    'says to be typing': (by, id) => by.request('POST', at(id, '/typing')),
    'renames it': (by, id) => by.request('PATCH', at(id), { title: 'Looms' }),
    'adds somebody': (by, id) => add(by, id, people.stranger),
    'removes a member': (by, id) => remove(by, id, people.otherMember),
    'removes an admin': (by, id) => remove(by, id, people.otherAdmin),
    'removes the owner': (by, id) => remove(by, id, people.owner),
    'removes nobody': (by, id) => by.request('DELETE', at(id, `/members/${randomUUID()}`)),
    'promotes a member': (by, id) => change(by, id, people.otherMember, 'admin'),
    'demotes an admin': (by, id) => change(by, id, people.otherAdmin, 'member'),
    'promotes themselves': (by, id, self) => change(by, id, people[self], 'admin'),
    'demotes the owner': (by, id) => change(by, id, people.owner, 'admin'),
    'hands it over': (by, id) => change(by, id, people.otherMember, 'owner'),
    'takes it over': (by, id, self) => change(by, id, people[self], 'owner'),
    'promotes nobody': (by, id) => by.request('PATCH', at(id, `/members/${randomUUID()}`), { role: 'admin' }),
    leaves: (by, id, self) => remove(by, id, people[self]),
    'deletes it': (by, id) => by.request('DELETE', at(id)),
  }
  const table = `
                          owner  admin  member  former  stranger
    reads it              200    200    200     403     403
    lists members         200    200    200     403     403
    moves the read mark   200    200    200     403     403
    says to be typing     204    204    204     403     403
    renames it            200    200    403     403     403
    adds somebody         201    201    403     403     403
    removes a member      204    204    403     403     403
    removes an admin      204    403    403     403     403
    removes the owner     409    403    403     403     403
    removes nobody        404    404    403     403     403
    promotes a member     200    403    403     403     403
    demotes an admin      200    403    403     403     403
    promotes themselves   409    403    403     403     403
    demotes the owner     409    403    403     403     403
    hands it over         200    403    403     403     403
    takes it over         200    403    403     403     403
    promotes nobody       404    403    403     403     403
    leaves                409    204    204     403     403
    deletes it            204    403    403     403     403`
  const cells = table
    .split('\n')
    .slice(2)
    .flatMap((line) => {
      const [verb = '', ...statuses] = line.trim().split(/ {2,}/)
      return ACTORS.map((actor, index) => [actor, verb, Number(statuses[index])] as const)
    })

  it.each(cells)('%s %s: %i', async (actor, verb, status) => {
    const id = await newGroup()
    const [before, told] = [await world.rolesIn(id), await world.saidIn(id)]
    const answer = await verbs[verb]!(people[actor], id, actor)
    if (status < 300) return expect(answer.status).toBe(status)
    const isOutside = actor === 'former' || actor === 'stranger'
    expectProblem(answer, status, isOutside ? said.forbidden : status === 403 ? said.notAllowed : undefined)
    expect([await world.rolesIn(id), await world.saidIn(id)]).toEqual([before, told])
  })

  it('has a line for every verb', () => {
    expect([...new Set(cells.map(([, verb]) => verb))].toSorted()).toEqual(Object.keys(verbs).toSorted())
  })
})

describe('a direct conversation', () => {
  it('keeps its two people: 409 to whatever would change them, from both', async () => {
    const { owner, member, stranger } = people
    const body = { type: 'direct', personId: member.id }
    const { id } = success(
      contract.createTeamConversation,
      await owner.request('POST', '/api/team/conversations', body),
    )
    for (const [by, other] of [
      [owner, member],
      [member, owner],
    ] as const) {
      expectProblem(await add(by, id, stranger), 409, said.direct)
      expectProblem(await remove(by, id, other), 409, said.direct)
      expectProblem(await remove(by, id, by), 409, said.direct)
      for (const role of ['owner', 'admin', 'member'])
        expectProblem(await change(by, id, other, role), 409, said.direct)
      expectProblem(await by.request('PATCH', at(id), { title: 'X' }), 403, said.notAllowed)
      expectProblem(await by.request('DELETE', at(id)), 403, said.notAllowed)
    }
    expectProblem(await add(stranger, id, stranger), 403, said.forbidden)
    expect(await world.rolesIn(id)).toEqual({ [owner.id]: 'member', [member.id]: 'member' })
    expect(await world.saidIn(id)).toEqual([])
  })
})

describe('adding', () => {
  it('answers with all who were named, by name, and is told once', async () => {
    const { owner, member } = people
    const [eve, dan] = [await world.newPerson('Eve'), await world.newPerson('Dan')]
    const id = await world.newGroup([owner, member])
    const { data } = success(contract.addMembers, await add(owner, id, eve, member, dan, eve))
    expect(data.map(({ name, role }) => [name, role])).toEqual([
      ['Dan', 'member'],
      ['Eve', 'member'],
      ['Member', 'member'],
    ])
    expect((await eve.request('GET', at(id))).body).toMatchObject({ memberCount: 4, messageCount: 1 })
    const told = await world.saidIn(id)
    expect(told).toEqual([expect.stringMatching(/^Owner added (Eve and Dan|Dan and Eve)\.$/)])
    success(contract.addMembers, await add(owner, id, eve, dan))
    expect(await world.saidIn(id)).toEqual(told)
  })

  it('takes an admin’s role from nobody, and gives none back to who returns', async () => {
    const { owner, admin } = people
    const id = await world.newGroup([owner, admin], { admins: [admin] })
    expect(success(contract.addMembers, await add(owner, id, admin)).data).toMatchObject([{ role: 'admin' }])
    success(contract.removeMember, await remove(admin, id, admin))
    expect(success(contract.addMembers, await add(owner, id, admin)).data).toMatchObject([{ role: 'member' }])
    expect(await world.saidIn(id)).toEqual(['Admin left.', 'Owner added Admin.'])
  })

  it('adds all or, when one does not exist, nobody', async () => {
    const { owner, member } = people
    const id = await world.newGroup([owner])
    const body = { personIds: [member.id, randomUUID()] }
    expectProblem(await owner.request('POST', at(id, '/members'), body), 404, said.noPerson)
    expect(await world.rolesIn(id)).toEqual({ [owner.id]: 'owner' })
  })

  it('knows ids in any spelling', async () => {
    const { owner, member } = people
    const id = await world.newGroup([owner])
    const body = { personIds: [member.id.toUpperCase(), member.id] }
    const { data } = success(contract.addMembers, await owner.request('POST', at(id, '/members'), body))
    expect(data).toMatchObject([{ id: member.id }])
    const path = at(id, `/members/${member.id.toUpperCase()}`)
    expect(success(contract.changeRole, await owner.request('PATCH', path, { role: 'admin' })).role).toBe('admin')
    success(contract.removeMember, await member.request('DELETE', path))
  })

  it('stops at 5,000', async () => {
    const { owner, member, stranger } = people
    const id = await world.newGroup([owner])
    const { owner: sql } = world.server.database
    await sql.query(
      `with made as (
         insert into users (user_id, name, created_at) select gen_random_uuid(), 'Crowd ' || n, now()
         from generate_series(1, 4998) n returning user_id)
       insert into members (conversation_id, user_id, role, joined_at, read_at)
         select $1, user_id, 'member', now(), now() from made`,
      [id],
    )
    await sql.query('update conversations set member_count = 4999 where conversation_id = $1', [id])
    const full = 'This group has as many members as a group can have.'
    expectProblem(await add(owner, id, member, stranger), 409, full)
    success(contract.addMembers, await add(owner, id, member))
    expectProblem(await add(owner, id, stranger), 409, full)
    success(contract.removeMember, await remove(member, id, member))
    success(contract.addMembers, await add(owner, id, stranger))
    expect((await owner.request('GET', at(id))).body.memberCount).toBe(5000)
  })

  it.each([
    {},
    { personIds: [] },
    { personIds: ['x'] },
    { personIds: null },
    { personIds: [randomUUID()], role: 'owner' },
  ])('answers 400 to %j', async (body) => {
    const id = await world.newGroup([people.owner])
    expectProblem(await people.owner.request('POST', at(id, '/members'), body), 400)
  })

  it('answers 400 to a hundred and one', async () => {
    const id = await world.newGroup([people.owner])
    const personIds = Array.from({ length: 101 }, () => randomUUID())
    expectProblem(await people.owner.request('POST', at(id, '/members'), { personIds }), 400, /personIds/)
  })
})

describe('roles', () => {
  it('are changed one at a time, without a word', async () => {
    const { owner, member } = people
    const id = await world.newGroup([owner, member])
    const promoted = success(contract.changeRole, await change(owner, id, member, 'admin'))
    expect(promoted).toMatchObject({ id: member.id, name: 'Member', role: 'admin' })
    expect(success(contract.changeRole, await change(owner, id, member, 'member')).role).toBe('member')
    expect(await world.saidIn(id)).toEqual([])
  })

  it('of the owner go to somebody else, and who had it becomes an admin', async () => {
    const { owner, member } = people
    const id = await world.newGroup([owner, member])
    expect(success(contract.changeRole, await change(owner, id, member, 'owner')).role).toBe('owner')
    expect(await world.rolesIn(id)).toEqual({ [owner.id]: 'admin', [member.id]: 'owner' })
    expect(await world.saidIn(id)).toEqual(['Owner handed the group over to Member.'])
    success(contract.removeMember, await remove(owner, id, owner))
    expect((await member.request('GET', at(id))).body.can).toMatchObject({ delete: true, leave: false })
  })

  it.each([{}, { role: 'king' }, { role: null }, { role: ['owner'] }, { role: 'admin', readAt: 'now' }])(
    'answers 400 to %j',
    async (body) => {
      const id = await world.newGroup([people.owner, people.member])
      expectProblem(await people.owner.request('PATCH', members(id, people.member), body), 400)
    },
  )
})

describe('leaving', () => {
  it('is told, takes the conversation from the list, and is no end: one can be added again', async () => {
    const { owner, member } = people
    const id = await world.newGroup([owner, member])
    success(contract.removeMember, await remove(member, id, member))
    expectProblem(await remove(member, id, member), 403, said.forbidden)
    expectProblem(await remove(owner, id, member), 404, said.noMember)
    expect((await member.request('GET', '/api/team/conversations?limit=100')).body.data).not.toContainEqual(
      expect.objectContaining({ id }),
    )
    expect(await world.saidIn(id)).toEqual(['Member left.'])
    success(contract.addMembers, await add(owner, id, member))
    expect((await member.request('GET', at(id))).body).toMatchObject({ memberCount: 2, unreadCount: 0 })
  })

  it('is not for the owner, whoever else is there', async () => {
    const { owner, admin } = people
    for (const others of [[], [admin]]) {
      const id = await world.newGroup([owner, ...others])
      expectProblem(await remove(owner, id, owner), 409, said.ownerLeaves)
    }
  })
})

describe('the log for readers', () => {
  /** What was written of a conversation, in order: who it is for and what happened. */
  const logged = async (id: string): Promise<string[]> => {
    const { rows } = await world.server.database.owner.query(
      `select kind, u.name from team_events e left join users u on u.user_id = e.person_id
       where e.conversation_id = $1 order by transaction, event_id`,
      [id],
    )
    return rows.map(({ kind, name }) => `${kind} for ${name ?? 'all'}`)
  }

  it('tells the added before all, the removed before what comes after, and of a deleted group everybody', async () => {
    const { owner, admin, member } = people
    const id = await world.newGroup([owner, admin])
    const begun = await logged(id)
    expect(begun.toSorted()).toEqual(['conversation-changed for Admin', 'conversation-changed for Owner'])
    await add(owner, id, member)
    await change(owner, id, member, 'admin')
    await remove(owner, id, member)
    await owner.request('PATCH', at(id), { title: 'Looms' })
    await owner.request('PUT', at(id, '/read'), {})
    await owner.request('PUT', at(id, '/read'), {})
    await owner.request('DELETE', at(id))
    const all = await logged(id)
    expect(all.slice(2, -2)).toEqual([
      'conversation-changed for Member',
      'conversation-changed for all',
      'message-posted for all',
      'conversation-changed for all',
      'conversation-gone for Member',
      'conversation-changed for all',
      'message-posted for all',
      'conversation-changed for all',
      'message-posted for all',
      'read-moved for Owner',
    ])
    expect(all.slice(-2).toSorted()).toEqual(['conversation-gone for Admin', 'conversation-gone for Owner'])
  })
})

describe('at the same time', () => {
  it('twenty transfers leave exactly one owner', async () => {
    const everybody = await Promise.all(Array.from({ length: 20 }, (_, index) => world.newPerson(`P${index}`)))
    const owner = everybody[0]!
    const id = await world.newGroup(everybody)
    const answers = await Promise.all(everybody.map((person) => change(owner, id, person, 'owner')))
    // Whoever came first got it; to all others the former owner was an admin. Handing it to oneself changes nothing.
    const statuses = answers.slice(1).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 403)).toHaveLength(18)
    const roles = Object.values(await world.rolesIn(id))
    expect(roles.filter((role) => role === 'owner')).toHaveLength(1)
    expect(roles).toHaveLength(20)
    expect((await world.saidIn(id)).filter((text) => text.includes('handed'))).toHaveLength(1)
  })

  it('a wild hour of transfers, removals, leavings and additions leaves one owner and a true count', async () => {
    const everybody = await Promise.all(Array.from({ length: 8 }, (_, index) => world.newPerson(`P${index}`)))
    const id = await world.newGroup(everybody, { admins: everybody.slice(1, 4) })
    const wishes = everybody.flatMap((by, index) => {
      const other = everybody[(index + 1) % 8]!
      return [
        () => change(by, id, other, 'owner'),
        () => remove(by, id, other),
        () => remove(by, id, by),
        () => add(by, id, other),
        () => change(by, id, other, 'admin'),
      ]
    })
    const answers = await Promise.all([...wishes, ...wishes].map((wish) => wish()))
    for (const { status } of answers) expect([200, 201, 204, 403, 404, 409]).toContain(status)
    const roles = await world.rolesIn(id)
    expect(Object.values(roles).filter((role) => role === 'owner')).toHaveLength(1)
    const { rows } = await world.server.database.owner.query(
      `select member_count, message_count, (select count(*)::int from messages m where m.conversation_id = $1) as messages
       from conversations where conversation_id = $1`,
      [id],
    )
    expect(rows[0].member_count).toBe(Object.keys(roles).length)
    expect(rows[0].message_count).toBe(rows[0].messages)
  })

  it('twenty removals of one member happen once', async () => {
    const { owner, admin, member } = people
    const id = await world.newGroup([owner, admin, member], { admins: [admin] })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => remove(index % 2 === 0 ? owner : admin, id, member)),
    )
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(19)
    expect(await world.saidIn(id)).toHaveLength(1)
  })

  it('the owner can’t leave while handing over to somebody who leaves', async () => {
    const { owner, member } = people
    for (let round = 0; round < 10; round++) {
      const id = await world.newGroup([owner, member])
      await Promise.all([change(owner, id, member, 'owner'), remove(member, id, member), remove(owner, id, owner)])
      const roles = Object.values(await world.rolesIn(id))
      expect(roles.filter((role) => role === 'owner')).toHaveLength(1)
    }
  })
})

describe('the list of members', () => {
  it('is by name, without capitals and accents, page after page', async () => {
    const owner = await world.newPerson('zoe')
    const named = await Promise.all(
      ['Ánh', 'ann', 'Bo', 'Đức', 'Emil', 'Émile', 'Same', 'Same'].map((n) => world.newPerson(n)),
    )
    const id = await world.newGroup([owner, ...named])
    const all = (await list(owner, id)).data
    expect(all.map(({ name }) => name)).toEqual(['Ánh', 'ann', 'Bo', 'Đức', 'Emil', 'Émile', 'Same', 'Same', 'zoe'])
    for (const limit of [1, 2, 4]) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof list>> = await list(
          owner,
          id,
          `?limit=${limit}${cursor && `&cursor=${cursor}`}`,
        )
        seen.push(...page.data.map((member) => member.id))
        cursor = page.nextCursor
      }
      expect(seen).toEqual(all.map((member) => member.id))
    }
  })

  it('goes on where it was when who stood there has left', async () => {
    const owner = await world.newPerson('A')
    const [b, c] = [await world.newPerson('B'), await world.newPerson('C')]
    const id = await world.newGroup([owner, b, c])
    const { nextCursor } = await list(owner, id, '?limit=2')
    await remove(b, id, b)
    expect((await list(owner, id, `?cursor=${nextCursor}`)).data.map(({ name }) => name)).toEqual(['C'])
  })

  it('can be searched', async () => {
    const owner = await world.newPerson('Owner')
    const id = await world.newGroup([owner, await world.newPerson('Ngọc Ánh'), await world.newPerson('100% Bo')])
    const found = async (q: string) =>
      (await list(owner, id, `?q=${encodeURIComponent(q)}`)).data.map(({ name }) => name)
    expect(await found('ngoc')).toEqual(['Ngọc Ánh'])
    expect(await found('%')).toEqual(['100% Bo'])
    expect(await found('')).toHaveLength(3)
    expect(await found('nobody')).toEqual([])
  })

  it.each([
    'limit=0',
    'limit=201',
    'cursor=nonsense',
    `cursor=${randomUUID()}`,
    `q=${'x'.repeat(101)}`,
    'q=%00',
    'page=1',
  ])('answers 400 to %s', async (query) => {
    const id = await world.newGroup([people.owner])
    expectProblem(await people.owner.request('GET', at(id, `/members?${query}`)), 400)
  })

  it('tells nothing of somebody who was never in it, whose id is taken for a cursor', async () => {
    const id = await world.newGroup([people.owner])
    const cursor = people.stranger.id
    expectProblem(await people.owner.request('GET', at(id, `/members?cursor=${cursor}`)), 400, /cursor/)
  })
})

describe('names of people', () => {
  it.each(['👩‍🚀 Zoë', 'محمد', '\u202Eadb', 'A\r\nid: 1\r\ndata: x', "Robert'); drop table members;--", '<b>Bo</b>'])(
    'are told as they are: %j',
    async (name) => {
      const [owner, other] = [await world.newPerson('Owner'), await world.newPerson(name)]
      const id = await world.newGroup([owner])
      expect(success(contract.addMembers, await add(owner, id, other)).data).toMatchObject([{ name }])
      expect((await list(owner, id)).data.map((member) => member.name)).toContain(name)
      expect(await world.saidIn(id)).toEqual([`Owner added ${name}.`])
    },
  )
})
