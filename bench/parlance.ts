/** A Parlance as people run it, for measuring: a process of its own, at a URL, whose memory and time can be read. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export const root = path.resolve(import.meta.dirname, '..')

export interface Parlance {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Its DATA_DIR. */
  readonly dataDir: string
  /** From the start of the process until `/health` answered 200, in milliseconds. */
  readonly readyAfterMs: number
  /** Lines of its log that are JSON, as they come. */
  readonly onLogLine: (listener: (line: Record<string, unknown>) => void) => void
  /** Ends it in order. */
  stop(): Promise<void>
}

/** Servers that run now. */
const running = new Set<ChildProcess>()

/** Ends every server: whatever is being measured fails then, and cleans up behind itself. */
export const endAll = (): void => {
  for (const child of running) child.kill('SIGTERM')
}

/** What would make a measurement depend on the machine's environment is set here; `env` comes on top. */
const settings = (port: number, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  TMPDIR: process.env['TMPDIR'],
  // Of tests, which start many.
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  PORT: String(port),
  LOG_LEVEL: 'warn',
  LOCAL_MODELS: 'off',
  // What is measured is asked for more often than people ask, and is larger.
  CHAT_V1_RATE_LIMIT: '0',
  SESSION_RATE_LIMIT: '0',
  UPLOAD_RATE_LIMIT: '0',
  CONVERT_RATE_LIMIT: '0',
  DOWNLOAD_RATE_LIMIT: '0',
  TRAINING_DOWNLOADS_PER_HOUR: '0',
  TRAINING_DOWNLOAD_MB_PER_DAY: '0',
  STORAGE_QUOTA_MB: '1000000',
  // Nothing listens there: nothing of a measurement leaves the machine.
  OPENROUTER_BASE_URL: 'http://127.0.0.1:9/v1',
  ...env,
})

/**
 * Starts `server/main.ts` on its embedded database and waits until it serves.
 *
 * @param dataDir its DATA_DIR; an empty folder makes it a first start
 * @param script what to run, and its arguments
 * @throws Error with what it said, when it ends before it serves
 */
const startParlance = async (
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  script: readonly string[] = ['server/main.ts'],
): Promise<Parlance> => {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...script], {
    cwd: root,
    env: settings(port, { DATA_DIR: dataDir, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const said: string[] = []
  const listeners: ((line: Record<string, unknown>) => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line)
      if (said.length > 50) said.shift()
      if (!line.startsWith('{')) return
      const entry = JSON.parse(line) as Record<string, unknown>
      // Whatever it calls an error would explain a figure.
      if (Number(entry['level']) >= 50) console.error(line)
      for (const listener of listeners) listener(entry)
    })
  }
  const url = `http://127.0.0.1:${port}`
  const isUp = await serves(url, child)
  const readyAfterMs = performance.now() - startedAt
  if (!isUp) throw new Error(`The server ended before it served. It said:\n${said.join('\n')}`)
  return {
    url,
    port,
    pid: child.pid!,
    dataDir,
    readyAfterMs,
    onLogLine: (listener) => void listeners.push(listener),
    stop: () => ended(child),
  }
}

/** Lets work have a server: one of its own, on that folder, or one that it shares and that has another. */
export type Lend = <Result>(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  work: (parlance: Parlance) => Promise<Result>,
) => Promise<Result>

/** A server for as long as the work takes; it is ended whatever happens. */
export const withParlance = async <Result>(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  work: (parlance: Parlance) => Promise<Result>,
  script?: readonly string[],
): Promise<Result> => {
  const parlance = await startParlance(dataDir, env, script)
  try {
    return await work(parlance)
  } finally {
    await parlance.stop()
  }
}

/** Asks for `/health` until it answers 200; false when the process is gone. */
const serves = async (url: string, child: ChildProcess): Promise<boolean> => {
  for (;;) {
    const status = await fetch(`${url}/health`).then(
      (response) => response.status,
      () => undefined,
    )
    if (status === 200) return true
    if (child.exitCode !== null || child.signalCode !== null) return false
    await sleep(5)
  }
}

/** Ends a process of ours in order, and waits until it is gone. */
export const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
