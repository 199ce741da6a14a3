/**
 * The throw-away clusters of a test run: at most two per engine, started when the first test asks for it, each with a
 * migrated template database. Runs in the process of the test runner; knows no test.
 */
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import pg from 'pg'
import { startTestCluster } from '#server/adapters/postgres/embedded/for-tests.ts'
import { migrate, readMigrations } from '#server/adapters/postgres/migrate.ts'
import { ensureRoles, loginRolesOf } from '#server/adapters/postgres/roles.ts'
import { startServerCluster, type Coordinates, type RunningCluster } from './server-postgres.ts'

/** `embedded`: PostgreSQL 18 that npm brings, its superuser owns the database. `server`: Debian's, an ordinary role does. */
export type PostgresEngine = 'embedded' | 'server'

/** What a worker must know to make databases of its own. */
export interface TestCluster {
  readonly engine: PostgresEngine
  readonly superuser: Coordinates
  /** Who owns the databases: the role of the product's DATABASE_URL. */
  readonly owner: { readonly user: string; readonly password: string }
  /** A migrated database that nobody can connect to. */
  readonly template: string
}

export interface StartedCluster extends TestCluster {
  stop(): Promise<void>
}

export const MIGRATIONS = path.join(import.meta.dirname, '../../db/migrations')

/** Passwords of the login roles in tests: any function of the purpose will do. */
export const derivePassword = (purpose: string): string => Buffer.from(purpose).toString('base64url')

/** Starts a cluster and makes its template. */
export const startCluster = async (engine: PostgresEngine): Promise<StartedCluster> => {
  const running =
    engine === 'embedded' ? await startTestCluster({ max_connections: '200' }) : await startServerCluster()
  const { host, port, user, password } = running
  const superuser: Coordinates = { host, port, user, password }
  try {
    const owner = engine === 'embedded' ? { user, password } : await makeOrdinaryOwner(superuser)
    const template = await makeTemplate(superuser, owner)
    return { engine, superuser, owner, template, stop: () => running.stop() }
  } catch (error) {
    await running.stop()
    throw error
  }
}

/** Runs `work` on a connection of its own. */
export const connected = async <Result>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client(config)
  // Databases are dropped with their connections.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The role that the guide tells operators to make: no superuser, may create roles. */
const makeOrdinaryOwner = async (superuser: Coordinates): Promise<TestCluster['owner']> => {
  const owner = { user: 'parlance_owner', password: randomBytes(12).toString('hex') }
  await connected({ ...superuser, database: 'postgres' }, (client) =>
    client.query(`create role ${owner.user} login createrole password '${owner.password}'`),
  )
  return owner
}

const makeTemplate = async (superuser: Coordinates, owner: TestCluster['owner']): Promise<string> => {
  const template = 'parlance_template'
  await connected({ ...superuser, database: 'postgres' }, (client) =>
    client.query(`create database ${template} owner ${owner.user}`),
  )
  await connected({ ...superuser, ...owner, database: template }, async (client) => {
    await ensureRoles(client, template, loginRolesOf(template, derivePassword))
    await migrate(client, await readMigrations(MIGRATIONS))
  })
  // A template that somebody is connected to can't be copied.
  await connected({ ...superuser, database: 'postgres' }, (client) =>
    client.query(`alter database ${template} with is_template true allow_connections false`),
  )
  return template
}

export type { Coordinates, RunningCluster }
