/** Servers hear of each other as long as there is a way, and learn when they may have missed something. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Notice } from '#kernel/notices.ts'
import {
  createTestDatabase,
  ensureTestRoles,
  openTestDoor,
  seedConversation,
  seedPerson,
  seedReply,
  type TestDatabase,
} from '#test/support/database.ts'
import { openWireProxy, socketOf } from '#test/support/wire-proxy.ts'
import type { Door } from './door.ts'
import { NOTICE_CONNECTION, pgNoticeBoard } from './notice-board.ts'

const CHANGED: Notice = { kind: 'changed', from: 'there', conversations: ['a conversation'] }

let database: TestDatabase
let door: Door
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** A way to the server that can be cut or lost. */
const openRoute = async () => {
  const route = await openWireProxy(socketOf(database))
  closers.push(() => route.close())
  return route
}

const listening = async (place: { host: string; port: number } = database.socket, pulseMs?: number) => {
  const roles = await ensureTestRoles(database)
  const errors: unknown[] = []
  const notices: Notice[] = []
  let gaps = 0
  const waiting = new Set<() => void>()
  const tell = () => waiting.forEach((look) => look())
  const board = pgNoticeBoard({
    db: door,
    connection: { host: place.host, port: place.port, database: database.name, ...roles.system },
    onError: (error) => errors.push(error),
    ...(pulseMs === undefined ? {} : { pulseMs }),
  })
  closers.push(() => board.close())
  await board.listen({
    onNotice: (notice) => {
      notices.push(notice)
      tell()
    },
    onGap: () => {
      gaps++
      tell()
    },
  })
  return {
    board,
    errors,
    notices,
    gaps: () => gaps,
    until: (isSo: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!isSo()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A reply that some process writes; returns its id. */
const someReply = async (status = 'running') => {
  const { userId: ownerId } = await seedPerson(database.owner)
  const conversationId = await seedConversation(database.owner, ownerId)
  return seedReply(database.owner, { conversationId, ownerId }, { status })
}
const endReply = (id: string) =>
  database.owner.query(`update replies set status = 'stopped', ended_at = now() where reply_id = $1`, [id])

describe('the notice board', () => {
  it('tells every listener, the one that posted too', async () => {
    const [one, other] = [await listening(), await listening()]
    await one.board.post(CHANGED)
    await Promise.all([one, other].map(({ until, notices }) => until(() => notices.length === 1)))
    expect([one.notices, other.notices]).toEqual([[CHANGED], [CHANGED]])
    expect([one.gaps(), other.gaps()]).toEqual([0, 0])
  })

  it('passes over what is no notice', async () => {
    const { board, notices, until, errors } = await listening()
    for (const payload of ['', 'null', '1', '{}', '{"kind":7}', 'not JSON', '[]']) {
      await database.owner.query(`select pg_notify('parlance', $1)`, [payload])
    }
    await board.post(CHANGED)
    await until(() => notices.length > 0)
    expect([notices, errors]).toEqual([[CHANGED], []])
  })

  it('says that there was a gap when its connection broke, and hears again', async () => {
    const route = await openRoute()
    const { board, gaps, notices, until } = await listening(route)
    route.cut()
    await until(() => gaps() === 1)
    await board.post(CHANGED)
    await until(() => notices.length === 1)
    expect(notices).toEqual([CHANGED])
  })

  it('finds out that a connection is dead though nobody says so', async () => {
    const route = await openRoute()
    const { board, gaps, notices, until } = await listening(route, 50)
    route.freeze()
    await until(() => gaps() === 1)
    await board.post(CHANGED)
    await until(() => notices.length === 1)
    expect(notices).toEqual([CHANGED])
  })

  it('stays closed when it is closed while it connects again', async () => {
    const route = await openRoute()
    const { board, gaps } = await listening(route)
    route.cut()
    await board.close()
    // Longer than a new connection would have been waited for; and only then is looked.
    await database.owner.query('select pg_sleep(0.7)')
    const { rows } = await database.owner.query(
      `select count(*)::int as listeners from pg_stat_activity
       where datname = current_database() and application_name = '${NOTICE_CONNECTION}'`,
    )
    expect([rows[0].listeners, gaps()]).toEqual([0, 0])
  })
})

describe('a reply that is to stop', () => {
  const stopOf = (reply: string): Notice => ({ kind: 'stop', from: 'there', reply })
  const stopped = (notices: readonly Notice[]) =>
    notices.flatMap((notice) => (notice.kind === 'stop' ? notice.reply : []))

  it('is told to whoever was away when that was asked for, once the way is back', async () => {
    const route = await openRoute()
    const [away, { board }] = [await listening(route), await listening()]
    const reply = await someReply()
    route.off()
    await board.post(stopOf(reply))
    expect(stopped(away.notices)).toEqual([])
    route.on()
    await away.until(() => stopped(away.notices).includes(reply))
    await endReply(reply)
  })

  it('is told within a pulse to whoever missed the notice though the way was never broken', async () => {
    const { notices, until, gaps } = await listening(undefined, 20)
    const reply = await someReply()
    await database.owner.query('update replies set stop_requested_at = now() where reply_id = $1', [reply])
    await until(() => stopped(notices).includes(reply))
    expect(gaps()).toBe(0)
    await endReply(reply)
  })

  it('is told no more when it has ended, and never when it had ended before', async () => {
    const [running, over] = [await someReply(), await someReply('complete')]
    const { board } = await listening()
    await board.post(stopOf(running))
    await board.post(stopOf(over))
    await endReply(running)
    const late = await listening()
    await late.board.post(CHANGED)
    await late.until(() => late.notices.length > 0)
    expect(late.notices).toEqual([CHANGED])
    const { rows } = await database.owner.query('select stop_requested_at from replies where reply_id = $1', [over])
    expect(rows).toEqual([{ stop_requested_at: null }])
  })
})
