/** The whole program as processes of their own, to be killed: it starts, asks and ends them, and knows no test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { processesIn } from '#server/adapters/postgres/embedded/process-table.ts'

const ROOT = path.join(import.meta.dirname, '../..')

export interface ServerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly pid: number
  /** What it has written to its log at warn or above. */
  readonly log: () => string
  /** Ends the server alone, at once: its database lives on for a moment as an orphan. */
  kill(): Promise<void>
  /** Ends the server and every process of its database, at once. */
  killAll(): Promise<void>
  /** Asks it to end in order; resolves with its exit code. */
  terminate(): Promise<number | null>
  /** Resident memory, in bytes. */
  memory(): number
}

/** A folder for a DATA_DIR. Short, so that the database's socket lies in it. */
export const newDataDir = (): Promise<string> => mkdtemp('/tmp/parlance-crash-')

/** Ends whatever is left of a DATA_DIR and removes it. */
export const removeDataDir = (dataDir: string): void => {
  endDatabaseOf(dataDir)
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/**
 * Starts the program and waits until it says that it is ready. Nothing of this machine's environment reaches it.
 * @param options.program another file that starts a server and says so in the same words
 * @throws Error with its own words when it ends before that
 */
export const startServerProcess = async (options: {
  readonly dataDir: string
  readonly env?: Readonly<Record<string, string>>
  readonly program?: string
}): Promise<ServerProcess> => {
  const child = spawn(process.execPath, [options.program ?? path.join(ROOT, 'server/main.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      DATA_DIR: options.dataDir,
      PORT: '0',
      LOG_LEVEL: 'warn',
      LOCAL_MODELS: 'off',
      CHAT_V1_RATE_LIMIT: '0',
      ...options.env,
    },
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const said = { text: '' }
  const url = await ready(child, said)
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    url,
    pid: child.pid!,
    log: () => said.text,
    kill,
    async killAll() {
      child.kill('SIGKILL')
      endDatabaseOf(options.dataDir)
      await exited
    },
    async terminate() {
      child.kill('SIGTERM')
      return exited
    },
    memory: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
  }
}

const ready = (child: ChildProcess, said: { text: string }): Promise<string> =>
  new Promise((resolve, reject) => {
    const hear = (text: string) => {
      said.text = (said.text + text).slice(-100_000)
      const [, url] = /ready at (http:\S+)/.exec(said.text) ?? []
      if (url !== undefined) resolve(url)
    }
    child.stdout!.setEncoding('utf8').on('data', hear)
    child.stderr!.setEncoding('utf8').on('data', hear)
    child.once('exit', (code, signal) => reject(new Error(`the server ended (${signal ?? code}): ${said.text}`)))
    child.once('error', reject)
  })

const endDatabaseOf = (dataDir: string): void => {
  const folder = path.join(dataDir, 'postgres')
  if (existsSync(folder)) for (const pid of processesIn('postgres', folder)) end(pid)
}

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Looks into the database of a running server, past all row-level security. */
export const lookInto = async <Result>(
  dataDir: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client({
    host: path.join(dataDir, 'postgres'),
    port: 5432,
    user: 'postgres',
    password: readFileSync(path.join(dataDir, 'postgres-password'), 'utf8').trim(),
    database: 'parlance',
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export interface Client {
  readonly token: string
  /** Rejects when the connection breaks. */
  request(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }>
  /** The same person on the same data, under the address of a later process. */
  at(url: string): Client
}

/** Signs a person up, or with a `token` goes on as them. */
export const signUp = async (url: string): Promise<Client> => {
  const email = `person-${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}@example.org`
  const registered = await ask(url, 'POST', '/api/auth/register', { email, password: 'correct horse battery' }, {})
  const cookie = registered.cookies[0]!.split(';', 1)[0]!
  const made = await ask(url, 'POST', '/api/app/access-tokens', { name: 'test' }, { cookie })
  return clientOf(url, made.body.token)
}

const clientOf = (url: string, token: string): Client => ({
  token,
  request: (method, place, body) => ask(url, method, place, body, { authorization: `Bearer ${token}` }),
  at: (other) => clientOf(other, token),
})

const ask = async (url: string, method: string, place: string, body: unknown, headers: Record<string, string>) => {
  const response = await fetch(url + place, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, body: isJson ? JSON.parse(text) : text, cookies: response.headers.getSetCookie() }
}
