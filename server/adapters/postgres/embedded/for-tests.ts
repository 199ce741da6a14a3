/**
 * Throw-away clusters for test suites: fast because they give up durability, which the product never does. Clusters left
 * by a test run that was killed are stopped and removed by the next one. As a vitest `globalSetup` this file starts one
 * cluster for the whole run; tests reach it with `inject('postgres')`.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import pg from 'pg'

import { clusterFolder } from './cluster.ts'
import { type DataDirLock, LOCK_FILE, lockDataDir } from './data-dir-lock.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts'
import { clearLeftovers } from './leftovers.ts'

/** What a client needs to connect; a plain object, so that vitest can hand it to its workers. */
export interface PostgresCoordinates {
  host: string
  port: number
  user: string
  password: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresCoordinates
  }
}

const PREFIX = 'parlance-test-postgres-'
const IN_A_HURRY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Starts a cluster in a temporary folder; takes about half a second.
 *
 * @param settings over the hasty ones; a durability test gives `{ fsync: 'on', synchronous_commit: 'on' }`
 * @returns the server; its `stop` also removes the folder
 */
export async function startTestCluster(settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  await removeAbandoned()
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX))
  const lock = lockDataDir(dataDir)
  try {
    const server = await startEmbeddedPostgres({ dataDir, settings: { ...IN_A_HURRY, ...settings } })
    return {
      ...server,
      async stop() {
        await server.stop()
        remove(dataDir, lock)
      },
    }
  } catch (error) {
    remove(dataDir, lock)
    throw error
  }
}

/**
 * Makes an empty database, so that suites on one cluster don't see each other.
 *
 * @param template a database to copy instead, e.g. one that is migrated; nobody may be connected to it
 * @returns its name, and `drop`, which also ends connections to it
 */
export async function createTestDatabase(
  { host, port, user, password }: PostgresCoordinates,
  template = 'template1',
): Promise<{ database: string; drop(): Promise<void> }> {
  const database = `test_${randomBytes(8).toString('hex')}`
  const run = async (sql: string) => {
    const client = new pg.Client({ host, port, user, password, database: 'postgres' })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  await run(`create database ${database} template ${pg.escapeIdentifier(template)}`)
  return { database, drop: () => run(`drop database if exists ${database} with (force)`) }
}

/** vitest's `globalSetup`: one cluster for the run, given to the workers as `postgres`. */
export default async function setup(project: {
  provide(name: 'postgres', value: PostgresCoordinates): void
}): Promise<() => Promise<void>> {
  const { host, port, user, password, stop } = await startTestCluster()
  project.provide('postgres', { host, port, user, password })
  return stop
}

async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const dataDir = join(tmpdir(), name)
    // Without a lock file it is one that somebody is making right now.
    if (!existsSync(join(dataDir, LOCK_FILE))) continue
    try {
      const lock = lockDataDir(dataDir)
      const clusterDir = clusterFolder(dataDir)
      if (existsSync(clusterDir)) await clearLeftovers({ clusterDir, socketDir: clusterDir, log() {} })
      remove(dataDir, lock)
    } catch {
      // in use, or another user's
    }
  }
}

function remove(dataDir: string, lock: DataDirLock): void {
  lock.release()
  rmSync(dataDir, { recursive: true, force: true })
}
