/** One running server: spawned, heard, found ready, ended in order. It knows nothing of how its cluster came to be. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

import pg from 'pg'

import { childEnvironment } from './cluster.ts'
import { PATIENCE, type Patience } from './leftovers.ts'
import type { RunAs } from './run-as.ts'

/** A server that neither answers nor says anything for so long, in ms, is given up. Recovery reports every 10 s. */
const SILENCE = 60_000
const LINES_KEPT = 40

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Postmaster {
  readonly pid: number
  /** Settles when the process ends, whoever ended it. Never rejects. */
  readonly ended: Promise<Ended>
  /** Settles when its last line has been read, too. */
  readonly heardOut: Promise<unknown>
  /** True from the first call of `stop`. */
  readonly stopping: boolean
  /** ms since the server last said something (or began). */
  silentFor(): number
  /** The server's own last lines. */
  lastLines(): string
  /** Fast shutdown, then harder. Every call gives the same promise. */
  stop(): Promise<void>
}

/**
 * Spawns the server.
 *
 * @throws Error when the program can't be run at all
 */
export async function spawnPostmaster(options: {
  program: string
  args: string[]
  cwd: string
  runAs: RunAs | undefined
  log: (line: string, fields?: object) => void
  patience?: Patience
}): Promise<Postmaster> {
  const child = spawn(options.program, options.args, {
    cwd: options.cwd,
    ...options.runAs,
    env: childEnvironment(),
    // A group of its own: Ctrl-C reaches every process of the terminal's group, and the database must be the last to stop.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(new Error(`Could not start the embedded PostgreSQL: ${error.message}`)))
  })
  child.on('error', () => {}) // a signal that could not be sent; `stop` sees by itself that the process lives on
  const lines: string[] = []
  let heardAt = performance.now()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      heardAt = performance.now()
      lines.push(line)
      if (lines.length > LINES_KEPT) lines.shift()
      // Before it has read its settings the server puts a time before the severity.
      options.log(line, { source: 'postgres', severity: /(?:^|\] )([A-Z]+): {2}/.exec(line)?.[1] })
    })
  }
  const ended = new Promise<Ended>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const heardOut = new Promise((resolve) => child.once('close', resolve))
  let stopped: Promise<void> | undefined
  return {
    pid: child.pid!,
    ended,
    heardOut,
    get stopping() {
      return stopped !== undefined
    },
    silentFor: () => performance.now() - heardAt,
    lastLines: () => lines.join('\n'),
    stop: () => (stopped ??= endInOrder(child, ended, options)),
  }
}

/** PostgreSQL's own meanings: SIGINT rolls back and closes cleanly, SIGQUIT leaves recovery to the next start. */
async function endInOrder(
  child: ChildProcess,
  ended: Promise<Ended>,
  { patience = PATIENCE, log }: { patience?: Patience; log: (line: string, fields?: object) => void },
): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', patience.fast],
    ['SIGQUIT', patience.immediate],
  ]
  for (const [signal, limit] of steps) {
    child.kill(signal)
    if (await within(limit, ended)) return
    log(`the database server did not end within ${limit} ms after ${signal}`, { pid: child.pid })
  }
  child.kill('SIGKILL')
  await ended
}

/** @returns whether the promise settled in time */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const abort = new AbortController()
  const timeUp = delay(ms, false, { signal: abort.signal }).catch(() => false)
  try {
    return await Promise.race([promise.then(() => true), timeUp])
  } finally {
    abort.abort()
  }
}

/**
 * Waits until a real connection answers.
 *
 * @throws Error with the server's own last lines when it ends, refuses the password or falls silent; it is stopped then
 */
export async function waitUntilReady(
  postmaster: Postmaster,
  coordinates: { host: string; port: number; user: string; password: string },
  log: (line: string, fields?: object) => void,
): Promise<void> {
  let end: Ended | undefined
  void postmaster.ended.then((ended) => (end = ended))
  const begun = performance.now()
  let reportedAt = begun
  for (let wait = 5; ; wait = Math.min(wait * 1.5, 100)) {
    const refusal = await tryToConnect(coordinates)
    if (!refusal) return
    if (end) throw await failed(postmaster, `ended with ${end.signal ?? `exit code ${end.code}`}`)
    if (refusal.code === '28P01') throw await failed(postmaster, 'refuses the password kept in DATA_DIR')
    if (postmaster.silentFor() > SILENCE) throw await failed(postmaster, `does not answer (${refusal.message})`)
    if (performance.now() - reportedAt > 5_000) {
      reportedAt = performance.now()
      log('waiting for the database server', { ms: Math.round(reportedAt - begun), reason: refusal.message })
    }
    await delay(wait)
  }
}

async function tryToConnect(coordinates: { host: string; port: number; user: string; password: string }) {
  const client = new pg.Client({ ...coordinates, database: 'postgres', connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // the server ended between two answers; the next attempt says so
  try {
    await client.connect()
    await client.query('select 1')
    return undefined
  } catch (error) {
    return error as Error & { code?: string }
  } finally {
    await client.end().catch(() => {})
  }
}

async function failed(postmaster: Postmaster, what: string): Promise<Error> {
  await postmaster.stop()
  // Its last lines may still be in the pipe; a process that outlives it may hold the pipe open.
  await within(1_000, postmaster.heardOut)
  return new Error(`The embedded PostgreSQL ${what}. It said:\n${postmaster.lastLines() || '(nothing)'}`)
}
