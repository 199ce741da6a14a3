/** Throw-away clusters are quick to get, separate, and don't pile up. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

import { expect, it } from 'vitest'

import { createTestDatabase, startTestCluster } from './for-tests.ts'
import { processIdentity } from './process-table.ts'
import { ask, supervise } from './supervised-for-tests.ts'

it('a test cluster gives every suite a database of its own and leaves nothing', async () => {
  const cluster = await startTestCluster()
  const [one, other] = [await createTestDatabase(cluster), await createTestDatabase(cluster)]
  expect(one.database).not.toBe(other.database)
  const names = await ask(cluster, "select datname from pg_database where datname like 'test_%' order by 1")
  expect(names.map((row) => row['datname'])).toEqual([one.database, other.database].toSorted())
  await one.drop()
  expect(await ask(cluster, "select datname from pg_database where datname like 'test_%'")).toEqual([
    { datname: other.database },
  ])
  await cluster.stop()
  expect(existsSync(dirname(cluster.host))).toBe(false)
})

it('a test cluster whose run was killed is stopped and removed by the next run', async () => {
  const killed = supervise('throw-away', '')
  const orphan = await killed.hear((said) => said.ready)
  await killed.kill()
  expect(processIdentity(orphan.pid)).toBeDefined()
  const next = await startTestCluster()
  expect(processIdentity(orphan.pid)).toBeUndefined()
  expect(existsSync(dirname(orphan.host))).toBe(false)
  await next.stop()
})
