/** Fills a database with groups of people who have talked and shared for years, in plain SQL. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { credentialSigner, keyring } from '#server/adapters/secrets/index.ts'
import { addressesOf, connected } from './seed.ts'

/** How much a group holds. */
export interface GroupSize {
  readonly messages: number
  /** A file hangs on every n-th message; this is how many there are. */
  readonly files: number
}

export interface SeededGroup extends GroupSize {
  readonly id: string
  /** Messages at random, to page back from; each has fifty older ones. */
  readonly cursors: readonly string[]
  readonly workTypeId: string
  /** Somebody who shared a fiftieth of the files. */
  readonly senderId: string
}

export interface SeededTeam {
  /** A personal access token of somebody who is in all of the groups, and in many others. */
  readonly token: string
  readonly groups: readonly SeededGroup[]
}

const MEMBERS = 50
/** Groups that the reader is in besides, as people are. */
const OTHER_GROUPS = 100
const CURSORS = 50

/** Seeds the database of a running server. */
export const seedTeam = async (dataDir: string, sizes: readonly GroupSize[]): Promise<SeededTeam> => {
  const secret = readFileSync(path.join(dataDir, 'secret.key'), 'utf8').trim()
  return await connected(addressesOf(dataDir).superuser, async (client) => {
    // Without triggers: what they keep is written below.
    await client.query('set session_replication_role = replica')
    const people = Array.from({ length: MEMBERS }, () => randomUUID())
    const token = await fillPeople(client, secret, people)
    const others = Array.from({ length: OTHER_GROUPS }, () => ({ id: randomUUID(), messages: 20, files: 4 }))
    const wanted = sizes.map((size) => ({ id: randomUUID(), ...size }))
    const workTypes: string[] = []
    for (const group of [...others, ...wanted]) workTypes.push(await fillGroup(client, people, group))
    await client.query(`
      insert into file_totals (conversation_id, kind, total)
      select conversation_id, kind, count(*) from files group by conversation_id, kind`)
    await client.query('vacuum analyze')
    await client.query('checkpoint')
    const groups: SeededGroup[] = []
    for (const [index, group] of wanted.entries()) {
      const cursors = await cursorsOf(client, group.id)
      groups.push({ ...group, cursors, workTypeId: workTypes[OTHER_GROUPS + index]!, senderId: people[1]! })
    }
    return { token, groups }
  })
}

/** The first of them gets a token as the product makes it. */
const fillPeople = async (client: pg.Client, secret: string, people: readonly string[]): Promise<string> => {
  await client.query(
    `insert into users (user_id, name, email, created_at)
     select person, 'Person ' || n, person || '@example.org', now()
     from unnest($1::uuid[]) with ordinality as given (person, n)`,
    [people],
  )
  const { text, hash } = credentialSigner(keyring(secret)).issue('access_token', people[0]!)
  await client.query(
    `insert into access_tokens (access_token_id, user_id, name, token_hash, created_at)
     values (gen_random_uuid(), $1, 'bench', $2, now())`,
    [people[0], hash],
  )
  return text
}

/**
 * Messages a minute apart up to now, a hundredth of them tagged. A third of the files are pictures and videos; their names
 * repeat themselves as those of people do. Returns the id of the work type.
 */
const fillGroup = async (
  client: pg.Client,
  people: readonly string[],
  { id, messages, files }: GroupSize & { readonly id: string },
): Promise<string> => {
  const workTypeId = randomUUID()
  await client.query(
    `insert into conversations (conversation_id, kind, team_type, title, member_count, message_count, preview,
       last_message_at, created_at, updated_at, active_at)
     select $1, 'team', 'group', 'Group', $2, $3::int, 'Words', at, at - $3::int * interval '1 minute', at, at
     from (select date_trunc('milliseconds', now()) as at) moment`,
    [id, people.length, messages],
  )
  await client.query(
    `insert into members (conversation_id, user_id, role, joined_at, read_at)
     select $1, person, case when n = 1 then 'owner' else 'member' end, now() - interval '10 years', now()
     from unnest($2::uuid[]) with ordinality as given (person, n)`,
    [id, people],
  )
  await client.query(
    `insert into work_types (work_type_id, conversation_id, name, name_key, color, created_at)
     values ($1, $2, 'Design', 'design', 'teal', now())`,
    [workTypeId, id],
  )
  await client.query(
    // Nobody writes one message only: five in a row are one person's.
    `insert into messages (message_id, conversation_id, sender_id, role, type, content, work_type_id, created_at, updated_at)
     select gen_random_uuid(), c.conversation_id, ($2::uuid[])[1 + n / 5 % $3::int], 'user',
       case when n % every <> 0 then 'text' when n / every % 3 = 0 then 'image' else 'file' end,
       'Words of message ' || n || ', about as many as people write to each other in passing.',
       case when n % 100 = 0 then $6::uuid end, at, at
     from conversations c, generate_series(1, $4::int) n,
       lateral (select c.last_message_at - ($4::int - n) * interval '1 minute' as at, $4::int / $5::int as every) moment
     where c.conversation_id = $1`,
    [id, people, people.length, messages, files, workTypeId],
  )
  await client.query(
    `insert into files (file_id, uploader_id, conversation_id, message_id, name, name_key, content_type, category, size,
       sha256, width, height, blob_key, uploaded_at, shared_at)
     select gen_random_uuid(), sender_id, conversation_id, message_id, name, name,
       case category when 'image' then 'image/png' when 'excel' then 'text/csv' else 'application/pdf' end, category,
       1 + n * 7919 % 50000000, sha256(message_id::text::bytea), case category when 'image' then 1920 end,
       case category when 'image' then 1080 end, 'bench/' || message_id, created_at, created_at
     from (
       select *, case when type = 'image' then 'image' when n % 3 = 1 then 'pdf' else 'excel' end as category,
         (array['report', 'invoice', 'screenshot', 'minutes', 'budget'])[1 + n % 5] || ' ' || n % 10007 as name
       from (select *, row_number() over (order by created_at) as n from messages
         where conversation_id = $1 and type in ('image', 'file')) numbered
     ) named`,
    [id],
  )
  return workTypeId
}

const cursorsOf = async (client: pg.Client, id: string): Promise<string[]> => {
  const { rows } = await client.query<{ message_id: string }>(
    `select message_id from (
       select message_id from messages where conversation_id = $1 order by created_at offset 50
     ) later order by random() limit ${CURSORS}`,
    [id],
  )
  return rows.map((row) => row.message_id)
}
