/** One server, a model that answers at once, people who own things, and a look at whether anything was stored. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { linksOf } from '#test/support/links.ts'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer, type TestServerOptions } from '#test/support/server.ts'
import { seedTraining } from '#test/support/training-seeds.ts'
import { copyingEngine, garbageEngine } from '#test/support/stub-engines.ts'
import { beginSession } from '../conversion/world.ts'
import { uploaded } from '../files/world.ts'
import { type Answer, ask, type Ask } from './client.ts'
import { faultsOf } from './judge.ts'
import type { Operation } from './document.ts'
import { madeScaffolding, seedDatasets, seedExport, seedGeneration, seedSources } from './training-belongings.ts'

/**
 * What one person owns, by the word that stands before its id in a path; `team …` where it is of a team conversation,
 * `training …` where it is training data.
 */
export interface Belongings {
  readonly person: TestPerson
  /** What a request of the conversion session carries. */
  readonly session: { readonly cookie: string; readonly 'x-csrf-token': string }
  /** A token that downloads the finished job once. */
  newDownloadToken(): Promise<string>
  /** What was taken of the conversation with a model, and the fingerprint of what may be taken of it. */
  readonly taken: { readonly id: string; readonly fingerprint: string }
  readonly ids: Readonly<Record<string, string>>
}

export interface World {
  readonly server: TestServer
  readonly url: string
  /**
   * A person with a conversation of two messages, a session, an access token, a group with one of everything in it, and
   * a conversion session with two jobs. The canary is in all of them.
   */
  newOwner(canary?: string): Promise<Belongings>
  /** What is stored, as one text per table; columns that every request touches are left out, and sessions without a job. */
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

/** A picture of one pixel. */
const PICTURE = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const MODEL = 'scripted'
const SCORES = { empathy: 5, clarity: 5, appropriateness: 5, brand_voice: 5 }
/** Of a judge, about a conversation of `seedTraining`. */
const VERDICT = JSON.stringify({ turns: [2, 4].map((turn) => ({ turn, ...SCORES })), overall: SCORES })
/** Longest that the process may be busy with one thing, in milliseconds. */
const LONGEST_BUSY = 2_000
/**
 * Changed by requests that are refused, and rightly so: attempts are counted, credentials remember when they were used, a
 * download that fails is logged.
 */
const TOUCHED_BY_ALL = new Set(['sign_in_attempts', 'servers', 'schema_migrations', 'migrations', 'training_log'])

/** Which rows of a table count: anybody may begin a session, and one with nothing in it is nothing. */
const COUNTED: Readonly<Record<string, string>> = {
  conversion_sessions: 'session_hash in (select session_hash from conversion_jobs)',
}

/** Conversions are asked for more often here than by anybody else, and wait for a worker, which there is none. */
const conversions = {
  ROLE: 'http',
  SESSION_RATE_LIMIT: '0',
  UPLOAD_RATE_LIMIT: '0',
  CONVERT_RATE_LIMIT: '0',
  DOWNLOAD_RATE_LIMIT: '0',
}

export const openWorld = async (options: TestServerOptions = {}): Promise<World> => {
  const provider = await startScriptedProvider()
  provider.script(({ body }) => ({
    steps: body.messages[0].content.startsWith('You score') ? [VERDICT] : ['A scripted ', 'answer.'],
  }))
  const server = await startTestServer({
    ...options,
    // Texts become other texts, and pictures become words.
    engines: [
      copyingEngine(),
      garbageEngine('Some words.', { id: 'ocr', conversions: [{ from: ['gif'], to: ['md'] }] }),
    ],
    env: {
      ...conversions,
      LLM_BASE_URL: provider.url,
      LLM_MODEL: MODEL,
      OPENROUTER_BASE_URL: provider.url,
      ...options.env,
    },
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
      const mate = await server.newPerson()
      const isGroup = { type: 'group', title: `${canary} group`, personIds: [mate.id] }
      const group: string = (await made('POST', '/api/team/conversations', isGroup)).id
      const inGroup = async (kind: string, body: object): Promise<string> =>
        (await made('POST', `/api/team/conversations/${group}/${kind}`, body)).id
      const workTypeId = await inGroup('work-types', { name: `${canary} work type` })
      const newFile = async () => (await uploaded(person, group, `${canary} file`, `${canary}.txt`)).id
      const message = { content: `${canary} content`, fileIds: [await newFile()], mentions: [person.id], workTypeId }
      const messageId = await inGroup('messages', message)
      const visitor = await beginSession(server.url)
      const job = await visitor.uploaded(`${canary} file`, `${canary}.txt`)
      const finishedJob = await visitor.uploaded(`${canary} file`, `${canary}.txt`)
      await rowsOf(
        `update conversion_jobs set status = 'completed', task_id = gen_random_uuid(), target_format = 'md', progress = 1,
           output_key = input_key, output_format = 'md', output_size = size, input_key = null, completed_at = created_at
         where job_id = '${finishedJob}'`,
      )
      const training = await seedTrainingFiles(server, person, canary)
      const place = { group, mate: mate.id, message: messageId, training, conversation }
      const sources = await seedSources(server, person, canary, place)
      return {
        person,
        session: { cookie: visitor.cookie, 'x-csrf-token': visitor.csrf },
        newDownloadToken: () => visitor.token(finishedJob),
        taken: sources.taken,
        ids: {
          answers: started.messages[1].id,
          conversations: conversation,
          messages: started.messages[0].id,
          'access-tokens': token.id,
          sessions: sessions.data[0].id,
          'team conversations': group,
          'team messages': messageId,
          members: mate.id,
          'work-types': workTypeId,
          tasks: await inGroup('tasks', { title: `${canary} task` }),
          files: (await uploaded(person, group, PICTURE, `${canary}.gif`)).id,
          'training conversations': training,
          jobs: job,
          'finished jobs': finishedJob,
          uploads: await beginUpload(person, group, `${canary}.txt`),
          ...(await madeScaffolding(person, canary)),
          ...(await seedDatasets(server, person, canary, training)),
          ...(await seedExport(server, person, canary, training)),
          ...(await seedGeneration(server, person, canary)),
          ...sources.ids,
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
             (select (to_jsonb(t) - '{last_seen_at,last_used_at,download_count,last_downloaded_at}'::text[])::text as line from ${tablename} t
              where ${COUNTED[tablename] ?? true}) lines`,
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

/** A training conversation with both of its files; returns its id. */
const seedTrainingFiles = async (server: TestServer, { id: ownerId }: TestPerson, canary: string) => {
  const { owner } = server.database
  const { id } = await seedTraining(owner, ownerId, { columns: { title: canary } })
  const paths = [`${ownerId}/${id}/conversation.json`, `raw/${ownerId}/${id}.json`]
  const links = linksOf(server)
  for (const path of paths)
    await links.put({ bucket: 'conversation-files', path }, Buffer.from(`{"canary":"${canary}"}`))
  await owner.query(
    'update training_conversations set file_path = $2, raw_response_path = $3 where conversation_id = $1',
    [id, ...paths],
  )
  return id
}

/** An upload of two bytes that are still to come; returns its id. */
const beginUpload = async (by: TestPerson, group: string, name: string): Promise<string> => {
  const { headers } = await by.request('POST', '/api/files/uploads', undefined, {
    'tus-resumable': '1.0.0',
    'upload-length': '2',
    'upload-metadata': `conversationId ${btoa(group)},filename ${btoa(name)}`,
  })
  return headers.get('location')!.split('/').at(-1)!
}

/** Which model a request of a surface names so that the scripted one answers. */
export const modelFor = (surface: string): string =>
  ['app', 'messages', 'training'].includes(surface) ? `operator:${MODEL}` : MODEL
