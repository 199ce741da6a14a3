/** Servers hear of each other as long as there is a way, and learn when they may have missed something. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, ensureTestRoles, openTestDoor, type TestDatabase } from '#test/support/database.ts'
import type { Notice } from '../../features/replies/index.ts'
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

/** Stands between a listener and its server; `freeze` keeps connections open and passes nothing on, as a lost route does. */
const openRoute = async () => {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const proxy = createServer((client) => {
    isFrozen = false
    const upstream = connect(`${database.socket.host}/.s.PGSQL.${database.socket.port}`)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (isFrozen || to.write(bytes)))
      from.on('error', () => {})
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
  })
  return {
    host: '127.0.0.1',
    port: (proxy.address() as AddressInfo).port,
    freeze: () => (isFrozen = true),
    cut: () => sockets.forEach((socket) => socket.destroy()),
  }
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
