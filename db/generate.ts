/** `node db/generate.ts`: runs all migrations on a throw-away PostgreSQL and rewrites schema.sql and tables.ts from it. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { startTestCluster } from '#server/adapters/postgres/embedded/for-tests.ts'
import { migrate, readMigrations } from '#server/adapters/postgres/migrate.ts'
import { ensureRoles, loginRolesOf } from '#server/adapters/postgres/roles.ts'
import { describeSchema } from './describe-schema.ts'
import { describeTables } from './describe-tables.ts'

const inThisFolder = (name: string) => path.join(import.meta.dirname, name)

const cluster = await startTestCluster()
try {
  const { host, port, user, password } = cluster
  const owner = new pg.Client({ host, port, user, password, database: 'postgres' })
  await owner.connect()
  await ensureRoles(
    owner,
    'postgres',
    loginRolesOf('postgres', (purpose) => purpose),
  )
  try {
    await migrate(owner, await readMigrations(inThisFolder('migrations')))
    await writeFile(inThisFolder('schema.sql'), await describeSchema(owner))
    await writeFile(inThisFolder('tables.ts'), await describeTables(owner))
  } finally {
    // Before the cluster stops: a connection that breaks would hide what went wrong.
    await owner.end()
  }
} finally {
  await cluster.stop()
}
