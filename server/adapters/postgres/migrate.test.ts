import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  connected,
  createTestDatabase,
  ensureTestRoles,
  MIGRATIONS,
  type TestDatabase,
} from '#test/support/database.ts'
import { migrate, readMigrations, type Migration } from './migrate.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  return () => database.drop()
})

/** As the role of DATABASE_URL, on a connection of its own. */
const asOwner = <Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> =>
  connected({ connectionString: database.url }, work)

const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})
const FIRST = migration('0001_create_first', 'create table first (a int)')
const SECOND = migration('0002_create_second', 'create table second (a int)')
const THIRD = migration('0003_create_third', 'create table third (a int)')

const tables = async (): Promise<string[]> => {
  const { rows } = await database.owner.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  return rows.map(({ name }) => name)
}
const recorded = async (): Promise<string[]> => {
  const { rows } = await database.owner.query<{ name: string }>('select name from schema_migrations order by name')
  return rows.map(({ name }) => name)
}

describe('migrating', () => {
  it('an empty database brings it to the newest schema, and again does nothing', async () => {
    await ensureTestRoles(database)
    const migrations = await readMigrations(MIGRATIONS)
    expect(await asOwner((client) => migrate(client, migrations))).toEqual(migrations.map(({ name }) => name))
    expect(await asOwner((client) => migrate(client, migrations))).toEqual([])
    expect(await recorded()).toEqual(migrations.map(({ name }) => name))
    expect(await tables()).toContain('conversations')
  })

  it('an older database runs only what is new', async () => {
    expect(await asOwner((client) => migrate(client, [FIRST]))).toEqual([FIRST.name])
    expect(await asOwner((client) => migrate(client, [FIRST, SECOND, THIRD]))).toEqual([SECOND.name, THIRD.name])
    expect(await tables()).toEqual(['first', 'schema_migrations', 'second', 'third'])
  })

  it('from ten processes at once: one works, nine find nothing to do', async () => {
    const ran = await Promise.all(
      Array.from({ length: 10 }, () => asOwner((client) => migrate(client, [FIRST, SECOND, THIRD]))),
    )
    expect(ran.toSorted((a, b) => b.length - a.length)).toEqual([
      [FIRST.name, SECOND.name, THIRD.name],
      ...Array.from({ length: 9 }, () => []),
    ])
  })

  it('lets the next process in when it is done, even on a connection that stays open', () =>
    asOwner(async (client) => {
      await migrate(client, [FIRST])
      expect(await asOwner((other) => migrate(other, [FIRST, SECOND]))).toEqual([SECOND.name])
    }))
})

describe('a database that is not ours to change', () => {
  it('is refused when it is newer than the program', async () => {
    await asOwner((client) => migrate(client, [FIRST, SECOND]))
    await expect(asOwner((client) => migrate(client, [FIRST]))).rejects.toThrow(
      'The database is newer than this program (it has 0002_create_second). Start the newer version of Parlance.',
    )
  })

  it('is refused when a migration that ran has changed since, and nothing else is run', async () => {
    await asOwner((client) => migrate(client, [FIRST]))
    const changed = migration(FIRST.name, 'create table first (a bigint)')
    await expect(asOwner((client) => migrate(client, [changed, SECOND]))).rejects.toThrow(
      'The database was made by another version: its migration 0001_create_first differs from 0001_create_first here.',
    )
    expect(await tables()).toEqual(['first', 'schema_migrations'])
  })

  it('is refused when it took another turn', async () => {
    await asOwner((client) => migrate(client, [FIRST, migration('0002_other', 'select 1')]))
    await expect(asOwner((client) => migrate(client, [FIRST, SECOND]))).rejects.toThrow(
      'its migration 0002_other differs from 0002_create_second here.',
    )
  })

  it('can be tried again after a refusal: the lock is free', () =>
    asOwner(async (client) => {
      await migrate(client, [FIRST, SECOND])
      await expect(migrate(client, [FIRST])).rejects.toThrow('newer than this program')
      expect(await asOwner((other) => migrate(other, [FIRST, SECOND]))).toEqual([])
    }))
})

describe('a migration that fails', () => {
  const failing = migration('0002_break', 'create table half (a int); insert into half values (1 / 0)')

  it('names itself and leaves nothing; what ran before it stays', async () => {
    await expect(asOwner((client) => migrate(client, [FIRST, failing, THIRD]))).rejects.toThrow(
      'Migration 0002_break failed: division by zero',
    )
    expect(await tables()).toEqual(['first', 'schema_migrations'])
    expect(await recorded()).toEqual([FIRST.name])
  })

  it('can be tried again when it is mended', async () => {
    await expect(asOwner((client) => migrate(client, [FIRST, failing]))).rejects.toThrow()
    expect(await asOwner((client) => migrate(client, [FIRST, SECOND]))).toEqual([SECOND.name])
  })

  it('whose process is killed in the middle leaves nothing half done and no lock', async () => {
    const GATE = 99
    await database.owner.query('select pg_advisory_lock($1)', [GATE])
    const slow = migration('0002_slow', `create table half (a int); select pg_advisory_xact_lock(${GATE})`)
    const killed = asOwner((client) => migrate(client, [FIRST, slow]))
    const outcome = killed.then(
      () => 'done',
      () => 'killed',
    )
    // It is in its middle: the table is made, and it waits for the gate.
    let backends: number[] = []
    while (backends.length === 0) {
      const { rows } = await database.owner.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and objid = $1 and not granted`,
        [GATE],
      )
      backends = rows.map(({ pid }) => pid)
    }
    await database.owner.query('select pg_terminate_backend($1)', backends)
    expect(await outcome).toBe('killed')
    expect(await tables()).toEqual(['first', 'schema_migrations'])
    expect(await recorded()).toEqual([FIRST.name])
    expect(await asOwner((client) => migrate(client, [FIRST, SECOND]))).toEqual([SECOND.name])
  })
})

describe('the folder of migrations', () => {
  const folderWith = async (files: Record<string, string>): Promise<string> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'parlance-migrations-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    return folder
  }

  it('is read in order, with the checksum of each file', async () => {
    const folder = await folderWith({ '0002_b.sql': 'select 2', '0001_a.sql': 'select 1', 'notes.md': '' })
    expect(await readMigrations(folder)).toEqual([
      // sha256sum of the files
      { name: '0001_a', sql: 'select 1', checksum: '822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f' },
      { name: '0002_b', sql: 'select 2', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  })

  it.each([
    ['a gap', ['0001_a.sql', '0003_c.sql'], 'Migration 0003_c.sql should be number 2'],
    ['the same number twice', ['0001_a.sql', '0001_b.sql'], 'Migration 0001_b.sql should be number 2'],
    ['no number', ['first.sql'], 'Migration first.sql should be number 1'],
    ['a short number', ['1_a.sql'], 'Migration 1_a.sql should be number 1'],
  ])('is refused with %s', async (_, names, sentence) => {
    const folder = await folderWith(Object.fromEntries(names.map((name) => [name, ''])))
    await expect(readMigrations(folder)).rejects.toThrow(sentence)
  })
})
