/**
 * Throw-away clusters for test suites: fast because they give up durability, which the product never does. Clusters left
 * by a test run that was killed are stopped and removed by the next one.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { clusterFolder } from './cluster.ts'
import { type DataDirLock, LOCK_FILE, lockDataDir } from './data-dir-lock.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts'
import { clearLeftovers } from './leftovers.ts'

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
