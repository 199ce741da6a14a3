/**
 * Fills a database with training conversations, in plain SQL. They look as the product writes them: eleven messages, six
 * kilobytes, no two the same, in words that a compressor finds as much in as in other English.
 */
import { createHash, randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Parlance } from './parlance.ts'
import { addressesOf, connected, signUp } from './seed.ts'

export interface SeededTraining {
  /** A personal access token of the one whose they are. */
  readonly token: string
  readonly ownerId: string
}

export interface TrainingAmounts {
  /** Conversations with what they say. */
  readonly said: number
  /** Conversations in the list, those that say something included. */
  readonly listed: number
}

/** Of one conversation: a question first and last, so that a system prompt is all that is missing. */
const TURNS = 10
const SENTENCES = 2_000
const SENTENCES_OF_TURN = 5

const VOCABULARY = (
  'the of and to in is you that it was for on are as with they be at one have this from or had by but what some we can out other ' +
  'were all there when up use your how said an each she which do their time if will way about many then them write would like so ' +
  'these her long make thing see him two has look more day could go come did number sound no most people my over know water than ' +
  'call first who may down side been now find any new work part take get place made live where after back little only round man ' +
  'year came show every good me give our under name very through just form sentence great think say help low line differ turn ' +
  'cause much mean before move right boy old too same tell does set three want air well also play small end put home read hand ' +
  'port large spell add even land here must big high such follow act why ask men change went light kind off need house picture ' +
  'try us again animal point mother world near build self earth father budget income savings mortgage pension interest afraid calm'
).split(' ')

/** The same ones each time. */
const sentences = (): string[] =>
  Array.from({ length: SENTENCES }, (_, index) => {
    const bytes = createHash('shake256', { outputLength: 48 }).update(String(index)).digest()
    const words = Array.from(
      { length: 22 },
      (_unused, at) => VOCABULARY[bytes.readUInt16BE(at * 2) % VOCABULARY.length]!,
    )
    return `${words[0]![0]!.toUpperCase()}${words.join(' ').slice(1)}.`
  })

/** Seeds a running server. */
export const seedTraining = async (
  parlance: Parlance,
  dataDir: string,
  { said, listed }: TrainingAmounts,
): Promise<SeededTraining> => {
  const { id: ownerId, token } = await signUp(parlance.url, 'training@example.org')
  await connected(addressesOf(dataDir).superuser, async (client) => {
    // Without triggers: the checks of foreign keys would take most of the time. What the triggers keep is written below.
    await client.query('set session_replication_role = replica')
    await fillList(client, ownerId, listed)
    await fillContent(client, ownerId, said)
    await client.query(`
      insert into training_totals (owner_id, status, tier, total, scored, score_sum)
      select owner_id, status, tier, count(*), count(quality_score), coalesce(sum(quality_score::numeric), 0)
      from training_conversations group by 1, 2, 3`)
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  })
  return { ownerId, token }
}

const fillList = async (client: pg.Client, ownerId: string, count: number): Promise<void> => {
  await client.query(
    `with made as (
       insert into conversations (conversation_id, kind, owner_id, title, message_count, last_message_at, created_at, updated_at,
         active_at)
       select gen_random_uuid(), 'training', $1, 'Talk ' || n, ${TURNS}, at, at, at, at
       from (select n, date_trunc('milliseconds', now()) - n * interval '1 second' as at
         from generate_series(1, $2::int) n) numbered
       returning conversation_id, title, created_at)
     insert into training_conversations (conversation_id, owner_id, origin, title, persona_key, arc_key, topic_key, tier, revision,
       turn_count, token_count, quality_score, status, processing_status, model, created_at, updated_at, words)
     select conversation_id, $1, 'generated', title, 'persona_' || h % 7, 'arc_' || h % 11, 'topic_' || h % 13,
       (array['template', 'scenario', 'edge_case'])[1 + h % 3], 0, ${TURNS} + h % 9, 1300 + h % 400, (h % 101) / 10.0,
       case when h % 20 = 0 then 'rejected' when h % 10 = 1 then 'pending_review' else 'approved' end, 'queued', 'bench', created_at,
       created_at, to_tsvector('simple', title || ' ' || case when h % 1000 = 0 then 'pension' else 'budget' end)
     from made, abs(hashtext(conversation_id::text)) h`,
    [ownerId, count],
  )
}

/** What the first of them say. */
const fillContent = async (client: pg.Client, ownerId: string, count: number): Promise<void> => {
  await client.query(
    `create temporary table sentences as
    select row_number() over () - 1 as number, text from unnest($1::text[]) text`.replace('$1', literal(sentences())),
  )
  await client.query('create unique index on sentences (number)')
  await client.query('analyze sentences')
  await client.query(
    `insert into training_revisions (conversation_id, owner_id, revision, content, content_hash, reason, created_at)
     select conversation_id, $1, 1, content::json, sha256(content::bytea), 'generated', created_at
     from (
       select conversation_id, created_at, '{"turns":[' || (
         select string_agg('{"role":"' || case when turn % 2 = 0 then 'user' else 'assistant' end || '","content":"' || (
             select string_agg(text, ' ' order by place) from generate_series(1, ${SENTENCES_OF_TURN}) place
             join sentences on number = abs(hashtext(conversation_id::text || ':' || turn || ':' || place)) % ${SENTENCES})
           || '","train":' || (turn % 2 = 1)::text || '}', ',' order by turn)
         from generate_series(0, ${TURNS - 1}) turn) || ']}' as content
       from (select conversation_id, created_at from training_conversations where owner_id = $1
         order by created_at desc limit $2) chosen) written`,
    [ownerId, count],
  )
  await client.query(
    `update training_conversations t set revision = 1, processing_status = 'completed'
     from training_revisions r where r.conversation_id = t.conversation_id`,
  )
}

/** For a statement that takes no parameters. */
const literal = (texts: readonly string[]): string => `array[${texts.map((text) => `'${text}'`).join(',')}]`

/** Freezes the conversations that say something, as the product does, but at once; the id of the dataset. */
export const freezeAll = async (dataDir: string, ownerId: string, most: number): Promise<string> => {
  const datasetId = randomUUID()
  await connected(addressesOf(dataDir).superuser, async (client) => {
    await client.query('set session_replication_role = replica')
    const selection = { filter: {}, include: [], exclude: [] }
    const settings = {
      splits: { train: 0.9, validation: 0.1, test: 0 },
      seed: '0',
      duplicates: 'keep',
      nearDuplicateThreshold: null,
      maxTokens: null,
      minTurns: 2,
      maxTurns: null,
      onlyApproved: false,
    }
    await client.query(
      `insert into datasets (dataset_id, owner_id, name, selection, settings, latest_version, created_at, updated_at)
       values ($1, $2, 'Bench', $3, $4, 1, now(), now())`,
      [datasetId, ownerId, selection, settings],
    )
    await client.query(
      `insert into dataset_items (dataset_id, version, owner_id, conversation_id, revision, split, facts, turn_count, token_count,
         group_id)
       select $1, 1, $2, t.conversation_id, t.revision,
         case when abs(hashtext(t.conversation_id::text)) % 10 = 0 then 'validation' else 'train' end,
         json_build_object('title', t.title, 'tier', t.tier, 'status', t.status, 'qualityScore', t.quality_score,
           'scores', json_build_object(), 'isReviewed', false, 'reviewNotes', null),
         t.turn_count, t.token_count, t.conversation_id
       from training_conversations t where t.owner_id = $2 and t.revision > 0 limit $3`,
      [datasetId, ownerId, most],
    )
    await client.query(
      `insert into dataset_versions (dataset_id, version, owner_id, selection, settings, status, done, total, counts, created_at,
         completed_at)
       select $1, 1, $2, $3, $4, 'completed', count(*), count(*), json_build_object('selected', count(*),
           'dropped', json_build_object('too_few_turns', 0, 'too_many_turns', 0, 'too_long', 0, 'duplicate', 0, 'near_duplicate', 0),
           'splits', json_build_object(
             'train', json_build_object('conversations', count(*) filter (where split = 'train'), 'turns', 0, 'tokens', 0),
             'validation', json_build_object('conversations', count(*) filter (where split = 'validation'), 'turns', 0, 'tokens', 0),
             'test', json_build_object('conversations', 0, 'turns', 0, 'tokens', 0)),
           'clusters', 0, 'moved', 0, 'longestTokens', 0, 'longerThan', json_build_array()), now(), now()
       from dataset_items where dataset_id = $1`,
      [datasetId, ownerId, selection, settings],
    )
    await client.query('vacuum analyze dataset_items')
  })
  return datasetId
}

/** Gives so many conversations a final file; their ids. `put` stores it. */
export const giveFiles = async (
  dataDir: string,
  ownerId: string,
  count: number,
  put: (path: string) => Promise<number>,
): Promise<string[]> =>
  connected(addressesOf(dataDir).superuser, async (client) => {
    const { rows } = await client.query<{ conversation_id: string }>(
      'select conversation_id from training_conversations where owner_id = $1 order by created_at desc limit $2',
      [ownerId, count],
    )
    for (const { conversation_id: id } of rows) {
      const place = `${ownerId}/${id}/conversation.json`
      await client.query(
        'update training_conversations set file_path = $2, file_size = $3 where conversation_id = $1',
        [id, place, await put(place)],
      )
    }
    return rows.map((row) => row.conversation_id)
  })
