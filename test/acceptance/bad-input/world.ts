/** One server, a model that answers at once, people who own things, and a look at whether anything was stored. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer, type TestServerOptions } from '#test/support/server.ts'
import { type Answer, ask, type Ask } from './client.ts'
import { faultsOf } from './judge.ts'
import type { Operation } from './document.ts'

/** What one person owns, by the word that stands before its id in a path. */
export interface Belongings {
  readonly person: TestPerson
  readonly ids: Readonly<Record<string, string>>
}

export interface World {
  readonly server: TestServer
  readonly url: string
  /** A person with a conversation of two messages, a session and an access token. The canary is in all of them. */
  newOwner(canary?: string): Promise<Belongings>
  /** What is stored, as one text per table; columns that every request touches are left out. */
  snapshot(): Promise<Record<string, string>>
  /** Asks, judges, and remembers what was wrong. */
  probe(request: Ask, operation?: Operation): Promise<Answer>
  /** Everything that `probe` found wrong since this was last asked. */
  takeFaults(): string[]
  /** How many requests `probe` has sent. */
  readonly probes: number
  /** What is not well: the server's health, its log, the longest time that it was busy with one thing. */
  ailments(): Promise<string[]>
  close(): Promise<void>
}

const MODEL = 'scripted'
/** Longest that the process may be busy with one thing, in milliseconds. */
const LONGEST_BUSY = 2_000
/** Changed by requests that are refused, and rightly so: attempts are counted, credentials remember when they were used. */
const TOUCHED_BY_ALL = new Set(['sign_in_attempts', 'servers', 'schema_migrations', 'migrations'])

export const openWorld = async (options: TestServerOptions = {}): Promise<World> => {
  const provider = await startScriptedProvider()
  provider.script(() => ({ steps: ['A scripted ', 'answer.'] }))
  const server = await startTestServer({
    ...options,
    env: { LLM_BASE_URL: provider.url, LLM_MODEL: MODEL, OPENROUTER_BASE_URL: provider.url, ...options.env },
  })
  const busy = monitorEventLoopDelay({ resolution: 10 })
  busy.enable()
  let faults: string[] = []
  let probes = 0

  const rowsOf = async (sql: string): Promise<any[]> => (await server.database.owner.query(sql)).rows

  return {
    server,
    url: server.url,
    get probes() {
      return probes
    },
    async newOwner(canary = 'Plain words') {
      const person = await server.newPerson()
      const made = async (method: string, path: string, body?: unknown): Promise<any> => {
        const headers = { authorization: `Bearer ${person.token}` }
        const answer = await ask(server.url, { method, path, headers, body })
        if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
        return answer.text === '' ? undefined : JSON.parse(answer.text)
      }
      await made('PATCH', '/api/app/me', { name: `${canary} name` })
      const started = await made('POST', '/api/conversations', { content: `${canary} content`, model: MODEL })
      const conversation: string = started.conversation.id
      await made('PATCH', `/api/conversations/${conversation}`, { title: `${canary} title` })
      const token = await made('POST', '/api/app/access-tokens', { name: `${canary} token` })
      const sessions = await made('GET', '/api/app/sessions')
      return {
        person,
        ids: {
          conversations: conversation,
          messages: started.messages[0].id,
          'access-tokens': token.id,
          sessions: sessions.data[0].id,
        },
      }
    },
    async snapshot() {
      const tables = await rowsOf(`select tablename from pg_tables where schemaname = 'public' order by 1`)
      const found: Record<string, string> = {}
      for (const { tablename } of tables) {
        if (TOUCHED_BY_ALL.has(tablename)) continue
        const [row] = await rowsOf(
          `select count(*) || ' ' || md5(coalesce(string_agg(line, ',' order by line), '')) as state from
             (select (to_jsonb(t) - '{last_seen_at,last_used_at}'::text[])::text as line from ${tablename} t) lines`,
        )
        found[tablename] = row.state
      }
      return found
    },
    async probe(request, operation) {
      probes++
      const answer = await ask(server.url, request)
      faults.push(...faultsOf(request, answer, operation))
      return answer
    },
    takeFaults() {
      const taken = faults
      faults = []
      return taken
    },
    async ailments() {
      const health = await ask(server.url, { method: 'GET', path: '/health' })
      const longest = busy.max / 1e6
      busy.reset()
      return [
        ...(health.status === 200 ? [] : [`/health answers ${health.status}`]),
        ...(longest <= LONGEST_BUSY ? [] : [`was busy for ${Math.round(longest)} ms`]),
        ...server.problems.map((problem) => `logged ${JSON.stringify(problem).slice(0, 2000)}`),
      ]
    },
    async close() {
      busy.disable()
      await server.close()
      await provider.close()
    },
  }
}

/** Which model a request of a surface names so that the scripted one answers. */
export const modelFor = (surface: string): string => (surface === 'app' ? `operator:${MODEL}` : MODEL)
