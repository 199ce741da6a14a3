import { it } from 'vitest'
import { createTestDatabase, openTestDoor, seedPerson, seedTeam } from '#test/support/database.ts'
import { pgEventLog } from './event-log.pg.ts'
it('measures', { timeout: 300_000 }, async () => {
  const database = await createTestDatabase()
  const door = await openTestDoor(database)
  const log = pgEventLog(door)
  const ada = await seedPerson(database.owner)
  const grace = await seedPerson(database.owner)
  const groups: string[] = []
  for (let i = 0; i < 50; i++) groups.push(await seedTeam(database.owner, [ada]))
  const foreign = await seedTeam(database.owner, [grace])
  await database.owner.query(`insert into messages (message_id, conversation_id, sender_id, role, content, created_at, updated_at)
    select gen_random_uuid(), $1, $2, 'user', 'hello', now(), now() from generate_series(1, 200000)`, [groups[0], ada.userId])
  const start = await log.open()
  // a million entries of others, of a hundred transactions
  for (let i = 0; i < 100; i++) await database.owner.query(`insert into team_events (conversation_id, kind) select $1, 'tasks-changed' from generate_series(1, 10000)`, [foreign])
  await database.owner.query(`insert into messages (message_id, conversation_id, sender_id, role, content, created_at, updated_at)
    select gen_random_uuid(), $1, $2, 'user', 'hello', now(), now() from generate_series(1, 1000)`, [groups[0], ada.userId])
  await database.owner.query('analyze')
  const end = await log.open()
  const time = async (what: string, work: () => Promise<unknown>) => {
    const times: number[] = []
    for (let i = 0; i < 8; i++) { const t = performance.now(); await work(); times.push(performance.now() - t) }
    console.log(what, times.map((t) => t.toFixed(1)).join(' '))
  }
  const { rows } = await database.owner.query(`select transaction::text::bigint as t, event_id as e from team_events where event_id > $1 order by event_id limit 1`, [end.eventId - 100_000])
  const near = { transaction: Number(rows[0].t), eventId: Number(rows[0].e) }

  const last = await database.owner.query(`select transaction::text::bigint as t, event_id as e from team_events order by transaction desc, event_id desc offset 20 limit 1`)
  const near20 = { transaction: Number(last.rows[0].t), eventId: Number(last.rows[0].e) }
  await time('missed 20', () => log.joinAs(ada.actor, { after: near20, upTo: end, limit: 1001 }))
  await time('read 500 messages', () => log.readOn({ transaction: end.transaction, eventId: end.eventId - 600 }))
  const explaining = (session: any) => ({ ...session, batch: async (_: any, m: any) => { const rows = await session.query({ sql: 'explain (analyze, buffers) ' + m.sql, parameters: m.parameters }); console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n')); return [[], []] },
    query: async (m: any) => { const rows = await session.query({ sql: 'explain (analyze, buffers) ' + m.sql, parameters: m.parameters }); console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n')); return [{ has_more: false, event_id: null }] } })
  const log2 = pgEventLog({ as: (a: any) => explaining(door.as(a)), asSystem: (r: string) => explaining(door.asSystem(r)) } as any)
  await log2.joinAs(ada.actor, { after: near20, upTo: end, limit: 1001 })
  await log2.readOn({ transaction: end.transaction, eventId: end.eventId - 600 })
  await door.close()
  await database.drop()
})
