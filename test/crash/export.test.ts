/** Whoever makes exports dies at any moment: every export is made soon after, whole and the same, and nothing else is left. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TrainingExport } from '#contract/training/index.ts'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { TEST_SECRET_KEY } from '#test/support/server.ts'
import {
  type Client,
  lookInto,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from './server-process.ts'

const MINUTE = 60_000
const CONVERSATIONS = 3_000
const ROUNDS = Number(process.env['EXPORT_ROUNDS'] ?? 5)
/** A lease, and twice the time in which the queue is looked at. */
const MOST_AFTER_DEATH = 30_000 + 2 * 10_000

let dataDir: string
let database: TestDatabase | undefined
let servers: ServerProcess[]
beforeEach(async () => {
  dataDir = await newDataDir()
  servers = []
  return async () => {
    for (const server of servers) await server.killAll()
    await database?.drop()
    database = undefined
    removeDataDir(dataDir)
  }
})
afterEach(() => {
  for (const server of servers) expect(server.log()).not.toMatch(/"level":[56]0/)
})

const start = async (env: Record<string, string> = {}): Promise<ServerProcess> => {
  // It says that it is ready whatever its role is.
  const program = path.join(import.meta.dirname, 'converter.fixture.ts')
  const server = await startServerProcess({ dataDir, env, program })
  servers.push(server)
  return server
}

/** Conversations of the only person there is, in plain SQL. Each says some kilobytes of its own. */
const seed = async (client: Pick<pg.Client, 'query'>): Promise<void> => {
  await client.query(
    `with person as (select user_id from users), made as (
       insert into conversations (conversation_id, kind, owner_id, title, created_at, updated_at, active_at)
       select gen_random_uuid(), 'training', user_id, 'Talk ' || n, now(), now(), now()
       from person, generate_series(1, ${CONVERSATIONS}) n
       returning conversation_id, owner_id, title)
     insert into training_conversations (conversation_id, owner_id, origin, title, tier, revision, turn_count, status,
       processing_status, created_at, updated_at)
     select conversation_id, owner_id, 'imported', title, 'template', 1, 4, 'approved', 'completed', now(), now() from made`,
  )
  await client.query(
    `insert into training_revisions (conversation_id, owner_id, revision, content, content_hash, reason, created_at)
     select conversation_id, owner_id, 1, content, sha256(content::text::bytea), 'imported', now() from (
       select conversation_id, owner_id, json_build_object('turns', json_agg(json_build_object(
         'role', case when turn % 2 = 0 then 'user' else 'assistant' end, 'train', turn % 2 = 1,
         'content', repeat(md5(conversation_id::text || turn) || ' ', 40)) order by turn)) as content
       from training_conversations, generate_series(0, 3) turn group by conversation_id, owner_id) written`,
  )
}

/** A dataset of everything that the person has, frozen by the product; its id. */
const freeze = async (person: Client): Promise<string> => {
  const made = await person.request('POST', '/api/training/datasets', {
    name: 'All',
    selection: { filter: {} },
    settings: { duplicates: 'keep', near_duplicate_threshold: null },
  })
  expect(made).toMatchObject({ status: 201 })
  const versions = `/api/training/datasets/${made.body.dataset.id}/versions`
  await person.request('POST', versions)
  await until(async () => {
    const { version } = (await person.request('GET', `${versions}/1`)).body
    expect(['queued', 'processing', 'completed']).toContain(version.status)
    return version.status === 'completed'
  })
  return made.body.dataset.id
}

/** Waits a minute at most. */
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + MINUTE
  while (!(await isSo())) {
    expect(performance.now()).toBeLessThan(deadline)
    await pause(50)
  }
}

const begin = async (person: Client, dataset_id: string): Promise<string> => {
  const targets = ['messages', 'parquet', 'training-file-v4'].map((id) => ({ id, options: {} }))
  const { status, body } = await person.request('POST', '/api/training/exports', { dataset_id, version: 1, targets })
  expect({ status, body }).toMatchObject({ status: 202 })
  return body.export_id
}

const ended = async (person: Client, id: string, withinMs: number): Promise<TrainingExport> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found: TrainingExport = (await person.request('GET', `/api/training/exports/${id}`)).body.export
    if (found.status !== 'queued' && found.status !== 'processing') return found
    expect(performance.now(), `after ${withinMs} ms it is ${JSON.stringify(found.progress)}`).toBeLessThan(deadline)
    await pause(100)
  }
}

/** Files below a folder of the data folder. */
const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(path.join(dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

/** Waits until exactly so many downloads lie there, and nothing where exports are made. */
const onlyLeft = async (downloads: number): Promise<void> => {
  await until(async () => {
    const [work, kept] = [await filesIn('export-work'), await filesIn('blobs')]
    return work.length === 0 && kept.length === downloads
  })
}

const holdsAll = (found: TrainingExport) =>
  expect(found).toMatchObject({
    status: 'completed',
    erased: 0,
    progress: { processed: CONVERSATIONS, percentage: 100 },
  })

it(
  `a server that is killed ${ROUNDS} times in the middle of exports makes each of them again, the same to the byte`,
  async () => {
    let server = await start()
    let person = await signUp(server.url)
    await lookInto(dataDir, seed)
    const dataset = await freeze(person)
    const undisturbed = await ended(person, await begin(person, dataset), MINUTE)
    holdsAll(undisturbed)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await begin(person, dataset)
      await pause(Math.random() * 2_000)
      await server.killAll()
      server = await start()
      person = person.at(server.url)
      const found = await ended(person, id, MINUTE)
      holdsAll(found)
      expect(found.files).toEqual(undisturbed.files)
      expect(found.downloads).toEqual(undisturbed.downloads)
      const { body } = await person.request('GET', `/api/training/exports/${id}/download`)
      const { pathname, search } = new URL(body.download_url)
      const bytes = await (await fetch(server.url + pathname + search)).bytes()
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(body.sha256)
    }
    await onlyLeft(1 + ROUNDS)
  },
  (2 + ROUNDS) * MINUTE,
)

it(
  'of two workers one is killed: the other makes what it was making',
  async () => {
    database = await createTestDatabase()
    const { owner, url } = database
    const env = { DATABASE_URL: url, SECRET_KEY: TEST_SECRET_KEY }
    const front = await start({ ...env, ROLE: 'http' })
    const person = await signUp(front.url)
    await seed(owner)
    const dying = await start({ ...env, ROLE: 'worker' })
    const dataset = await freeze(person)
    const undisturbed = await ended(person, await begin(person, dataset), MINUTE)
    const id = await begin(person, dataset)
    const isBeingMade = async () =>
      (await owner.query(`select from exports where status = 'processing'`)).rowCount === 1
    await until(isBeingMade)
    await dying.kill()
    await start({ ...env, ROLE: 'worker' })
    const found = await ended(person, id, MOST_AFTER_DEATH + MINUTE)
    expect(found.downloads).toEqual(undisturbed.downloads)
    await onlyLeft(2)
  },
  5 * MINUTE,
)

it(
  'a worker that is asked to stop puts its export back, and the next one makes it',
  async () => {
    database = await createTestDatabase()
    const { owner, url } = database
    const env = { DATABASE_URL: url, SECRET_KEY: TEST_SECRET_KEY }
    const front = await start({ ...env, ROLE: 'http' })
    const person = await signUp(front.url)
    await seed(owner)
    const worker = await start({ ...env, ROLE: 'worker' })
    const dataset = await freeze(person)
    const id = await begin(person, dataset)
    expect(await worker.terminate()).toBe(0)
    const { rows } = await owner.query('select status, lease_id from exports where export_id = $1', [id])
    expect(['queued', 'completed']).toContain(rows[0].status)
    expect(rows[0].lease_id).toBeNull()
    await start({ ...env, ROLE: 'worker' })
    holdsAll(await ended(person, id, MINUTE))
    await onlyLeft(1)
  },
  3 * MINUTE,
)
