/** Throw-away clusters are quick to get, separate, and don't pile up. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

import { expect, it } from 'vitest'

import { startTestCluster } from './for-tests.ts'
import { processIdentity } from './process-table.ts'
import { ask, supervise } from './supervised-for-tests.ts'

it('a test cluster answers, and leaves nothing when it is stopped', async () => {
  const cluster = await startTestCluster()
  expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
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
