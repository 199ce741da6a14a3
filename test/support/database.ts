/**
 * Databases for tests: each a copy of the migrated template, made in some ten milliseconds. Which engine they are on is
 * the run's choice (TEST_POSTGRES), never a test's.
 */
import { randomBytes } from 'node:crypto'
import { get } from 'node:http'
import pg from 'pg'
import { inject } from 'vitest'
import { systemClock, type Clock } from '#kernel/clock.ts'
import { openDoor, type Door } from '#server/adapters/postgres/door.ts'
import { ensureRoles, loginRolesOf, type LoginRoles } from '#server/adapters/postgres/roles.ts'
import './global-setup.ts'
import { connected, derivePassword, type PostgresEngine, type TestCluster } from './test-clusters.ts'

export { connected, derivePassword, MIGRATIONS } from './test-clusters.ts'
export * from './seeds.ts'
export * from './team-seeds.ts'

export interface TestDatabase {
  readonly name: string
  readonly engine: PostgresEngine
  /** As whom the product is told to connect: usable as DATABASE_URL. On `server` an ordinary role that owns the database. */
  readonly url: string
  /** Where its server listens. */
  readonly socket: { readonly host: string; readonly port: number }
  /**
   * Sees and may do everything: for seeding and for looking. It is a superuser's connection, because forced row-level
   * security hides the rows from their owner too.
   */
  readonly owner: pg.Client
  /** Another connection like it. */
  anotherOwner(): Promise<pg.Client>
  /** Removes the database and ends whatever is connected to it. */
  drop(): Promise<void>
}

/** The engine of this run: `TEST_POSTGRES`, which a vitest project sets in `test.env`. */
export const testEngine = (): PostgresEngine => (process.env['TEST_POSTGRES'] ?? 'embedded') as PostgresEngine

/**
 * A migrated database of its own, or with `empty` one without any schema. `quiet`: on a cluster that few tests use. What is
 * read in the order of transactions waits for all that write anywhere on the cluster, also in the databases of other tests.
 */
export const createTestDatabase = async ({ empty = false, quiet = false } = {}): Promise<TestDatabase> => {
  const cluster = await (quiet ? quietCluster() : testCluster())
  const { superuser, owner: role, template, engine } = cluster
  const name = `test_${randomBytes(8).toString('hex')}`
  await connected({ ...superuser, database: 'postgres' }, async (client) => {
    await client.query(`create database ${name} owner ${role.user} template ${empty ? 'template0' : template}`)
  })
  const anotherOwner = async (): Promise<pg.Client> => {
    // node-postgres reads times in the ISO form only, and the server at hand may be set to another.
    const client = new pg.Client({ ...superuser, database: name, options: '-c DateStyle=ISO -c TimeZone=UTC' })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const owner = await anotherOwner()
  return {
    name,
    engine,
    url: urlOf(cluster, name),
    socket: { host: superuser.host, port: superuser.port },
    owner,
    anotherOwner,
    async drop() {
      await owner.end()
      await connected({ ...superuser, database: 'postgres' }, (client) =>
        client.query(`drop database if exists ${name} with (force)`),
      )
    },
  }
}

/**
 * The door to a test database, its login roles made as the product makes them. Close it before the database is dropped.
 *
 * @param overrides of both pools, e.g. `{ max: 4 }` or the address of a proxy
 */
export const openTestDoor = async (
  database: TestDatabase,
  clock: Clock = systemClock,
  overrides: pg.PoolConfig = {},
): Promise<Door> => {
  const roles = await ensureTestRoles(database)
  const pool = { ...database.socket, database: database.name, max: 4, ...overrides }
  return openDoor({ app: { ...pool, ...roles.app }, system: { ...pool, ...roles.system }, clock })
}

/** Makes the login roles of a test database as the role of its `url`, as the product does at every start. */
export const ensureTestRoles = async (database: TestDatabase): Promise<LoginRoles> => {
  const roles = loginRolesOf(database.name, derivePassword)
  await connected({ connectionString: database.url }, (client) => ensureRoles(client, database.name, roles))
  return roles
}

/** The cluster of this run, for tests that need roles or databases of their own in it. */
export const testCluster = (): Promise<TestCluster> => (asked ??= askFor(testEngine()))

let asked: Promise<TestCluster> | undefined

const quietCluster = (): Promise<TestCluster> => (askedQuiet ??= askFor(`${testEngine()}/quiet`))

let askedQuiet: Promise<TestCluster> | undefined

/** @param name an engine, or one with the name of another cluster of it */
const askFor = (name: string): Promise<TestCluster> =>
  new Promise((resolve, reject) => {
    const request = get({ socketPath: inject('clusterDesk'), path: `/${name}` }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(body) as TestCluster)
        else reject(new Error(`No test cluster: ${body}`))
      })
    })
    request.once('error', reject)
  })

const urlOf = ({ superuser, owner }: TestCluster, database: string): string => {
  const url = new URL(`postgresql://localhost/${database}`)
  url.username = owner.user
  url.password = owner.password
  url.searchParams.set('host', superuser.host)
  url.searchParams.set('port', String(superuser.port))
  return url.href
}
