/**
 * A program that holds a DATA_DIR and its server, for tests that kill it: `node supervised.fixture.ts MODE DATA_DIR`.
 * It says what it does, one JSON line each, and knows no test.
 *
 * `lock`: waits for a line on stdin, then takes the lock only. `serve`: starts the server. `write`: starts it and inserts
 * rows without end, reporting each one after its commit was acknowledged. `throw-away`: starts a test cluster. All of them
 * go on until stdin ends.
 */
import { once } from 'node:events'

import pg from 'pg'

import { startTestCluster } from './for-tests.ts'
import { lockDataDir, startEmbeddedPostgres } from './index.ts'

const [mode, dataDir = '', nativeDir] = process.argv.slice(2)

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

try {
  if (mode === 'lock') {
    say({ waiting: true })
    await once(process.stdin, 'data')
  }
  if (mode === 'throw-away') {
    const { host, port, user, password, pid, stop } = await startTestCluster()
    say({ ready: { host, port, user, password, pid } })
    await untilStdinEnds()
    await stop()
    process.exit(0)
  }
  const lock = lockDataDir(dataDir)
  if (mode === 'lock') {
    say({ locked: true })
    await untilStdinEnds()
  } else {
    const server = await startEmbeddedPostgres({ dataDir, nativeDir })
    const { host, port, user, password, pid } = server
    say({ ready: { host, port, user, password, pid } })
    if (mode === 'write') writeRows({ host, port, user, password }).catch(() => say({ writingEnded: true }))
    await untilStdinEnds()
    await server.stop()
  }
  lock.release()
  process.exit(0)
} catch (error) {
  say({ failed: (error as Error).message })
  process.exit(1)
}

async function untilStdinEnds(): Promise<void> {
  process.stdin.resume()
  if (!process.stdin.readableEnded) await once(process.stdin, 'end')
}

async function writeRows(coordinates: { host: string; port: number; user: string; password: string }): Promise<void> {
  const client = new pg.Client({ ...coordinates, database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  await client.query('create table if not exists written (n bigint primary key)')
  const { rows } = await client.query('select coalesce(max(n), 0) as last from written')
  for (let n = Number(rows[0].last) + 1; ; n++) {
    await client.query('insert into written values ($1)', [n])
    say({ acknowledged: n })
  }
}
