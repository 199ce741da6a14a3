/** Runs `supervised.fixture.ts` and folders for it; used by the tests of this folder only. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import pg from 'pg'
import { afterAll, afterEach } from 'vitest'

import { clusterFolder } from './cluster.ts'
import { startEmbeddedPostgres } from './index.ts'
import { processesIn } from './process-table.ts'

export interface Said {
  readonly waiting?: true
  readonly locked?: true
  readonly failed?: string
  readonly acknowledged?: number
  readonly ready?: { host: string; port: number; user: string; password: string; pid: number }
}

export interface Supervised {
  readonly child: ChildProcess
  /** Everything it said so far. */
  readonly said: Said[]
  /** Waits until it has said something that fits. Rejects when it ends before. */
  hear<Found>(find: (said: Said) => Found | undefined): Promise<Found>
  tell(line: string): void
  /** Asks it to end in order. */
  finish(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
}

const FIXTURE = fileURLToPath(new URL('supervised.fixture.ts', import.meta.url))

const folders: string[] = []
const programs: Supervised[] = []

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()))
  for (const folder of folders.splice(0)) {
    for (const dataDir of [folder, ...subfolders(folder)]) killPostgres(dataDir)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: false })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
}

/** A folder that is gone after the test, with whatever server still works in it. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'parlance-embedded-')))
  folders.push(folder)
  return folder
}

let prepared: string | undefined

afterAll(() => {
  if (prepared) rmSync(prepared, { recursive: true, force: true })
})

/** A DATA_DIR whose cluster was made and stopped in order: a copy, as most tests aren't about making one. */
export async function usedDataDir(): Promise<string> {
  if (!prepared) {
    prepared = realpathSync(mkdtempSync(join(tmpdir(), 'parlance-embedded-')))
    await (await startEmbeddedPostgres({ dataDir: prepared, settings: { fsync: 'off' } })).stop()
  }
  const dataDir = temporaryFolder()
  execFileSync('cp', ['-a', `${prepared}/.`, dataDir])
  return dataDir
}

/** Kills every PostgreSQL process of a DATA_DIR at once. */
export function killPostgres(dataDir: string): void {
  try {
    for (const pid of processesIn('postgres', clusterFolder(dataDir))) process.kill(pid, 'SIGKILL')
  } catch {
    // no cluster there, or it ended meanwhile
  }
}

/**
 * What to spawn so that it runs as that user. Where the checkout lies in a folder that is closed to others, an ordinary
 * user can't even read the program: it then gets the one right to read, and stays an ordinary user in everything else.
 */
function programFor({ uid, gid }: { uid?: number; gid?: number }): readonly string[] {
  if (uid === undefined || gid === undefined) return [process.execPath]
  const isReadable = spawnSync(process.execPath, ['--check', FIXTURE], { uid, gid, cwd: '/' }).status === 0
  if (isReadable) return [process.execPath]
  const rights = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...rights, process.execPath]
}

export function supervise(
  mode: 'lock' | 'serve' | 'write' | 'throw-away',
  dataDir: string,
  options: { uid?: number; gid?: number; nativeDir?: string } = {},
): Supervised {
  const { nativeDir, ...who } = options
  const args = [FIXTURE, mode, dataDir, ...(nativeDir ? [nativeDir] : [])]
  const [program, ...before] = programFor(who)
  const child = spawn(program!, [...before, ...args], {
    cwd: '/',
    ...(program === process.execPath ? who : {}),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said: Said[] = []
  const ended = once(child, 'close')
  child.stdin.on('error', () => {}) // told after it ended
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => said.push(JSON.parse(line) as Said))
  const supervised: Supervised = {
    child,
    said,
    async hear(find) {
      while (true) {
        for (const one of said) {
          const found = find(one)
          if (found !== undefined) return found
        }
        const over = await Promise.race([once(lines, 'line').then(() => false), ended.then(() => true)])
        if (over && !said.some((one) => find(one) !== undefined))
          throw new Error(`it ended: ${JSON.stringify(said.at(-1))}`)
      }
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async finish() {
      child.stdin.end()
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
  programs.push(supervised)
  return supervised
}

/** One query, one connection. */
export async function ask(
  coordinates: { host: string; port: number; user: string; password: string },
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { host, port, user, password } = coordinates
  const client = new pg.Client({ host, port, user, password, database: 'postgres' })
  client.on('error', () => {}) // the query itself rejects, too
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
