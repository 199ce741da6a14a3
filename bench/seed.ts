/**
 * Fills a database with as many conversations as the curve needs, in plain SQL; people are made over HTTP, as people
 * are. Rows look as the product writes them: random ids, times that rise, the totals that its triggers keep.
 */
import { readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { PORT } from '#server/adapters/postgres/embedded/socket-folder.ts'
import { loginRolesOf } from '#server/adapters/postgres/roles.ts'
import { keyring } from '#server/adapters/secrets/index.ts'
import type { Parlance } from './parlance.ts'

export interface SeededPerson {
  readonly id: string
  /** A personal access token. */
  readonly token: string
  /** How many conversations this person owns. */
  readonly owns: number
  /** Some of them, at random: to be asked for by turns. pgbench takes one script for each, 128 at most. */
  readonly conversations: readonly string[]
  /** Others, for streams. */
  readonly toFollow: readonly string[]
}

export interface Seeded {
  /** One for each size, in the order of the plan. */
  readonly people: readonly SeededPerson[]
  /** Who owns what follows. */
  readonly writer: SeededPerson
  /** Conversations of 50 messages each. */
  readonly shortHistories: readonly string[]
  /** Conversations of 300 messages each, with what a client that pages back by a hundred gives as `before`. */
  readonly longHistories: readonly { readonly id: string; readonly pageEnds: readonly [string, string] }[]
}

export interface SeedPlan {
  /** How many conversations the people have, one person for each. */
  readonly sizes: readonly number[]
  /** How many of each person's are asked for by turns. */
  readonly askedFor: number
  /** How many histories there are of either length. */
  readonly histories: number
}

/** Length of a message in the histories, in characters: with its other fields about 1.2 kB of JSON, as in other chats. */
const MESSAGE_LENGTH = 900
/** As many streams as are ever opened. */
const FOLLOWED = 10_000

export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

/** How the superuser and the role of requests reach the embedded database of a DATA_DIR. */
export const addressesOf = (dataDir: string): { superuser: DatabaseAddress; app: DatabaseAddress } => {
  const cluster = path.join(realpathSync(dataDir), 'postgres')
  const place = { host: socketFolderOf(cluster), port: PORT, database: 'parlance' }
  const secret = readFileSync(path.join(dataDir, 'secret.key'), 'utf8').trim()
  const roles = loginRolesOf('parlance', (purpose) => keyring(secret).derive(purpose).toString('base64url'))
  const password = readFileSync(path.join(dataDir, 'postgres-password'), 'utf8').trim()
  return { superuser: { ...place, user: 'postgres', password }, app: { ...place, ...roles.app } }
}

/** The server itself says where it listens, in the fifth line of its pid file. */
const socketFolderOf = (cluster: string): string => {
  const folder = readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[4] ?? ''
  return path.isAbsolute(folder) ? folder : path.join(cluster, folder)
}

/** Runs work on a connection of its own. */
export const connected = async <Result>(
  address: DatabaseAddress,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client({ ...address })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Seeds a running server. */
export const seed = async (parlance: Parlance, { sizes, askedFor, histories }: SeedPlan): Promise<Seeded> => {
  const signedUp: { id: string; token: string; owns: number }[] = []
  for (const owns of sizes) signedUp.push({ ...(await signUp(parlance.url, `owns-${owns}@example.org`)), owns })
  return await connected(addressesOf(parlance.dataDir).superuser, async (client) => {
    // Without triggers: the checks of foreign keys would take most of the time. What the triggers keep is written below.
    await client.query(`set session_replication_role = replica`)
    for (const { id, owns } of signedUp) await fillConversations(client, id, owns)
    const people: SeededPerson[] = []
    for (const person of signedUp) {
      const sample = await sampleOf(client, person.id, askedFor + FOLLOWED)
      people.push({ ...person, conversations: sample.slice(0, askedFor), toFollow: sample.slice(askedFor) })
    }
    const writer = people[Math.min(1, people.length - 1)]!
    const shortHistories = await fillHistories(client, writer.id, histories, 50)
    const longHistoryIds = await fillHistories(client, writer.id, histories, 300)
    await client.query(`
      insert into conversation_totals (owner_id, kind, total)
      select owner_id, kind, count(*) from conversations group by owner_id, kind
      on conflict (owner_id, kind) do update set total = excluded.total`)
    await client.query('vacuum analyze')
    await client.query('checkpoint')
    const longHistories: Seeded['longHistories'][number][] = []
    for (const id of longHistoryIds) longHistories.push({ id, pageEnds: await pageEndsOf(client, id) })
    return { people, writer, shortHistories, longHistories }
  })
}

export const signUp = async (url: string, email: string): Promise<{ id: string; token: string }> => {
  const registered = await post(url, '/api/auth/register', { email, password: 'correct horse battery' })
  const cookie = registered.cookies[0]!.split(';', 1)[0]!
  const made = await post(url, '/api/app/access-tokens', { name: 'bench' }, { cookie })
  return { id: registered.body.user.id, token: made.body.token }
}

const post = async (url: string, path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`)
  return { body: (await response.json()) as any, cookies: response.headers.getSetCookie() }
}

/** `count` conversations of one person, a question and an answer in each, one every minute before now. */
const fillConversations = async (client: pg.Client, ownerId: string, count: number): Promise<void> => {
  await client.query(
    `insert into conversations (conversation_id, kind, owner_id, title, message_count, last_message_at, preview,
       created_at, updated_at, active_at)
     select gen_random_uuid(), 'assistant', $1, 'Conversation ' || n, 2, at, 'What about number ' || n || '?', at, at, at
     from (select n, date_trunc('milliseconds', now()) - n * interval '1 minute' as at from generate_series(1, $2::int) n) numbered`,
    [ownerId, count],
  )
  await client.query(
    `insert into messages (message_id, conversation_id, owner_id, sender_id, role, content, created_at, updated_at)
     select gen_random_uuid(), c.conversation_id, c.owner_id, sender_id, role, content, c.created_at + later, c.created_at + later
     from conversations c, (values
       ($1::uuid, 'user', 'What about this one?', interval '0'),
       (null, 'assistant', 'There is little to say about it.', interval '1 second')) as m (sender_id, role, content, later)
     where c.owner_id = $1`,
    [ownerId],
  )
}

const fillHistories = async (
  client: pg.Client,
  ownerId: string,
  count: number,
  messages: number,
): Promise<string[]> => {
  const { rows } = await client.query<{ conversation_id: string }>(
    `insert into conversations (conversation_id, kind, owner_id, title, message_count, last_message_at, preview,
       created_at, updated_at, active_at)
     select gen_random_uuid(), 'assistant', $1, 'History of ' || $2::int, $2::int, at, 'Go on', at, at, at
     from generate_series(1, $3::int), (select date_trunc('milliseconds', now()) - interval '10 years' as at) then_
     returning conversation_id`,
    [ownerId, messages, count],
  )
  const ids = rows.map((row) => row.conversation_id)
  await client.query(
    `insert into messages (message_id, conversation_id, owner_id, sender_id, role, content, model, prompt_tokens,
       completion_tokens, created_at, updated_at)
     select gen_random_uuid(), c.conversation_id, c.owner_id, case when isHuman then c.owner_id end,
       case when isHuman then 'user' else 'assistant' end, left(repeat('Words of message ' || n || ', as one writes them. ', 40), $3),
       case when isHuman then null else 'google/gemini-flash-1.5' end, case when isHuman then null else 1200 end,
       case when isHuman then null else 250 end, c.created_at + n * interval '1 minute', c.created_at + n * interval '1 minute'
     from conversations c, (select n, n % 2 = 1 as isHuman from generate_series(1, $2::int) n) numbered
     where c.conversation_id = any($1)`,
    [ids, messages, MESSAGE_LENGTH],
  )
  return ids
}

const sampleOf = async (client: pg.Client, ownerId: string, count: number): Promise<string[]> => {
  const { rows } = await client.query<{ conversation_id: string }>(
    `select conversation_id from conversations where owner_id = $1 order by random() limit $2`,
    [ownerId, count],
  )
  return rows.map((row) => row.conversation_id)
}

const pageEndsOf = async (client: pg.Client, id: string): Promise<[string, string]> => {
  const { rows } = await client.query<{ message_id: string }>(
    `select message_id from messages where conversation_id = $1 order by created_at desc, message_id desc`,
    [id],
  )
  return [rows[99]!.message_id, rows[199]!.message_id]
}
