/** Whoever freezes versions dies at any moment: every version is frozen soon after, whole, and holds each conversation once. */
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DatasetVersion } from '#contract/training/index.ts'
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
const CONVERSATIONS = 2_000
/** Of these, so many say what another says. */
const COPIES = 500
const ROUNDS = Number(process.env['DATASET_ROUNDS'] ?? 2)

let dataDir: string
let server: ServerProcess | undefined
beforeEach(async () => {
  dataDir = await newDataDir()
  return async () => {
    await server?.killAll()
    removeDataDir(dataDir)
  }
})
afterEach(() => expect(server?.log()).not.toMatch(/"level":[56]0/))

/** Conversations of the only person there is, in plain SQL; the first ones say the same two by two. */
const seed = async (client: Pick<pg.Client, 'query'>): Promise<void> => {
  await client.query(
    `with person as (select user_id from users), made as (
       insert into conversations (conversation_id, kind, owner_id, title, created_at, updated_at, active_at)
       select gen_random_uuid(), 'training', user_id, n::text, now(), now(), now()
       from person, generate_series(1, ${CONVERSATIONS}) n
       returning conversation_id, owner_id, title)
     insert into training_conversations (conversation_id, owner_id, origin, title, tier, revision, turn_count, token_count,
       status, processing_status, created_at, updated_at)
     select conversation_id, owner_id, 'imported', title, 'template', 1, 4, 500, 'approved', 'completed', now(), now() from made`,
  )
  await client.query(
    `insert into training_revisions (conversation_id, owner_id, revision, content, content_hash, reason, created_at)
     select conversation_id, owner_id, 1, content, sha256(content::text::bytea), 'imported', now() from (
       select conversation_id, owner_id, json_build_object('turns', json_agg(json_build_object(
         'role', case when turn % 2 = 0 then 'user' else 'assistant' end, 'train', turn % 2 = 1,
         'content', (select string_agg(md5(said || ' ' || turn || ' ' || word), ' ') from generate_series(1, 40) word)) order by turn)) as content
       from (select *, case when title::int <= ${2 * COPIES} then (title::int + 1) / 2 * 2 else title::int end as said
         from training_conversations) t, generate_series(0, 3) turn
       group by conversation_id, owner_id) written`,
  )
}

const frozen = async (person: Client, place: string): Promise<DatasetVersion> => {
  const deadline = performance.now() + MINUTE
  for (;;) {
    const { version } = (await person.request('GET', place)).body
    if (version.status !== 'queued' && version.status !== 'processing') return version
    expect(performance.now(), JSON.stringify(version.progress)).toBeLessThan(deadline)
    await pause(50)
  }
}

it(
  `a server that is killed ${ROUNDS} times in the middle of freezing freezes each version, the same`,
  async () => {
    server = await startServerProcess({ dataDir })
    let person = await signUp(server.url)
    await lookInto(dataDir, seed)
    const made = await person.request('POST', '/api/training/datasets', { name: 'All', selection: { filter: {} } })
    expect(made).toMatchObject({ status: 201 })
    const versions = `/api/training/datasets/${made.body.dataset.id}/versions`
    await person.request('POST', versions)
    const { counts } = await frozen(person, `${versions}/1`)
    expect(counts).toMatchObject({ selected: CONVERSATIONS, kept: CONVERSATIONS - COPIES, clusters: COPIES })
    for (let round = 2; round < 2 + ROUNDS; round++) {
      expect(await person.request('POST', versions)).toMatchObject({ status: 202 })
      await pause(Math.random() * 1_500)
      await server.killAll()
      server = await startServerProcess({ dataDir })
      person = person.at(server.url)
      const version = await frozen(person, `${versions}/${round}`)
      expect(version).toMatchObject({ status: 'completed', counts: { ...counts, moved: 0 } })
      const { body } = await person.request('GET', `${versions}/${round}/diff?with=1&limit=1`)
      expect(body.counts).toEqual({ added: 0, removed: 0, changed: 0, moved: 0, unchanged: CONVERSATIONS - COPIES })
    }
  },
  (2 + ROUNDS) * MINUTE,
)
