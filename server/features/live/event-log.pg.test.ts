/** The log in a real database: what can be read when, what is told as what, what is kept. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createTestDatabase,
  openTestDoor,
  seedPerson,
  type SeededPerson,
  seedTeam,
  seedTeamMessage,
  type TestDatabase,
} from '#test/support/database.ts'
import type { Door } from '../../adapters/postgres/door.ts'
import { type EventLog, READ_AT_ONCE } from './event-log.ts'
import { pgEventLog } from './event-log.pg.ts'

const DAY_MS = 86_400_000

let database: TestDatabase
let door: Door
let log: EventLog
let ada: SeededPerson
let grace: SeededPerson
let group: string
beforeAll(async () => {
  database = await createTestDatabase({ quiet: true })
  door = await openTestDoor(database)
  log = pgEventLog(door)
  ada = await seedPerson(database.owner, { name: 'Ada' })
  grace = await seedPerson(database.owner, { name: 'Grace' })
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
beforeEach(async () => {
  await database.owner.query('delete from team_events')
  group = await seedTeam(database.owner, [ada, grace])
})

const note = (kind: string, more: { conversation?: string; message?: string; person?: string } = {}) =>
  database.owner.query('select note_team_event($1, $2, $3, $4)', [
    more.conversation ?? group,
    kind,
    more.message ?? null,
    more.person ?? null,
  ])
const countEvents = async (): Promise<number> =>
  (await database.owner.query('select count(*)::int as events from team_events')).rows[0].events
/** All there is after a position; other databases of the cluster may hold entries up for a moment. */
const readAll = async (after: Awaited<ReturnType<EventLog['open']>>) => {
  for (;;) {
    const { entries, hasMore } = await log.readOn(after)
    if (!hasMore) return entries
  }
}

/** The end of the log; other databases of the cluster may hold up its first entry for a moment. */
const opened = async () => {
  for (;;) {
    const end = await log.open()
    if (end.transaction > 0) return end
  }
}

describe('opening the log', () => {
  it('begins at its end', async () => {
    await note('tasks-changed')
    const end = await opened()
    expect(await readAll(end)).toEqual([])
    await note('tasks-changed')
    expect(await readAll(end)).toHaveLength(1)
  })

  it('writes a first entry where there is none, which tells nobody anything, and never a second one', async () => {
    await log.open()
    await log.open()
    const entries = await readAll({ transaction: 0, eventId: 0 })
    expect(entries.map(({ personId, membership, happening }) => ({ personId, membership, happening }))).toEqual([
      { personId: null, membership: null, happening: null },
    ])
    expect(await log.knows(entries[0]!.position)).toBe(true)
  })

  it('removes what another cluster wrote, whose transactions are yet to come here', async () => {
    await database.owner.query(
      `insert into team_events (transaction, conversation_id, kind) values ('99999999999', $1, 'tasks-changed')`,
      [group],
    )
    await note('work-types-changed')
    const end = await opened()
    await note('tasks-changed')
    expect((await readAll(end)).map(({ happening }) => happening?.type)).toEqual(['tasks-changed'])
    expect(await countEvents()).toBe(2)
  })
})

describe('reading on', () => {
  it('goes no further than the oldest transaction that still runs, and says that there is more', async () => {
    const end = await opened()
    await database.owner.query('begin')
    await note('work-types-changed')
    await door.asSystem('test').query({
      sql: `insert into team_events (conversation_id, kind) values ($1, 'tasks-changed')`,
      parameters: [group],
    })
    const held = await log.readOn(end)
    await database.owner.query('commit')
    expect(held).toEqual({ entries: [], hasMore: true })
    expect((await readAll(end)).map(({ happening }) => happening?.type)).toEqual([
      'work-types-changed',
      'tasks-changed',
    ])
  })

  it('reads a long log in parts', async () => {
    const end = await opened()
    await database.owner.query(`select note_team_event($1, 'tasks-changed') from generate_series(1, $2::int)`, [
      group,
      READ_AT_ONCE + 3,
    ])
    const first = await readAll(end)
    const second = await readAll(first.at(-1)!.position)
    expect([first.length, second.length]).toEqual([READ_AT_ONCE, 3])
    expect(await readAll(second.at(-1)!.position)).toEqual([])
  })

  it('tells of people what holds now, and of messages how they are now', async () => {
    const end = await opened()
    const said = await seedTeamMessage(database.owner, { conversationId: group, senderId: grace.userId })
    const deleted = await seedTeamMessage(database.owner, { conversationId: group, senderId: grace.userId })
    await database.owner.query(`update messages set pinned_at = now() where message_id = $1`, [said])
    await database.owner.query(`update messages set deleted_at = now(), content = '' where message_id = $1`, [deleted])
    await note('conversation-gone', { person: grace.userId })
    await note('conversation-changed', { person: ada.userId })
    await note('conversation-changed', { person: (await seedPerson(database.owner)).userId })
    await note('something-new')
    const told = (await readAll(end)).map(({ happening, membership }) => [
      happening?.type,
      happening !== null && 'message' in happening && [happening.message.id === said, happening.message.senderName],
      membership,
    ])
    expect(told).toEqual([
      ['message-posted', [true, 'Grace'], null],
      [undefined, false, null],
      ['message-changed', [true, 'Grace'], null],
      ['message-deleted', false, null],
      ['conversation-changed', false, 'joined'],
      ['conversation-changed', false, 'joined'],
      ['conversation-gone', false, 'left'],
      [undefined, false, null],
    ])
  })
})

describe('joining', () => {
  it('finds the conversations of the person, and what was for them between two positions', async () => {
    const start = await opened()
    const left = await seedTeam(database.owner, [grace, { ...ada, leftAt: new Date() }])
    await note('tasks-changed')
    await note('tasks-changed', { conversation: left })
    await note('read-moved', { person: grace.userId })
    await note('conversation-gone', { conversation: left, person: ada.userId })
    const upTo = (await readAll(start)).at(-1)!.position
    await note('work-types-changed')
    const { conversationIds, missed } = await log.joinAs(ada.actor, { after: start, upTo, limit: 10 })
    expect(conversationIds).toContain(group)
    expect(conversationIds).not.toContain(left)
    expect(missed.map(({ happening }) => happening?.type)).toEqual(['tasks-changed', 'conversation-gone'])
    expect((await log.joinAs(ada.actor, { after: start, upTo, limit: 1 })).missed).toHaveLength(1)
    expect((await log.joinAs(ada.actor)).missed).toEqual([])
  })

  it('knows who may say that they write', async () => {
    expect(await log.findTypist(ada.actor, group)).toBe('Ada')
    const elsewhere = await seedTeam(database.owner, [grace, { ...ada, leftAt: new Date() }])
    expect(await log.findTypist(ada.actor, elsewhere)).toBeUndefined()
  })
})

describe('sweeping', () => {
  const age = (days: number) =>
    database.owner.query(`update team_events set occurred_at = now() - $1 * interval '1 day'`, [days])

  it('removes what is older than it is kept, and positions before it are known no more', async () => {
    const start = await opened()
    await note('tasks-changed')
    await note('tasks-changed')
    await age(8)
    await note('work-types-changed')
    const entries = await readAll(start)
    expect(await log.sweep(7 * DAY_MS)).toBe(3)
    expect(await Promise.all([start, ...entries.map(({ position }) => position)].map(log.knows))).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  it('keeps the last entry however old it is, so that those who stand there can go on', async () => {
    const start = await opened()
    await note('tasks-changed')
    const [last] = await readAll(start)
    await age(100)
    expect(await log.sweep(7 * DAY_MS)).toBe(1)
    expect(await log.knows(last!.position)).toBe(true)
    expect(await log.sweep(7 * DAY_MS)).toBe(0)
  })

  it('keeps what is younger', async () => {
    await log.open()
    await note('tasks-changed')
    await age(6.9)
    expect(await log.sweep(7 * DAY_MS)).toBe(0)
  })

  it('a position of the future is known to nobody', async () => {
    const here = await opened()
    expect(await log.knows({ transaction: here.transaction + 1_000_000, eventId: 1 })).toBe(false)
  })
})
