import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { AppError } from '#kernel/errors.ts'
import {
  createTestDatabase,
  openTestDoor,
  seedAccessToken,
  seedConversation,
  seedPerson,
  seedSession,
  testEngine,
} from '#test/support/database.ts'
import { startCluster } from '#test/support/test-clusters.ts'
import { openWireProxy, socketOf } from '#test/support/wire-proxy.ts'
import { openDoor, type Door } from './door.ts'

const database = await createTestDatabase()
afterAll(() => database.drop())

/** A door that is closed after the test. */
const doorFor = async (
  ...[overrides, clock]: [overrides?: Parameters<typeof openTestDoor>[2], clock?: Clock]
): Promise<Door> => {
  const door = await openTestDoor(database, clock, overrides)
  onTestFinished(() => door.close())
  return door
}

const statement = <Row = Record<string, unknown>>(sql: string, ...parameters: unknown[]): Statement<Row> => ({
  sql,
  parameters,
})

const titlesOf = async (owner: string): Promise<(string | null)[]> => {
  const { rows } = await database.owner.query<{ title: string | null }>(
    'select title from conversations where owner_id = $1 order by title',
    [owner],
  )
  return rows.map(({ title }) => title)
}

/** Adds a conversation of that title in the actor's name. */
const adding = ({ userId }: Actor, title: string): Statement => {
  const now = new Date()
  return statement(
    `insert into conversations (conversation_id, kind, owner_id, title, created_at, updated_at, active_at)
      values ($1, 'assistant', $2, $3, $4, $4, $4)`,
    randomUUID(),
    userId,
    title,
    now,
  )
}

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

/** Waits until the database itself says so; each look is a round trip, and the test's time limit ends it. */
const untilDatabaseSays = async (question: string, parameters: unknown[] = []): Promise<void> => {
  for (;;) {
    const { rows } = await database.owner.query<{ answer: boolean }>(`select (${question}) as answer`, parameters)
    if (rows[0]?.answer) return
  }
}

const backendOf = async (db: Database, actor: Actor): Promise<number> => {
  const [row] = await db.as(actor).query(statement<{ pid: number }>('select pg_backend_pid() as pid'))
  return row!.pid
}

describe('what a person asks for', () => {
  it('is answered from what belongs to that person', async () => {
    const [ada, bea] = [await seedPerson(database.owner), await seedPerson(database.owner)]
    await seedConversation(database.owner, ada.userId, { title: 'of Ada' })
    await seedConversation(database.owner, bea.userId, { title: 'of Bea' })
    const door = await doorFor()
    const everything = statement('select title from conversations')
    expect(await door.as(ada.actor).query(everything)).toEqual([{ title: 'of Ada' }])
    expect(await door.as(bea.actor).query(everything)).toEqual([{ title: 'of Bea' }])
  })

  it('comes in the types of the schema, whatever the server is configured to', async () => {
    const { actor } = await seedPerson(database.owner)
    const door = await doorFor()
    const [row] = await door.as(actor).query(
      statement(
        `select 9007199254740991::bigint as big, 7 as small, true as yes, null::text as nothing, '{"a": [1]}'::jsonb as json,
          '\\x00ff'::bytea as bytes, timestamptz '2026-11-21 09:00:00.123+00' as moment, array['a', 'b'] as list`,
      ),
    )
    expect(row).toEqual({
      big: 9007199254740991,
      small: 7,
      yes: true,
      nothing: null,
      json: { a: [1] },
      bytes: Buffer.from([0, 255]),
      moment: new Date('2026-11-21T09:00:00.123Z'),
      list: ['a', 'b'],
    })
  })

  it('returns what was given: dates to the millisecond, bytes and text to the last one', async () => {
    const { actor } = await seedPerson(database.owner)
    const door = await doorFor()
    const given = { moment: new Date('2026-03-29T01:30:00.007Z'), bytes: Buffer.from([0, 1, 255]), text: "'; ü 😀 \\" }
    const [row] = await door
      .as(actor)
      .query(
        statement('select $1::timestamptz as moment, $2::bytea as bytes, $3::text as text', ...Object.values(given)),
      )
    expect(row).toEqual(given)
  })

  it('may be several statements, which happen together or not at all', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const session = (await doorFor()).as(actor)
    const [, [count]] = await session.batch(
      adding(actor, 'first'),
      statement<{ n: number }>('select count(*) as n from conversations'),
    )
    expect(count).toEqual({ n: 1 })
    await expect(session.batch(adding(actor, 'second'), statement('select 1 / 0'))).rejects.toMatchObject({
      code: '22012',
    })
    expect(await titlesOf(userId)).toEqual(['first'])
  })

  it('is not done by half when a value cannot be written', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const session = (await doorFor({ max: 1 })).as(actor)
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    await expect(session.batch(adding(actor, 'half'), statement('select $1::jsonb', circular))).rejects.toThrow(
      'circular',
    )
    expect(await titlesOf(userId)).toEqual([])
    expect(await session.query(statement('select 1 as one'))).toEqual([{ one: 1 }])
  })
})

describe('round trips', () => {
  const proxied = async () => {
    const proxy = await openWireProxy(socketOf(database))
    onTestFinished(() => proxy.close())
    const door = await doorFor({ host: proxy.host, port: proxy.port, max: 1 })
    const flightsOf = async (work: () => Promise<unknown>) => {
      proxy.takeFlights()
      await work()
      return proxy.takeFlights()
    }
    return { door, flightsOf }
  }
  const one = statement('select 1')

  it('a query takes one: identity, transaction and the first preparation included', async () => {
    const { actor } = await seedPerson(database.owner)
    const { door, flightsOf } = await proxied()
    await door.as(actor).query(statement('select 0'))
    expect(await flightsOf(() => door.as(actor).query(one))).toBe(1)
    expect(await flightsOf(() => door.as(actor).query(one))).toBe(1)
  })

  it('a query with a revocable credential takes one', async () => {
    const { userId } = await seedPerson(database.owner)
    const { actor } = await seedSession(database.owner, userId)
    const { door, flightsOf } = await proxied()
    await door.as(actor).query(statement('select 0'))
    expect(await flightsOf(() => door.as(actor).query(one))).toBe(1)
  })

  it('a batch takes one, however long it is', async () => {
    const { actor } = await seedPerson(database.owner)
    const { door, flightsOf } = await proxied()
    await door.as(actor).query(one)
    const batch = Array.from({ length: 20 }, (_, index) => statement(`select ${index}, $1::text`, 'x'.repeat(5000)))
    expect(await flightsOf(() => door.as(actor).batch(...batch))).toBe(1)
  })

  it('the system takes one', async () => {
    const { door, flightsOf } = await proxied()
    await door.asSystem('test').query(statement('select 0'))
    expect(await flightsOf(() => door.asSystem('test').query(one))).toBe(1)
  })

  it('a failure takes one', async () => {
    const { actor } = await seedPerson(database.owner)
    const { door, flightsOf } = await proxied()
    await door.as(actor).query(one)
    expect(await flightsOf(() => outcomeOf(door.as(actor).query(statement('select 1 / 0'))))).toBe(1)
  })

  it('a transaction takes two and one for each of its queries', async () => {
    const { actor } = await seedPerson(database.owner)
    const { door, flightsOf } = await proxied()
    await door.as(actor).query(one)
    const work = () =>
      door.as(actor).transaction(async (queries) => {
        await queries.query(one)
        await queries.batch(one, one)
      })
    expect(await flightsOf(work)).toBe(4)
  })
})

describe('credentials', () => {
  let now = new Date('2026-05-01T12:00:00.000Z')
  const clock: Clock = { now: () => now }
  const later = (milliseconds: number) => (now = new Date(now.getTime() + milliseconds))
  const MINUTE = 60_000
  const DAY = 24 * 60 * MINUTE
  let person: Awaited<ReturnType<typeof seedPerson>>
  beforeEach(async () => {
    now = new Date('2026-05-01T12:00:00.000Z')
    person = await seedPerson(database.owner)
  })

  /** Tries all three ways in, each with a write. */
  const attempts = async (actor: Actor): Promise<string[]> => {
    const session = (await doorFor({}, clock)).as(actor)
    return [
      await outcomeOf(session.query(adding(actor, 'query'))),
      await outcomeOf(session.batch(adding(actor, 'batch'), statement('select 1'))),
      await outcomeOf(session.transaction((queries) => queries.query(adding(actor, 'transaction')))),
    ]
  }
  const letIn = ['ok', 'ok', 'ok']
  const refused = ['identity.invalid', 'identity.invalid', 'identity.invalid']
  const everything = ['batch', 'query', 'transaction']

  it('a session that is good lets in', async () => {
    const { actor } = await seedSession(database.owner, person.userId, { createdAt: now })
    expect(await attempts(actor)).toEqual(letIn)
    expect(await titlesOf(person.userId)).toEqual(everything)
  })

  it('a session that was revoked does not, and nothing is written', async () => {
    const { actor, id } = await seedSession(database.owner, person.userId, { createdAt: now })
    await database.owner.query('delete from sessions where session_id = $1', [id])
    expect(await attempts(actor)).toEqual(refused)
    expect(await titlesOf(person.userId)).toEqual([])
  })

  it('a session ends at its moment, not before', async () => {
    const expiresAt = new Date(now.getTime() + 60 * MINUTE)
    const { actor } = await seedSession(database.owner, person.userId, { createdAt: now, expiresAt })
    later(60 * MINUTE - 1)
    expect(await attempts(actor)).toEqual(letIn)
    later(1)
    expect(await attempts(actor)).toEqual(refused)
    expect(await titlesOf(person.userId)).toEqual(everything)
  })

  it('a session that was not used for 30 days is over', async () => {
    const expiresAt = new Date(now.getTime() + 365 * DAY)
    const { actor } = await seedSession(database.owner, person.userId, { createdAt: now, expiresAt })
    later(30 * DAY - 1)
    expect(await attempts(actor)).toEqual(letIn)
    later(1)
    expect(await attempts(actor)).toEqual(refused)
  })

  it('an access token without an end lets in after years; one with an end does not', async () => {
    const endless = await seedAccessToken(database.owner, person.userId)
    const ending = await seedAccessToken(database.owner, person.userId, { expiresAt: new Date(now.getTime() + DAY) })
    later(3000 * DAY)
    expect(await attempts(endless.actor)).toEqual(letIn)
    expect(await attempts(ending.actor)).toEqual(refused)
  })

  it("somebody else's credential does not let in, as whomever it is tried", async () => {
    const other = await seedPerson(database.owner)
    const { actor } = await seedSession(database.owner, other.userId, { createdAt: now })
    expect(await attempts({ ...actor, userId: person.userId })).toEqual(refused)
    expect(await titlesOf(person.userId)).toEqual([])
  })

  it('a credential of the one kind is not one of the other', async () => {
    const { actor } = await seedSession(database.owner, person.userId, { createdAt: now })
    expect(await attempts({ ...actor, credential: { ...actor.credential!, kind: 'access_token' } })).toEqual(refused)
  })
})

describe('transactions', () => {
  it('happen as a whole', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const result = await (await doorFor()).as(actor).transaction(async (queries) => {
      await queries.query(adding(actor, 'one'))
      await queries.batch(adding(actor, 'two'), adding(actor, 'three'))
      return 'done'
    })
    expect(result).toBe('done')
    expect(await titlesOf(userId)).toEqual(['one', 'three', 'two'])
  })

  it('leave nothing when the work throws; the error comes out as it was, and the connection is kept', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const backend = await backendOf(door, actor)
    const ownErrors = [
      new Error('boom'),
      new AppError('conversation.not_found'),
      Object.assign(new Error('no file'), { code: 'ENOENT' }),
    ]
    for (const error of ownErrors) {
      const failing = door.as(actor).transaction(async (queries) => {
        await queries.query(adding(actor, 'gone'))
        throw error
      })
      await expect(failing).rejects.toBe(error)
    }
    expect(await titlesOf(userId)).toEqual([])
    expect(await backendOf(door, actor)).toBe(backend)
  })

  it('leave nothing when a statement fails', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const failing = door.as(actor).transaction(async (queries) => {
      await queries.query(adding(actor, 'gone'))
      await queries.query(statement('select 1 / 0'))
    })
    await expect(failing).rejects.toMatchObject({ code: '22012' })
    expect(await titlesOf(userId)).toEqual([])
    expect(await door.as(actor).query(statement('select 1 as one'))).toEqual([{ one: 1 }])
  })

  it('do not report success when the failure of a statement was swallowed', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const swallowing = (await doorFor()).as(actor).transaction(async (queries) => {
      await queries.query(adding(actor, 'lost'))
      await queries.query(statement('select 1 / 0')).catch(() => {})
    })
    await expect(swallowing).rejects.toThrow()
    expect(await titlesOf(userId)).toEqual([])
  })
})

describe('the system', () => {
  it('sees what it was granted of everybody, and its reasons are heard', async () => {
    const { userId } = await seedPerson(database.owner, { name: 'Grace' })
    const door = await doorFor()
    const rows = await door.asSystem('sign-in').query(statement('select name from users where user_id = $1', userId))
    expect(rows).toEqual([{ name: 'Grace' }])
    const reasons: string[] = []
    const listening = openDoor({
      app: database.socket,
      system: database.socket,
      clock: { now: () => new Date() },
      onSystemUse: (reason) => reasons.push(reason),
    })
    listening.asSystem('sweeping')
    await listening.close()
    expect(reasons).toEqual(['sweeping'])
  })
})

describe('after a failure', () => {
  it.each([
    ['that cannot be parsed', 'select nonsense from conversations where title = $1', ['x'], '42703'],
    ['that cannot be bound', 'select title from conversations where conversation_id = $1', ['no uuid'], '22P02'],
    ['that cannot be executed', 'select 1 / ($1::int - 1) as q', [1], '22012'],
  ])('a statement %s, the next ones work on the same connection', async (_, sql, parameters, code) => {
    const { actor } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const session = door.as(actor)
    const backend = await backendOf(door, actor)
    for (let round = 0; round < 3; round++) {
      await expect(session.query(statement(sql, ...parameters))).rejects.toMatchObject({ code })
      await expect(session.batch(statement('select 1'), statement(sql, ...parameters))).rejects.toMatchObject({ code })
    }
    expect(await backendOf(door, actor)).toBe(backend)
  })

  it('the same statement with good values works', async () => {
    const { actor } = await seedPerson(database.owner)
    const session = (await doorFor({ max: 1 })).as(actor)
    const half = (n: number) => statement('select 10 / $1::int as half', n)
    for (let round = 0; round < 3; round++) {
      await expect(session.query(half(0))).rejects.toMatchObject({ code: '22012' })
      expect(await session.query(half(2))).toEqual([{ half: 5 }])
    }
  })

  it('a statement whose table has changed since works again', async () => {
    const { actor } = await seedPerson(database.owner)
    const session = (await doorFor({ max: 1 })).as(actor)
    await database.owner.query('create table changing (a int); grant select on changing to parlance_app')
    const all = statement('select * from changing')
    await session.query(all)
    await database.owner.query('alter table changing add b int; insert into changing values (1, 2)')
    await outcomeOf(session.query(all))
    expect(await session.query(all)).toEqual([{ a: 1, b: 2 }])
  })
})

describe('when the connection is lost', () => {
  /** A statement that waits for a lock which the test holds, and how to know that it waits. */
  const LOCK = 4711
  const waiting = statement('select pg_advisory_xact_lock($1)', LOCK)
  const untilItWaits = () =>
    untilDatabaseSays(`exists (select from pg_locks where locktype = 'advisory' and objid = $1 and not granted)`, [
      LOCK,
    ])
  beforeEach(() => database.owner.query('select pg_advisory_lock($1)', [LOCK]))
  afterEach(() => database.owner.query('select pg_advisory_unlock($1)', [LOCK]))
  const terminate = (pid: number) => database.owner.query('select pg_terminate_backend($1)', [pid])

  it('in the middle of a query: unavailable, once', async () => {
    const { actor } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const backend = await backendOf(door, actor)
    const asked = outcomeOf(door.as(actor).query(waiting))
    await untilItWaits()
    await terminate(backend)
    expect(await asked).toBe('server.unavailable')
    expect(await backendOf(door, actor)).not.toBe(backend)
  })

  it('in the middle of a transaction: unavailable, once, and nothing is written', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const backend = await backendOf(door, actor)
    const asked = outcomeOf(
      door.as(actor).transaction(async (queries) => {
        await queries.query(adding(actor, 'gone'))
        await queries.query(waiting)
      }),
    )
    await untilItWaits()
    await terminate(backend)
    expect(await asked).toBe('server.unavailable')
    expect(await titlesOf(userId)).toEqual([])
    expect(await backendOf(door, actor)).not.toBe(backend)
  })

  it('between two queries of a transaction: unavailable, and nothing is written', async () => {
    const { actor, userId } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const backend = await backendOf(door, actor)
    const asked = door.as(actor).transaction(async (queries) => {
      await queries.query(adding(actor, 'gone'))
      await terminate(backend)
      await untilDatabaseSays('not exists (select from pg_stat_activity where pid = $1)', [backend])
      await queries.query(adding(actor, 'gone too'))
    })
    expect(await outcomeOf(asked)).toBe('server.unavailable')
    expect(await titlesOf(userId)).toEqual([])
    expect(await outcomeOf(door.as(actor).query(statement('select 1')))).toBe('ok')
  })

  it('without a word, in the middle of a query or a transaction: unavailable, then it works', async () => {
    const { actor } = await seedPerson(database.owner)
    const proxy = await openWireProxy(socketOf(database))
    onTestFinished(() => proxy.close())
    const door = await doorFor({ host: proxy.host, port: proxy.port })
    for (const ask of [
      () => door.as(actor).query(waiting),
      () => door.as(actor).transaction((queries) => queries.query(waiting)),
    ]) {
      const asked = outcomeOf(ask())
      await untilItWaits()
      proxy.cut()
      expect(await asked).toBe('server.unavailable')
      expect(await outcomeOf(door.as(actor).query(statement('select 1')))).toBe('ok')
      // The server doesn't notice while it waits for the lock.
      await database.owner.query('select pg_terminate_backend(pid) from pg_locks where objid = $1 and not granted', [
        LOCK,
      ])
      await untilDatabaseSays('not exists (select from pg_locks where objid = $1 and not granted)', [LOCK])
    }
  })

  it('while nobody uses it: at most one request hears of it', async () => {
    const { actor } = await seedPerson(database.owner)
    const door = await doorFor({ max: 1 })
    const backend = await backendOf(door, actor)
    await terminate(backend)
    await untilDatabaseSays('not exists (select from pg_stat_activity where pid = $1)', [backend])
    const first = await outcomeOf(door.as(actor).query(statement('select 1')))
    expect(['ok', 'server.unavailable']).toContain(first)
    expect(await outcomeOf(door.as(actor).query(statement('select 1')))).toBe('ok')
  })
})

describe('when the database is down', () => {
  it('every way in says unavailable, and works when it is back', async () => {
    const { actor } = await seedPerson(database.owner)
    const proxy = await openWireProxy(socketOf(database))
    const door = await doorFor({ host: proxy.host, port: proxy.port })
    await door.as(actor).query(statement('select 1'))
    await proxy.close()
    const one = statement('select 1')
    const ask = () =>
      Promise.all([
        outcomeOf(door.as(actor).query(one)),
        outcomeOf(door.as(actor).transaction((queries) => queries.query(one))),
        outcomeOf(door.asSystem('test').query(one)),
      ])
    expect(await ask()).toEqual(['server.unavailable', 'server.unavailable', 'server.unavailable'])
  })

  it('stopped in order while somebody waits: unavailable', async () => {
    const cluster = await startCluster(testEngine())
    const config = { ...cluster.superuser, database: 'postgres' }
    const door = openDoor({ app: config, system: config, clock: { now: () => new Date() } })
    const one = statement('select 1')
    await door.asSystem('test').query(one)
    const asked = outcomeOf(door.asSystem('test').query(statement('select pg_sleep(600)')))
    // A second connection answers after the first was given its statement.
    await door.asSystem('test').query(one)
    await cluster.stop()
    expect(await asked).toBe('server.unavailable')
    expect(await outcomeOf(door.asSystem('test').query(one))).toBe('server.unavailable')
    await door.close()
  })
})

describe('isolation', () => {
  it(
    '10,000 requests of two people on four connections, with every failure between: nobody sees the other',
    { timeout: 60_000 },
    async () => {
      const people = await Promise.all(
        ['Ada', 'Bea'].map(async (name) => {
          const person = await seedPerson(database.owner, { name })
          for (const title of ['a', 'b', 'c'])
            await seedConversation(database.owner, person.userId, { title: `${name} ${title}` })
          const { actor } = await seedSession(database.owner, person.userId)
          const revoked = { ...actor, credential: { kind: 'session' as const, hash: Buffer.alloc(32) } }
          return { name, actors: [person.actor, actor], revoked }
        }),
      )
      const door = await doorFor({ max: 4 })
      const all = statement<{ title: string }>('select title from conversations')
      let foreign = 0
      let seen = 0
      const look = (name: string, rows: readonly { title: string }[]) => {
        seen += rows.length
        foreign += rows.filter(({ title }) => !title.startsWith(name)).length
      }
      const unexpected: string[] = []
      const expectOutcome = async (wanted: string | RegExp, work: Promise<unknown>) => {
        const outcome = await outcomeOf(work)
        if (typeof wanted === 'string' ? outcome !== wanted : !wanted.test(outcome)) unexpected.push(outcome)
      }

      // A fixed sequence (a linear congruential generator), so that a failure can be repeated.
      let state = 42
      const random = (below: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
        return Math.floor((state / 2_147_483_648) * below)
      }
      const request = async (): Promise<void> => {
        const { name, actors, revoked } = people[random(2)]!
        const session = door.as(actors[random(2)]!)
        switch (random(10)) {
          case 0:
            return expectOutcome(/division by zero/, session.batch(all, statement('select 1 / 0')))
          case 1:
            return expectOutcome(/invalid input syntax/, session.query(statement('select $1::int', 'x')))
          case 2:
            return expectOutcome('identity.invalid', door.as(revoked).query(all))
          case 3:
            return expectOutcome(
              'Error: given up',
              session.transaction(async (queries) => {
                look(name, await queries.query(all))
                throw new Error('given up')
              }),
            )
          case 4:
            return expectOutcome(
              /division by zero/,
              session.transaction(async (queries) => {
                look(name, await queries.query(all))
                await queries.query(statement('select 1 / 0'))
              }),
            )
          case 5:
            return expectOutcome(
              'identity.invalid',
              door.as(revoked).transaction((queries) => queries.query(all)),
            )
          case 6:
            return expectOutcome(
              'ok',
              session.batch(all, all).then((both) => both.forEach((rows) => look(name, rows))),
            )
          case 7:
            return expectOutcome(
              'ok',
              session.transaction(async (queries) => look(name, await queries.query(all))),
            )
          default:
            return expectOutcome(
              'ok',
              session.query(all).then((rows) => look(name, rows)),
            )
        }
      }
      const REQUESTS = 10_000
      let left = REQUESTS
      const worker = async () => {
        while (left-- > 0) await request()
      }
      await Promise.all(Array.from({ length: 32 }, worker))
      expect(unexpected).toEqual([])
      expect(foreign).toBe(0)
      // So that "nothing foreign" doesn't mean "nothing": at least half of the requests read their three rows.
      expect(seen).toBeGreaterThan(REQUESTS * 1.5)
    },
  )
})
