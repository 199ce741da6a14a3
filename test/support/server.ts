/** A whole server for acceptance tests: on a database of its own, with a clock that can be moved, at a URL and nothing else. */
import { mkdtemp, rm } from 'node:fs/promises'
import { pino } from 'pino'
import { attemptEach } from '#kernel/attempt-each.ts'
import { compose } from '#server/compose.ts'
import { type Environment, readConfig } from '#server/config.ts'
import { quickPasswords } from '#server/features/accounts/for-tests.ts'
import type { Engine } from '#server/features/conversion/index.ts'
import { makeListener } from '#server/listener.ts'
import { openDatabase } from '#server/main.ts'
import type { Clock } from '#kernel/clock.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export type { Environment }

/** Goes with the machine's clock, by as much ahead as it was moved. */
export interface MovableClock extends Clock {
  moveBy(milliseconds: number): void
}

export const movableClock = (): MovableClock => {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    moveBy: (milliseconds) => {
      ahead += milliseconds
    },
  }
}

export interface TestServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly database: TestDatabase
  readonly clock: MovableClock
  /** Where it keeps files; removed at close. */
  readonly dataDir: string
  /** Everything that was logged at warn or above, as parsed lines. */
  readonly problems: readonly Record<string, unknown>[]
  /** A person with an account and a personal access token. */
  newPerson(): Promise<TestPerson>
  close(): Promise<void>
}

export interface TestPerson {
  readonly id: string
  readonly email: string
  readonly password: string
  /** A personal access token. */
  readonly token: string
  /** The session cookie as a request carries it. */
  readonly cookie: string
  /** A request in this person's name by Bearer; a body that is not a string is sent as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else text; undefined where it is empty. */
  readonly body: any
}

export interface TestServerOptions {
  readonly env?: Environment
  readonly clock?: MovableClock
  /** Share the database of another server; it is then not dropped at close. */
  readonly database?: TestDatabase
  /** How often streams beat and are asked whether their sign-in has ended, in milliseconds: 15 seconds if nothing is said. */
  readonly heartbeatMs?: number
  /** How patient it is with requests that do not come to their end, where tests can't wait as long as people. */
  readonly patience?: Parameters<typeof makeListener>[0]
  /** What converts: nothing, unless it is said. */
  readonly engines?: readonly Engine[]
}

export const TEST_SECRET_KEY = 'test-secret-key-0123456789-abcdefghijkl'

/** Starts within some hundred milliseconds. Nothing of the machine's environment reaches it. */
export const startTestServer = async (options: TestServerOptions = {}): Promise<TestServer> => {
  const database = options.database ?? (await createTestDatabase())
  const clock = options.clock ?? movableClock()
  const dataDir = await mkdtemp('/tmp/parlance-data-')
  const config = readConfig({
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SECRET_KEY: TEST_SECRET_KEY,
    PORT: '0',
    LOCAL_MODELS: 'off',
    CHAT_V1_RATE_LIMIT: '0',
    // Nothing listens there: a test that wants a provider says where.
    OPENROUTER_BASE_URL: 'http://127.0.0.1:9/v1',
    ...options.env,
  })
  const problems: Record<string, unknown>[] = []
  let isStopped = false
  const write = (line: string) => void (isStopped || problems.push(JSON.parse(line)))
  const logger = pino({ level: 'warn', base: null }, { write })
  const listener = makeListener(options.patience)
  const port = await listener.listen(config.host, config.port)
  const program = await compose({
    config,
    logger,
    listener,
    clock,
    heartbeatMs: options.heartbeatMs,
    passwords: quickPasswords(),
    engines: options.engines ?? [],
    ...(await openDatabase(config, logger, [], () => {})),
  })
  listener.open()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    database,
    clock,
    dataDir: config.dataDir,
    problems,
    newPerson: () => signUp(url),
    async close() {
      listener.retire()
      await attemptEach([
        () => program.shutDown(0),
        () => listener.server.closeAllConnections(),
        () => new Promise((resolve) => listener.server.close(resolve)),
        // Dropping the database breaks connections that are just being closed: no problem of the server.
        () => (isStopped = true),
        () => options.database === undefined && database.drop(),
        () => rm(dataDir, { recursive: true, force: true }),
      ])
    },
  }
}

let people = 0

const signUp = async (url: string): Promise<TestPerson> => {
  const email = `person-${++people}@example.org`
  const password = 'correct horse battery'
  const registered = await send(url, 'POST', '/api/auth/register', { email, password })
  if (registered.status !== 201)
    throw new Error(`sign-up answered ${registered.status}: ${JSON.stringify(registered.body)}`)
  const cookie = registered.headers.getSetCookie()[0]!.split(';', 1)[0]!
  const made = await send(url, 'POST', '/api/app/access-tokens', { name: 'test' }, { cookie })
  const token: string = made.body.token
  return {
    id: registered.body.user.id,
    email,
    password,
    token,
    cookie,
    request: (method, path, body, headers) =>
      send(url, method, path, body, { authorization: `Bearer ${token}`, ...headers }),
  }
}

/** One request; `body` is sent as JSON unless it is a string or bytes. */
export const send = async (
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  }
}

/** Events of a stream as they come; ends when the server ends it or `stop` is called. */
export interface EventReader {
  /** The next event for which `wanted` holds; fails after ten seconds without one, or when the stream ends. */
  next(wanted?: (data: any) => boolean): Promise<{ id: string | undefined; data: any }>
  /** Everything that has come so far. */
  readonly seen: readonly { id: string | undefined; data: any }[]
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>
  stop(): void
}

/** Opens a stream by plain fetch, as a client without EventSource does. Fails when the answer isn't a stream. */
export const openEvents = async (url: string, headers: Record<string, string>): Promise<EventReader> => {
  const { createParser } = await import('eventsource-parser')
  const controller = new AbortController()
  const response = await fetch(url, { headers, signal: controller.signal })
  if (response.status !== 200) throw new Error(`the stream answered ${response.status}: ${await response.text()}`)
  const seen: { id: string | undefined; data: any }[] = []
  let wake = () => {}
  let isOver = false
  const parser = createParser({
    onEvent: ({ id, data }) => {
      seen.push({ id, data: JSON.parse(data) })
      wake()
    },
  })
  const ended = (async () => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body!) parser.feed(decoder.decode(chunk, { stream: true }))
    } catch {
      // Stopped by us, or cut off by the server: both end the stream.
    }
    isOver = true
    wake()
  })()
  let read = 0
  return {
    seen,
    ended,
    stop: () => controller.abort(),
    async next(wanted = () => true) {
      const deadline = Date.now() + 10_000
      for (;;) {
        while (read < seen.length) {
          const event = seen[read++]!
          if (wanted(event.data)) return event
        }
        if (isOver) throw new Error(`the stream ended; seen: ${JSON.stringify(seen)}`)
        const left = deadline - Date.now()
        if (left <= 0) throw new Error(`no such event in ten seconds; seen: ${JSON.stringify(seen)}`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
  }
}
