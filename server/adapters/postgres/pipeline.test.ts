import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase, ensureTestRoles, seedPerson } from '#test/support/database.ts'
import { MAX_PREPARED, runPipeline } from './pipeline.ts'

const database = await createTestDatabase()
const { app } = await ensureTestRoles(database)
const client = new pg.Client({ ...database.socket, database: database.name, ...app })
await client.connect()
afterAll(async () => {
  await client.end()
  await database.drop()
})

const statement = (sql: string, ...parameters: unknown[]) => ({ sql, parameters })
const entering = (person: string) => statement(`select set_config('app.user_id', $1, true)`, person)

it('who entered leaves with the transaction: the same connection then sees nothing', async () => {
  const { userId } = await seedPerson(database.owner)
  const users = statement('select user_id from users')
  expect(await runPipeline(client, [users])).toEqual([[]])
  expect(await runPipeline(client, [entering(userId), users])).toEqual([
    [{ set_config: userId }],
    [{ user_id: userId }],
  ])
  expect(await runPipeline(client, [users])).toEqual([[]])
  expect(await client.query('select user_id from users')).toMatchObject({ rows: [] })
  await expect(runPipeline(client, [entering(userId), statement('select 1 / 0')])).rejects.toThrow('division by zero')
  expect(await runPipeline(client, [users])).toEqual([[]])
})

it('gives each statement its own rows, in order: none, several, and those of statements without any', async () => {
  const rows = await runPipeline(client, [
    statement('select 1 as a where false'),
    statement('select generate_series(1, 2) as a'),
    statement(`set local app.anything = 'x'`),
    statement(''),
    statement('select 3 as a'),
  ])
  expect(rows).toEqual([[], [{ a: 1 }, { a: 2 }], [], [], [{ a: 3 }]])
})

it('refuses COPY and stays usable', async () => {
  const writable = new pg.Client({ connectionString: database.url })
  await writable.connect()
  try {
    await writable.query('create temporary table target (a int)')
    await expect(runPipeline(writable, [statement('copy target from stdin')])).rejects.toThrow('COPY')
    expect(await runPipeline(writable, [statement('select 1 as one')])).toEqual([[{ one: 1 }]])
  } finally {
    await writable.end()
  }
})

it('large answers and large values arrive whole', async () => {
  const text = 'äöü'.repeat(200_000)
  const [rows] = await runPipeline(client, [statement('select $1::text as text, g from generate_series(1, 3) g', text)])
  expect(rows).toEqual([1, 2, 3].map((g) => ({ text, g })))
})

it('a statement keeps its columns: run again, twice at once, and after a failure', async () => {
  const values = (n: number) => statement('select $1::int as n, now() is not null as known', n)
  const row = (n: number) => [{ n, known: true }]
  expect(await runPipeline(client, [values(1)])).toEqual([row(1)])
  expect(await runPipeline(client, [values(2), values(3)])).toEqual([row(2), row(3)])
  await expect(runPipeline(client, [values(4), statement('select 1 / 0')])).rejects.toThrow('division by zero')
  expect(await runPipeline(client, [values(5), values(6)])).toEqual([row(5), row(6)])
})

it('a statement whose columns have changed is refused once, and then has the new ones', async () => {
  const writable = new pg.Client({ connectionString: database.url })
  await writable.connect()
  try {
    await writable.query('create temporary table changing as select 1 as a')
    const all = statement('select * from changing')
    expect(await runPipeline(writable, [all])).toEqual([[{ a: 1 }]])
    await writable.query('alter table changing add b text; update changing set b = $$new$$')
    await expect(runPipeline(writable, [all])).rejects.toThrow('cached plan must not change result type')
    expect(await runPipeline(writable, [all])).toEqual([[{ a: 1, b: 'new' }]])
  } finally {
    await writable.end()
  }
})

describe('a connection that is given ever new statements', () => {
  const numbered = (n: number) => statement(`select ${n} as n`)
  const prepared = async (on: pg.Client) =>
    (await on.query<{ statement: string }>('select statement from pg_prepared_statements')).rows.map(
      (row) => row.statement,
    )
  const fresh = async (work: (on: pg.Client) => Promise<void>) => {
    const on = new pg.Client({ connectionString: database.url })
    await on.connect()
    try {
      await work(on)
    } finally {
      await on.end()
    }
  }

  it('keeps a fixed number of them prepared: those that were used last, which go on working like the others', () =>
    fresh(async (on) => {
      const often = statement(`select 'often' as n`)
      for (let n = 0; n < MAX_PREPARED * 2; n++) {
        expect(await runPipeline(on, [often, numbered(n)])).toEqual([[{ n: 'often' }], [{ n }]])
        expect((await prepared(on)).length).toBeLessThanOrEqual(MAX_PREPARED)
      }
      const kept = await prepared(on)
      expect(kept).toContain(often.sql)
      expect(kept).toContain(numbered(MAX_PREPARED * 2 - 1).sql)
      expect(kept).not.toContain(numbered(0).sql)
      expect(await runPipeline(on, [numbered(0)])).toEqual([[{ n: 0 }]])
    }))

  it('keeps no more when they fail, before or after one that failed', () =>
    fresh(async (on) => {
      const failing = statement('select 1 / 0')
      for (let n = 0; n < MAX_PREPARED * 2; n++) {
        await expect(runPipeline(on, [numbered(n), failing, numbered(-n - 1)])).rejects.toThrow('division by zero')
      }
      expect((await prepared(on)).length).toBeLessThanOrEqual(MAX_PREPARED)
    }))

  it('runs a pipeline that is larger than what it keeps', () =>
    fresh(async (on) => {
      const many = Array.from({ length: MAX_PREPARED + 10 }, (_, n) => numbered(n))
      for (let round = 0; round < 2; round++) {
        expect(await runPipeline(on, many)).toEqual(many.map((_, n) => [{ n }]))
      }
    }))
})
