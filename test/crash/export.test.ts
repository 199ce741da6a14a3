/** Whoever makes exports dies at any moment: every export is made soon after, whole and the same, and nothing else is left. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrainingExport } from '#contract/training/index.ts'
import { LEASE_SECONDS } from '#kernel/leased-work.ts'
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
const CONVERSATIONS = 1_000
/** How often a server is killed: more often by EXPORT_ROUNDS. */
const ROUNDS = Number(process.env['EXPORT_ROUNDS'] ?? 3)

let dataDir: string
let servers: ServerProcess[]
beforeEach(async () => {
  dataDir = await newDataDir()
  servers = []
  return async () => {
    for (const server of servers) await server.killAll()
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
    const begunAt = performance.now()
    const undisturbed = await ended(person, await begin(person, dataset), MINUTE)
    const takes = performance.now() - begunAt
    holdsAll(undisturbed)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await begin(person, dataset)
      await pause(Math.random() * takes)
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

describe('of several workers', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
    return () => database.drop()
  })

  const isBeingMade = async () =>
    (await database.owner.query(`select from exports where status = 'processing'`)).rowCount === 1

  /** As if so much time had passed since a worker last said that it makes this: then nobody has it. */
  const outlive = async (id: string): Promise<void> => {
    const { rows } = await database.owner.query(
      `update exports set leased_until = leased_until - $2 * interval '1 second' where export_id = $1
       returning leased_until <= now() as is_over`,
      [id, LEASE_SECONDS],
    )
    expect(rows).toEqual([{ is_over: true }])
  }

  it(
    'one is asked to stop and puts its export back, another is killed in the middle: the next one makes what they made',
    async () => {
      const env = { DATABASE_URL: database.url, SECRET_KEY: TEST_SECRET_KEY }
      const work = () => start({ ...env, ROLE: 'worker' })
      const front = await start({ ...env, ROLE: 'http' })
      const person = await signUp(front.url)
      await seed(database.owner)
      const ending = await work()
      const dataset = await freeze(person)
      const undisturbed = await ended(person, await begin(person, dataset), MINUTE)
      holdsAll(undisturbed)

      const putBack = await begin(person, dataset)
      expect(await ending.terminate()).toBe(0)
      const { rows } = await database.owner.query('select status, lease_id from exports where export_id = $1', [
        putBack,
      ])
      expect(['queued', 'completed']).toContain(rows[0].status)
      expect(rows[0].lease_id).toBeNull()
      const dying = await work()
      const made = await ended(person, putBack, MINUTE)
      holdsAll(made)
      expect(made.downloads).toEqual(undisturbed.downloads)

      const abandoned = await begin(person, dataset)
      await until(isBeingMade)
      await dying.kill()
      await outlive(abandoned)
      await work()
      const found = await ended(person, abandoned, MINUTE)
      holdsAll(found)
      expect(found.downloads).toEqual(undisturbed.downloads)
      await onlyLeft(3)
    },
    4 * MINUTE,
  )
})
