/** A throw-away cluster of the PostgreSQL server that Debian packages (15 or newer). It knows no schema and no role. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { nobody } from '#server/adapters/postgres/embedded/run-as.ts'

/** What a client needs to connect as superuser; plain, so that it can be sent to a worker. */
export interface Coordinates {
  /** The folder of the unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface RunningCluster extends Coordinates {
  stop(): Promise<void>
}

const DEBIAN = '/usr/lib/postgresql'

/** The folder with `initdb` and `postgres` of the newest server that Debian's packages installed, if one is new enough. */
export const findServerBinaries = (): string | undefined => {
  if (!existsSync(DEBIAN)) return undefined
  return readdirSync(DEBIAN)
    .map(Number)
    .filter((version) => version >= 15)
    .toSorted((a, b) => b - a)
    .map((version) => join(DEBIAN, String(version), 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/**
 * Settings that an operator's server may well have and the embedded one never has: another time zone, another way to
 * write dates, bytes and intervals. Nothing of Parlance may depend on them.
 */
const FOREIGN = {
  timezone: 'Asia/Kolkata',
  datestyle: 'German, DMY',
  bytea_output: 'escape',
  intervalstyle: 'sql_standard',
}

const PREFIX = 'parlance-test-server-'
/** The file that says which process started a cluster. */
const STARTER = 'starter.pid'

const IN_A_HURRY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Starts the server in a temporary folder and waits until it answers. Throws with the server's own words. */
export const startServerCluster = async (): Promise<RunningCluster> => {
  const bin = findServerBinaries()
  if (bin === undefined) throw new Error(`There is no PostgreSQL 15 or newer in ${DEBIAN}: apt-get install postgresql.`)
  // PostgreSQL refuses root. /tmp, because root's TMPDIR may be closed to others.
  const runAs = process.getuid?.() === 0 ? nobody() : undefined
  const base = runAs ? '/tmp' : tmpdir()
  removeAbandoned(base)
  const folder = mkdtempSync(join(base, PREFIX))
  writeFileSync(join(folder, STARTER), String(process.pid))
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (runAs) for (const path of [folder, passwordFile]) chownSync(path, runAs.uid, runAs.gid)

  const data = join(folder, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '-N'],
    { cwd: folder, encoding: 'utf8', ...runAs },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)

  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '200',
    ...IN_A_HURRY,
    ...FOREIGN,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...runAs,
  })
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))

  const cluster: RunningCluster = {
    host: folder,
    port: 5432,
    user: 'postgres',
    password,
    async stop() {
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await untilItAnswers(cluster, server, () => said)
  return cluster
}

const untilItAnswers = async (
  { stop, ...coordinates }: RunningCluster,
  server: { readonly exitCode: number | null },
  said: () => string,
): Promise<void> => {
  const deadline = Date.now() + 30_000
  for (;;) {
    const client = new pg.Client({ ...coordinates, database: 'postgres' })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        await stop()
        throw new Error(`The PostgreSQL server did not start: ${said()}`, { cause: error })
      }
      // Nothing tells that a server listens, except trying.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Stops and removes what test runs left that were killed. */
const removeAbandoned = (base: string): void => {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(base, name)
    try {
      if (isAlive(Number(readFileSync(join(folder, STARTER), 'utf8')))) continue
      const postmaster = Number.parseInt(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8'), 10)
      // A number may belong to somebody else by now; a PostgreSQL server works in its data folder.
      if (readlinkSync(`/proc/${postmaster}/cwd`) === join(folder, 'data')) process.kill(postmaster, 'SIGQUIT')
    } catch {
      // Just being made, another user's, or without a server.
      if (!existsSync(join(folder, STARTER))) continue
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
