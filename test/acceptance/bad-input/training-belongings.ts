/** What one person owns of training data: what conversations are made of, and a run that makes them. */
import { createHash, randomUUID } from 'node:crypto'
import { linksOf } from '#test/support/links.ts'
import { insertRow } from '#test/support/seeds.ts'
import type { TestPerson, TestServer } from '#test/support/server.ts'

/** A persona, an arc, a topic and a prompt template beside those of the starter set; their ids. */
export const madeScaffolding = async (by: TestPerson, canary: string): Promise<Record<string, string>> => {
  const lists = '/api/training/scaffolding'
  const made = async (path: string, of: 'persona' | 'emotional_arc' | 'training_topic' | 'template', body: object) => {
    const answer = await by.request('POST', path, { name: `${canary} ${of}`, ...body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}`)
    return answer.body[of].id as string
  }
  await by.request('GET', `${lists}/personas`)
  return {
    personas: await made(`${lists}/personas`, 'persona', {
      persona_key: 'own_persona',
      archetype: canary,
      demographics: canary,
      financial_background: canary,
      communication_style: canary,
      emotional_baseline: canary,
      typical_questions: [canary],
      common_concerns: [],
      language_patterns: [],
    }),
    'emotional-arcs': await made(`${lists}/emotional-arcs`, 'emotional_arc', {
      arc_key: 'own_arc',
      starting_emotion: canary,
      starting_intensity_min: 0.2,
      starting_intensity_max: 0.4,
      ending_emotion: canary,
      ending_intensity_min: 0.5,
      ending_intensity_max: 0.7,
      arc_strategy: canary,
      key_principles: [canary],
      response_techniques: [],
      avoid_tactics: [],
      typical_turn_count_min: 2,
      typical_turn_count_max: 4,
      conversation_category: 'core',
      suitable_personas: [],
      suitable_topics: [],
    }),
    'training-topics': await made(`${lists}/training-topics`, 'training_topic', {
      topic_key: 'own_topic',
      category: canary,
      description: canary,
      complexity_level: 'beginner',
      typical_question_examples: [canary],
      key_concepts: [],
      suitable_personas: [],
      suitable_emotional_arcs: [],
    }),
    templates: await made('/api/training/templates', 'template', { tier: 'template', text: canary }),
  }
}

/**
 * A run that is paused, of one call that has failed and one that waits, so that nothing happens to it by itself; their ids.
 */
export const seedGeneration = async ({ database }: TestServer, { id: owner_id }: TestPerson, canary: string) => {
  const [run_id, failure] = [randomUUID(), randomUUID()]
  const at = new Date('2026-01-02T03:04:05.678Z')
  const insert = (table: string, row: object) => insertRow(database.owner, table, { run_id, owner_id, ...row })
  await insert('generation_runs', {
    status: 'paused',
    reason: canary,
    tier: 'template',
    model_choice: 'demo',
    model: 'demo',
    max_tokens: 1000,
    concurrency: 1,
    on_error: 'continue',
    ask_again: true,
    prompt_price: 0,
    completion_price: 0,
    total: 2,
    failed: 1,
    not_before: at,
    created_at: at,
  })
  const part = { id: randomUUID(), key: 'own', name: canary }
  await insert('generation_cells', {
    cell: 0,
    scaffolding: JSON.stringify({ persona: part, arc: part, topic: part }),
    prompt: canary,
    temperature: 0.7,
    client_persona: canary,
    least_turns: 2,
    most_turns: 4,
  })
  const call = { cell: 0, most_cost: 0, not_before: at }
  const reason = { status: 'failed', failure_type: 'api_error', failure_reason: canary, ended_at: at }
  await insert('generation_calls', { call_id: failure, position: 0, conversation_id: randomUUID(), ...call, ...reason })
  await insert('generation_calls', { call_id: randomUUID(), position: 1, conversation_id: randomUUID(), ...call })
  return { generations: run_id, failures: failure }
}

/** A dataset with two versions that hold a conversation; its id. */
export const seedDatasets = async (
  { database: { owner } }: TestServer,
  { id: ownerId }: TestPerson,
  canary: string,
  conversation: string,
): Promise<Record<'datasets', string>> => {
  const id = randomUUID()
  const selection = { filter: { text: canary }, include: [], exclude: [] }
  const settings = {
    splits: { train: 1, validation: 0, test: 0 },
    seed: '0',
    duplicates: 'drop',
    nearDuplicateThreshold: null,
    maxTokens: null,
    minTurns: 2,
    maxTurns: null,
    onlyApproved: false,
  }
  await owner.query(
    `insert into datasets (dataset_id, owner_id, name, selection, settings, latest_version, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 2, now(), now())`,
    [id, ownerId, canary, selection, settings],
  )
  const none = { conversations: 0, turns: 0, tokens: 0 }
  const counts = {
    selected: 1,
    dropped: { too_few_turns: 0, too_many_turns: 0, too_long: 0, duplicate: 0, near_duplicate: 0 },
    splits: { train: { conversations: 1, turns: 4, tokens: 60 }, validation: none, test: none },
    clusters: 0,
    moved: 0,
    longestTokens: 60,
    longerThan: [],
  }
  await owner.query(
    `insert into dataset_versions (dataset_id, version, owner_id, selection, settings, status, counts, created_at, completed_at)
     select dataset_id, number, owner_id, selection, settings, 'completed', $2, now(), now()
     from datasets, generate_series(1, 2) number where dataset_id = $1`,
    [id, counts],
  )
  await owner.query(
    `insert into dataset_items (dataset_id, version, owner_id, conversation_id, revision, split, facts, turn_count,
       token_count, group_id)
     select dataset_id, number, owner_id, $2::uuid, 1, 'train', jsonb_build_object('title', $3::text), 4, 60, $2::uuid
     from datasets, generate_series(1, 2) number where dataset_id = $1`,
    [id, conversation, canary],
  )
  return { datasets: id }
}

/** An export of a conversation that is ready to be downloaded; its id. */
export const seedExport = async (
  server: TestServer,
  { id: owner_id }: TestPerson,
  canary: string,
  conversation: string,
): Promise<Record<'exports', string>> => {
  const export_id = randomUUID()
  const folder = `${owner_id}/${export_id}-1`
  const bytes = Buffer.from(canary)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await linksOf(server).put({ bucket: 'training-exports', path: `${folder}/canary.txt` }, bytes)
  const wanted = { targets: [], stored: 'final', compression: 'none', includeMetadata: false, fileName: 'canary' }
  const downloads = [{ name: 'canary.txt', bytes: bytes.length, sha256 }]
  const [created_at, expires_at] = [new Date(), new Date(Date.now() + 24 * 3600 * 1000)]
  await insertRow(server.database.owner, 'exports', {
    export_id,
    owner_id,
    conversation_ids: [conversation],
    revisions: [1],
    name: canary,
    wanted: JSON.stringify(wanted),
    status: 'completed',
    done: 1,
    total: 1,
    attempts: 1,
    folder,
    result: JSON.stringify({ files: [], dropped: [], downloads, erased: 0 }),
    created_at,
    completed_at: created_at,
    expires_at,
  })
  return { exports: export_id }
}

/**
 * What the owner asked a group and was asked by somebody in it, words of theirs in a training conversation, and a conversation that
 * they took with a redaction; their ids, and the fingerprint of what was taken.
 */
export const seedSources = async (
  { database }: TestServer,
  person: TestPerson,
  canary: string,
  place: {
    readonly group: string
    readonly mate: string
    readonly message: string
    readonly training: string
    readonly conversation: string
  },
): Promise<{ ids: Record<string, string>; taken: { id: string; fingerprint: string } }> => {
  const at = new Date('2026-01-02T03:04:05.678Z')
  const asked = { conversation_id: place.group, purpose: canary, asked_at: at }
  await insertRow(database.owner, 'consent_requests', { request_id: randomUUID(), asker_id: person.id, ...asked })
  const { request_id } = await insertRow(database.owner, 'consent_requests', {
    request_id: randomUUID(),
    asker_id: place.mate,
    ...asked,
  })
  await insertRow(database.owner, 'training_words', {
    conversation_id: place.training,
    owner_id: person.id,
    turn_number: 1,
    message_id: place.message,
    person_id: person.id,
    source_id: place.group,
    taken_at: at,
  })
  const source = `/api/training/sources/${place.conversation}`
  const { fingerprint } = (await person.request('POST', `${source}/preview`, {})).body
  const redactions = [{ turn_number: 1, start: 0, end: 1, kind: 'other' }]
  const taken = await person.request('POST', `${source}/take`, { title: canary, fingerprint, redactions })
  if (taken.status !== 201) throw new Error(`POST ${source}/take answered ${taken.status}`)
  return {
    ids: { consents: request_id, 'my-data': place.training },
    taken: { id: taken.body.conversation_id, fingerprint },
  }
}
