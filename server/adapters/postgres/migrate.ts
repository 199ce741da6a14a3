/** Brings a database to the newest schema: plain SQL files, forward only, one transaction each, under a lock. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'

export interface Migration {
  /** `0001_create_ground` */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, hex: a migration that has run never changes. */
  readonly checksum: string
}

/** Reads the migrations of a folder, in order. Throws when two have the same number or one is misnamed. */
export const readMigrations = async (folder: string): Promise<Migration[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).toSorted()
  files.forEach((file, index) => {
    if (!file.startsWith(`${String(index + 1).padStart(4, '0')}_`)) {
      throw new Error(`Migration ${file} should be number ${index + 1}: numbers have four digits and no gaps.`)
    }
  })
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(path.join(folder, file), 'utf8')
      return { name: file.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Any fixed number; distinct from other programs' locks with good probability. */
const LOCK = 7_231_964_001

/**
 * Runs what has not run yet and returns the names of it. Ten processes may call this at once: one works, the others
 * wait and find nothing to do. Refuses a database that is newer than the program, or whose past differs from ours.
 */
export const migrate = async (owner: pg.ClientBase, migrations: readonly Migration[]): Promise<string[]> => {
  await owner.query('select pg_advisory_lock($1)', [LOCK])
  try {
    await owner.query(`
      create table if not exists schema_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const { rows: applied } = await owner.query<{ name: string; checksum: string }>(
      'select name, checksum from schema_migrations order by name',
    )
    refuseUnknownPast(applied, migrations)
    const pending = migrations.slice(applied.length)
    for (const migration of pending) await apply(owner, migration)
    return pending.map(({ name }) => name)
  } finally {
    await owner.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

const refuseUnknownPast = (applied: readonly { name: string; checksum: string }[], known: readonly Migration[]) => {
  applied.forEach(({ name, checksum }, index) => {
    const ours = known[index]
    if (ours === undefined) {
      throw new Error(`The database is newer than this program (it has ${name}). Start the newer version of Parlance.`)
    }
    if (ours.name !== name || ours.checksum !== checksum) {
      throw new Error(`The database was made by another version: its migration ${name} differs from ${ours.name} here.`)
    }
  })
}

const apply = async (owner: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> => {
  await owner.query('begin')
  try {
    // Forced row-level security hides every row from an owner who is no superuser: better that a migration that
    // touches rows fails than that it silently changes none.
    await owner.query('set local row_security = off')
    await owner.query(sql)
    await owner.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await owner.query('commit')
  } catch (error) {
    await owner.query('rollback')
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error })
  }
}
