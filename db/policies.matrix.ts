/**
 * Who may do what with whose rows: the access rules of the database as one table. `policies.test.ts` tries every cell as
 * a real login role, and fails when a table of the schema is missing here.
 *
 * The row in question always belongs to *owner*. *nobody* and the two persons log in as parlance_app; *nobody* is a
 * transaction without a person. *system* logs in as parlance_system.
 *
 *   yes      it happens, to exactly that row
 *   unseen   nothing happens and nothing is said: row-level security hides the row
 *   refused  row-level security refuses the new row
 *   denied   the role has no such privilege at all
 *   -        not asked
 *
 * `give` updates the row so that it belongs to somebody else.
 */
export const policies = `
  table                verb    nobody   owner    another  system

  access_tokens        select  unseen   yes      unseen   yes
  access_tokens        insert  refused  yes      refused  denied
  access_tokens        update  denied   denied   denied   yes
  access_tokens        delete  unseen   yes      unseen   yes
  access_tokens        give    denied   denied   denied   denied

  consent_requests     select  denied   denied   denied   yes
  consent_requests     insert  denied   denied   denied   yes
  consent_requests     update  denied   denied   denied   denied
  consent_requests     delete  denied   denied   denied   yes

  consents             select  denied   denied   denied   yes
  consents             insert  denied   denied   denied   yes
  consents             update  denied   denied   denied   yes
  consents             delete  denied   denied   denied   yes
  consents             give    denied   denied   denied   -

  conversation_totals  select  unseen   yes      unseen   yes
  conversation_totals  insert  refused  yes      refused  denied
  conversation_totals  update  unseen   yes      unseen   yes
  conversation_totals  delete  denied   denied   denied   denied
  conversation_totals  give    unseen   refused  unseen   -

  conversations        select  unseen   yes      unseen   yes
  conversations        insert  refused  yes      refused  denied
  conversations        update  unseen   yes      unseen   yes
  conversations        delete  unseen   yes      unseen   yes
  conversations        give    unseen   refused  unseen   -

  consultant_profiles  select  unseen   yes      unseen   denied
  consultant_profiles  insert  refused  yes      refused  denied
  consultant_profiles  update  unseen   yes      unseen   denied
  consultant_profiles  delete  denied   denied   denied   denied
  consultant_profiles  give    unseen   refused  unseen   denied

  conversion_jobs      select  denied   denied   denied   yes
  conversion_jobs      insert  denied   denied   denied   yes
  conversion_jobs      update  denied   denied   denied   yes
  conversion_jobs      delete  denied   denied   denied   yes

  conversion_sessions  select  denied   denied   denied   yes
  conversion_sessions  insert  denied   denied   denied   yes
  conversion_sessions  update  denied   denied   denied   yes
  conversion_sessions  delete  denied   denied   denied   yes

  dataset_items        select  unseen   yes      unseen   yes
  dataset_items        insert  refused  yes      refused  denied
  dataset_items        update  denied   denied   denied   denied
  dataset_items        delete  unseen   yes      unseen   denied
  dataset_items        give    denied   denied   denied   denied

  dataset_versions     select  unseen   yes      unseen   yes
  dataset_versions     insert  refused  yes      refused  denied
  dataset_versions     update  unseen   yes      unseen   yes
  dataset_versions     delete  unseen   yes      unseen   denied
  dataset_versions     give    unseen   refused  unseen   -

  datasets             select  unseen   yes      unseen   denied
  datasets             insert  refused  yes      refused  denied
  datasets             update  unseen   yes      unseen   denied
  datasets             delete  unseen   yes      unseen   denied
  datasets             give    unseen   refused  unseen   denied

  download_tokens      select  denied   denied   denied   yes
  download_tokens      insert  denied   denied   denied   yes
  download_tokens      update  denied   denied   denied   yes
  download_tokens      delete  denied   denied   denied   yes

  exports              select  unseen   yes      unseen   yes
  exports              insert  refused  yes      refused  denied
  exports              update  unseen   yes      unseen   yes
  exports              delete  unseen   yes      unseen   denied
  exports              give    unseen   refused  unseen   -

  generation_calls     select  unseen   yes      unseen   yes
  generation_calls     insert  refused  yes      refused  denied
  generation_calls     update  unseen   yes      unseen   yes
  generation_calls     delete  denied   denied   denied   denied
  generation_calls     give    unseen   refused  unseen   -

  generation_cells     select  unseen   yes      unseen   yes
  generation_cells     insert  refused  yes      refused  denied
  generation_cells     update  denied   denied   denied   denied
  generation_cells     delete  denied   denied   denied   denied
  generation_cells     give    denied   denied   denied   denied

  generation_runs      select  unseen   yes      unseen   yes
  generation_runs      insert  refused  yes      refused  denied
  generation_runs      update  unseen   yes      unseen   yes
  generation_runs      delete  denied   denied   denied   denied
  generation_runs      give    unseen   refused  unseen   -

  messages             select  unseen   yes      unseen   yes
  messages             insert  refused  yes      refused  yes
  messages             update  unseen   yes      unseen   denied
  messages             delete  unseen   yes      unseen   denied
  messages             give    denied   denied   denied   denied

  passwords            select  unseen   yes      unseen   yes
  passwords            insert  denied   denied   denied   yes
  passwords            update  denied   denied   denied   yes
  passwords            delete  denied   denied   denied   yes
  passwords            give    denied   denied   denied   -

  prompt_templates     select  unseen   yes      unseen   denied
  prompt_templates     insert  refused  yes      refused  denied
  prompt_templates     update  unseen   yes      unseen   denied
  prompt_templates     delete  unseen   yes      unseen   denied
  prompt_templates     give    unseen   refused  unseen   denied

  provider_keys        select  unseen   yes      unseen   yes
  provider_keys        insert  refused  yes      refused  denied
  provider_keys        update  unseen   yes      unseen   yes
  provider_keys        delete  unseen   yes      unseen   denied
  provider_keys        give    unseen   refused  unseen   denied

  replies              select  unseen   yes      unseen   yes
  replies              insert  refused  yes      refused  denied
  replies              update  unseen   yes      unseen   yes
  replies              delete  denied   denied   denied   denied
  replies              give    denied   denied   denied   -

  reply_pieces         select  unseen   yes      unseen   yes
  reply_pieces         insert  denied   denied   denied   yes
  reply_pieces         update  denied   denied   denied   denied
  reply_pieces         delete  unseen   yes      unseen   yes
  reply_pieces         give    denied   denied   denied   denied

  request_keys         select  unseen   yes      unseen   yes
  request_keys         insert  refused  yes      refused  denied
  request_keys         update  unseen   yes      unseen   denied
  request_keys         delete  denied   denied   denied   yes
  request_keys         give    unseen   refused  unseen   denied

  scaffolds            select  unseen   yes      unseen   denied
  scaffolds            insert  refused  yes      refused  denied
  scaffolds            update  unseen   yes      unseen   denied
  scaffolds            delete  unseen   yes      unseen   denied
  scaffolds            give    unseen   refused  unseen   denied

  schema_migrations    select  denied   denied   denied   denied
  schema_migrations    insert  denied   denied   denied   denied
  schema_migrations    update  denied   denied   denied   denied
  schema_migrations    delete  denied   denied   denied   denied

  servers              select  denied   denied   denied   yes
  servers              insert  denied   denied   denied   yes
  servers              update  denied   denied   denied   yes
  servers              delete  denied   denied   denied   yes

  sessions             select  unseen   yes      unseen   yes
  sessions             insert  denied   denied   denied   yes
  sessions             update  denied   denied   denied   yes
  sessions             delete  unseen   yes      unseen   yes
  sessions             give    denied   denied   denied   -

  sign_in_attempts     select  denied   denied   denied   yes
  sign_in_attempts     insert  denied   denied   denied   yes
  sign_in_attempts     update  denied   denied   denied   yes
  sign_in_attempts     delete  denied   denied   denied   yes

  starter_sets         select  unseen   yes      unseen   denied
  starter_sets         insert  refused  yes      refused  denied
  starter_sets         update  denied   denied   denied   denied
  starter_sets         delete  denied   denied   denied   denied
  starter_sets         give    denied   denied   denied   denied

  training_conversations  select  unseen   yes      unseen   yes
  training_conversations  insert  refused  yes      refused  denied
  training_conversations  update  unseen   yes      unseen   yes
  training_conversations  delete  unseen   yes      unseen   denied
  training_conversations  give    unseen   refused  unseen   -

  training_log         select  unseen   yes      unseen   yes
  training_log         insert  refused  yes      refused  yes
  training_log         update  denied   denied   denied   denied
  training_log         delete  denied   denied   denied   denied
  training_log         give    denied   denied   denied   denied

  training_erasures    select  denied   denied   denied   yes
  training_erasures    insert  denied   denied   denied   yes
  training_erasures    update  denied   denied   denied   yes
  training_erasures    delete  denied   denied   denied   yes
  training_erasures    give    denied   denied   denied   -

  training_redactions  select  unseen   yes      unseen   yes
  training_redactions  insert  refused  yes      refused  denied
  training_redactions  update  unseen   yes      unseen   denied
  training_redactions  delete  unseen   yes      unseen   yes
  training_redactions  give    denied   denied   denied   denied

  training_revisions   select  unseen   yes      unseen   yes
  training_revisions   insert  refused  yes      refused  denied
  training_revisions   update  denied   denied   denied   denied
  training_revisions   delete  unseen   yes      unseen   denied
  training_revisions   give    denied   denied   denied   denied

  training_served      select  unseen   yes      unseen   yes
  training_served      insert  denied   denied   denied   yes
  training_served      update  denied   denied   denied   yes
  training_served      delete  denied   denied   denied   denied
  training_served      give    denied   denied   denied   -

  training_totals      select  unseen   yes      unseen   yes
  training_totals      insert  refused  yes      refused  yes
  training_totals      update  unseen   yes      unseen   yes
  training_totals      delete  denied   denied   denied   denied
  training_totals      give    unseen   refused  unseen   -

  training_words       select  denied   denied   denied   yes
  training_words       insert  denied   denied   denied   yes
  training_words       update  denied   denied   denied   yes
  training_words       delete  denied   denied   denied   denied
  training_words       give    denied   denied   denied   -

  users                select  unseen   yes      unseen   yes
  users                insert  denied   denied   denied   yes
  users                update  unseen   yes      unseen   yes
  users                delete  denied   denied   denied   yes
  users                give    denied   denied   denied   -
`

/**
 * The same for what belongs to a team conversation. The row in question is of *member*, whom *owner* does not own: the
 * owner of the group is just another of its members. *former* was one, *stranger* never.
 *
 * `insert` makes a row in the actor's own name, `forge` in that of another member. `rewrite` changes what only one person
 * may. A name with a colon is another kind of row of the table before it.
 */
export const teamPolicies = `
  table                verb     nobody   owner    member   former   stranger  system

  conversations        select   unseen   yes      yes      unseen   unseen    yes
  conversations        insert   refused  refused  refused  refused  refused   yes
  conversations        update   unseen   yes      yes      unseen   unseen    yes
  conversations        delete   unseen   unseen   unseen   unseen   unseen    yes
  conversations        give     unseen   refused  refused  unseen   unseen    -

  doomed_blobs         select   yes      yes      yes      yes      yes       yes
  doomed_blobs         insert   yes      yes      yes      yes      yes       yes
  doomed_blobs         update   denied   denied   denied   denied   denied    yes
  doomed_blobs         delete   yes      yes      yes      yes      yes       yes

  file_totals          select   unseen   yes      yes      unseen   unseen    yes
  file_totals          insert   refused  yes      yes      refused  refused   yes
  file_totals          update   unseen   yes      yes      unseen   unseen    yes
  file_totals          delete   denied   denied   denied   denied   denied    denied

  files                select   unseen   yes      yes      unseen   unseen    yes
  files                insert   refused  yes      yes      refused  refused   denied
  files                forge    refused  refused  refused  refused  refused   denied
  files                update   unseen   yes      yes      unseen   unseen    denied
  files                delete   unseen   yes      yes      unseen   unseen    yes

  files:unsent         select   unseen   unseen   yes      unseen   unseen    yes
  files:unsent         update   unseen   unseen   yes      unseen   unseen    denied
  files:unsent         delete   unseen   unseen   yes      unseen   unseen    yes

  members              select   unseen   yes      yes      unseen   unseen    yes
  members              insert   denied   denied   denied   denied   denied    yes
  members              update   unseen   unseen   yes      unseen   unseen    yes
  members              rewrite  denied   denied   denied   denied   denied    yes
  members              delete   denied   denied   denied   denied   denied    yes
  members              give     denied   denied   denied   denied   denied    -

  members:former       select   unseen   yes      yes      unseen   unseen    yes
  members:former       update   unseen   unseen   unseen   unseen   unseen    yes

  mentions             select   unseen   yes      yes      unseen   unseen    denied
  mentions             insert   refused  yes      yes      refused  refused   denied
  mentions             forge    refused  yes      yes      refused  refused   denied
  mentions             update   denied   denied   denied   denied   denied    denied
  mentions             delete   unseen   yes      yes      unseen   unseen    denied
  mentions             give     denied   denied   denied   denied   denied    denied

  messages             select   unseen   yes      yes      unseen   unseen    yes
  messages             insert   refused  yes      yes      refused  refused   yes
  messages             forge    refused  refused  refused  refused  refused   yes
  messages             update   unseen   yes      yes      unseen   unseen    denied
  messages             rewrite  unseen   denied   yes      unseen   unseen    denied
  messages             delete   unseen   unseen   unseen   unseen   unseen    denied
  messages             give     denied   denied   denied   denied   denied    denied

  replies              select   unseen   yes      yes      unseen   unseen    yes
  replies              insert   refused  yes      yes      refused  refused   denied
  replies              forge    refused  refused  refused  refused  refused   denied
  replies              update   unseen   yes      yes      unseen   unseen    yes
  replies              delete   denied   denied   denied   denied   denied    denied
  replies              give     denied   denied   denied   denied   denied    -

  reply_pieces         select   unseen   yes      yes      unseen   unseen    yes
  reply_pieces         insert   denied   denied   denied   denied   denied    yes
  reply_pieces         update   denied   denied   denied   denied   denied    denied
  reply_pieces         delete   unseen   unseen   yes      unseen   unseen    yes
  reply_pieces         give     denied   denied   denied   denied   denied    denied

  stars                select   unseen   unseen   yes      unseen   unseen    denied
  stars                insert   refused  yes      yes      refused  refused   denied
  stars                forge    refused  refused  refused  refused  refused   denied
  stars                update   denied   denied   denied   denied   denied    denied
  stars                delete   unseen   unseen   yes      unseen   unseen    denied
  stars                give     denied   denied   denied   denied   denied    denied

  storage_use          select   unseen   unseen   yes      unseen   unseen    denied
  storage_use          insert   denied   denied   denied   denied   denied    denied
  storage_use          update   denied   denied   denied   denied   denied    denied
  storage_use          delete   denied   denied   denied   denied   denied    denied
  storage_use          give     denied   denied   denied   denied   denied    denied

  task_links           select   unseen   yes      yes      unseen   unseen    denied
  task_links           insert   refused  yes      yes      refused  refused   denied
  task_links           update   denied   denied   denied   denied   denied    denied
  task_links           delete   unseen   yes      yes      unseen   unseen    denied

  tasks                select   unseen   yes      yes      unseen   unseen    denied
  tasks                insert   refused  yes      yes      refused  refused   denied
  tasks                update   unseen   yes      yes      unseen   unseen    denied
  tasks                delete   unseen   yes      yes      unseen   unseen    denied

  team_events          select   unseen   yes      yes      unseen   unseen    yes
  team_events          insert   refused  yes      yes      refused  refused   yes
  team_events          update   denied   denied   denied   denied   denied    denied
  team_events          delete   denied   denied   denied   denied   denied    yes

  team_events:former   select   unseen   unseen   unseen   yes      unseen    yes

  unfinished_uploads   select   unseen   unseen   yes      unseen   unseen    yes
  unfinished_uploads   insert   refused  yes      yes      refused  refused   denied
  unfinished_uploads   forge    refused  refused  refused  refused  refused   denied
  unfinished_uploads   update   denied   denied   denied   denied   denied    denied
  unfinished_uploads   delete   unseen   unseen   yes      unseen   unseen    yes

  users                select   unseen   yes      yes      unseen   unseen    yes
  users                update   unseen   unseen   yes      unseen   unseen    yes

  users:former         select   unseen   yes      yes      yes      unseen    yes

  work_types           select   unseen   yes      yes      unseen   unseen    denied
  work_types           insert   refused  yes      yes      refused  refused   denied
  work_types           update   unseen   yes      yes      unseen   unseen    denied
  work_types           delete   unseen   yes      yes      unseen   unseen    denied
`

/** Tables without forced row-level security, each with the reason. */
export const exemptFromRowSecurity: Readonly<Record<string, string>> = {
  doomed_blobs:
    'written in the name of the owner of the schema where files go with their conversation; tells of nobody',
  members: 'my_team_conversations() looks them up in the name of the owner of the schema, for policies that ask itself',
  schema_migrations: 'no role but the owner has any privilege on it, and it holds nothing of anybody',
  storage_use: 'keep_storage_use() keeps it in the name of the owner of the schema, and nobody else may change it',
  training_erasures:
    'carry_out_erasure() reads it in the name of the owner of the schema: a revision carries out what was planned, whoever keeps it',
  training_redactions:
    'carry_out_erasure() changes it in the name of the owner of the schema: an erased turn takes its redactions along',
  training_words:
    'changed in the name of the owner of the schema, where words are erased or go with their message or person',
}

/** Functions that run with the rights of their owner, each with the reason. */
export const securityDefiners: Readonly<Record<string, string>> = {
  keep_storage_use: 'whoever deletes a file frees room for its uploader, whose row they may neither see nor change',
  my_team_conversations: 'a policy on members that asked members would ask itself for ever',
  carry_out_erasure: 'counts anew whose words are where, as a revision erases some: nobody else may say so',
  doom_words_of_message: 'whoever deletes a message has its words erased from training data of others',
  doom_words_of_person: 'whoever is deleted has their words erased from training data of others',
}

/** The person whose rows are tried, and the ids under which they are or will be. */
export interface World {
  readonly owner: string
  readonly conversation: string
  readonly reply: string
}

export interface TableUnderTest {
  /** A row of the owner's. */
  readonly row: (world: World) => Record<string, unknown>
  /** The columns that find it again. */
  readonly key: readonly string[]
  /** A change that somebody makes to it. */
  readonly change: string
  /** The column that says whose it is. */
  readonly ownerColumn?: string
}

const at = new Date('2026-01-02T03:04:05.678Z')
const long = new Date('2036-01-02T03:04:05.678Z')
/** Different for each person and table: hashes are unique. */
const hash = (text: string) => Buffer.from(text)

/** In an order in which the rows can be inserted. */
export const tablesUnderTest: Readonly<Record<string, TableUnderTest>> = {
  users: {
    row: ({ owner }) => ({ user_id: owner, name: 'Ada', created_at: at }),
    key: ['user_id'],
    change: 'name = name',
    ownerColumn: 'user_id',
  },
  conversations: {
    row: ({ owner, conversation }) => ({
      conversation_id: conversation,
      kind: 'assistant',
      owner_id: owner,
      created_at: at,
      updated_at: at,
      active_at: at,
    }),
    key: ['conversation_id'],
    change: 'title = title',
    ownerColumn: 'owner_id',
  },
  replies: {
    row: ({ owner, conversation, reply }) => ({
      reply_id: reply,
      conversation_id: conversation,
      owner_id: owner,
      ordinal: Number.parseInt(reply.slice(0, 6), 16),
      message_id: reply,
      question_id: reply,
      model: 'm',
      model_choice: 'm',
      makes_title: false,
      status: 'complete',
      created_at: at,
    }),
    key: ['reply_id'],
    change: 'status = status',
    ownerColumn: 'owner_id',
  },
  reply_pieces: {
    row: ({ owner, reply }) => ({ reply_id: reply, owner_id: owner, text_offset: 0, content: 'Hel' }),
    key: ['reply_id', 'text_offset'],
    change: 'content = content',
    ownerColumn: 'owner_id',
  },
  messages: {
    row: ({ owner, conversation, reply }) => ({
      message_id: reply,
      conversation_id: conversation,
      owner_id: owner,
      role: 'assistant',
      content: 'Hello.',
      created_at: at,
      updated_at: at,
    }),
    key: ['message_id'],
    change: 'content = content',
    ownerColumn: 'owner_id',
  },
  exports: {
    row: ({ owner, reply }) => ({
      export_id: reply,
      owner_id: owner,
      conversation_ids: [reply],
      revisions: [1],
      name: 'selection',
      wanted: '{}',
      status: 'queued',
      total: 1,
      created_at: at,
    }),
    key: ['export_id'],
    change: 'done = done',
    ownerColumn: 'owner_id',
  },
  generation_runs: {
    row: ({ owner, reply }) => ({
      run_id: reply,
      owner_id: owner,
      tier: 'template',
      model_choice: 'demo',
      model: 'demo',
      max_tokens: 4096,
      concurrency: 3,
      on_error: 'stop',
      ask_again: true,
      total: 1,
      not_before: at,
      created_at: at,
    }),
    key: ['run_id'],
    change: 'status = status',
    ownerColumn: 'owner_id',
  },
  generation_cells: {
    row: ({ owner, conversation, reply }) => ({
      run_id: reply,
      cell: Number.parseInt(conversation.slice(0, 6), 16),
      owner_id: owner,
      scaffolding: '{}',
      prompt: 'Write.',
      temperature: 0.7,
      client_persona: 'Maya',
      least_turns: 4,
      most_turns: 6,
    }),
    key: ['run_id', 'cell'],
    change: 'prompt = prompt',
    ownerColumn: 'owner_id',
  },
  generation_calls: {
    row: ({ owner, conversation, reply }) => ({
      call_id: owner,
      run_id: reply,
      owner_id: owner,
      position: 0,
      cell: Number.parseInt(conversation.slice(0, 6), 16),
      conversation_id: conversation,
      most_cost: 0,
      not_before: at,
    }),
    key: ['call_id'],
    change: 'status = status',
    ownerColumn: 'owner_id',
  },
  conversation_totals: {
    row: ({ owner }) => ({ owner_id: owner, kind: 'training', total: 0 }),
    key: ['owner_id', 'kind'],
    change: 'total = total',
    ownerColumn: 'owner_id',
  },
  access_tokens: {
    row: ({ owner }) => ({
      access_token_id: owner,
      user_id: owner,
      name: 'ci',
      token_hash: hash(owner),
      created_at: at,
    }),
    key: ['access_token_id'],
    change: 'last_used_at = last_used_at',
    ownerColumn: 'user_id',
  },
  passwords: {
    row: ({ owner }) => ({ user_id: owner, password_hash: '$argon2id$', changed_at: at }),
    key: ['user_id'],
    change: 'password_hash = password_hash',
    ownerColumn: 'user_id',
  },
  provider_keys: {
    row: ({ owner }) => ({ user_id: owner, provider: 'openrouter', sealed_key: 'x', created_at: at, updated_at: at }),
    key: ['user_id', 'provider'],
    change: 'sealed_key = sealed_key',
    ownerColumn: 'user_id',
  },
  sessions: {
    row: ({ owner }) => ({
      session_id: owner,
      user_id: owner,
      token_hash: hash(owner),
      user_agent: 'test',
      created_at: at,
      last_seen_at: at,
      expires_at: long,
    }),
    key: ['session_id'],
    change: 'last_seen_at = last_seen_at',
    ownerColumn: 'user_id',
  },
  request_keys: {
    row: ({ owner, conversation }) => ({
      owner_id: owner,
      request_key: 'k',
      fingerprint: hash(owner),
      conversation_id: conversation,
      answer: '{}',
      created_at: at,
    }),
    key: ['owner_id', 'request_key'],
    change: 'answer = answer',
    ownerColumn: 'owner_id',
  },
  servers: {
    row: ({ owner }) => ({ server_id: owner, started_at: at, seen_at: at }),
    key: ['server_id'],
    change: 'seen_at = seen_at',
  },
  sign_in_attempts: {
    row: ({ owner }) => ({ attempt_key: owner, window_start: at, attempts: 1 }),
    key: ['attempt_key', 'window_start'],
    change: 'attempts = attempts',
  },
  conversion_sessions: {
    row: ({ owner }) => ({ session_hash: hash(owner), csrf_token: 'x', created_at: at, expires_at: long }),
    key: ['session_hash'],
    change: 'expires_at = expires_at',
  },
  conversion_jobs: {
    row: ({ owner }) => ({
      session_hash: hash(owner),
      job_id: owner,
      original_filename: 'report.docx',
      source_format: 'docx',
      size: 1,
      status: 'uploaded',
      created_at: at,
      expires_at: long,
    }),
    key: ['session_hash', 'job_id'],
    change: 'status = status',
  },
  download_tokens: {
    row: ({ owner }) => ({ token_hash: hash(owner), session_hash: hash(owner), expires_at: long }),
    key: ['token_hash'],
    change: 'expires_at = expires_at',
  },
  scaffolds: {
    row: ({ owner }) => ({
      scaffold_id: owner,
      owner_id: owner,
      kind: 'persona',
      key: 'anxious_planner',
      name: 'Maya',
      details: '{}',
      created_at: at,
      updated_at: at,
    }),
    key: ['scaffold_id'],
    change: 'name = name',
    ownerColumn: 'owner_id',
  },
  prompt_templates: {
    row: ({ owner }) => ({
      template_id: owner,
      owner_id: owner,
      name: 'Plain',
      tier: 'template',
      text: 'Write.',
      created_at: at,
      updated_at: at,
    }),
    key: ['template_id'],
    change: 'name = name',
    ownerColumn: 'owner_id',
  },
  starter_sets: {
    row: ({ owner }) => ({ owner_id: owner, given_at: at }),
    key: ['owner_id'],
    change: 'given_at = given_at',
    ownerColumn: 'owner_id',
  },
  training_conversations: {
    row: ({ owner, conversation }) => ({
      conversation_id: conversation,
      owner_id: owner,
      origin: 'generated',
      title: 'A budget',
      tier: 'template',
      processing_status: 'completed',
      created_at: at,
      updated_at: at,
    }),
    key: ['conversation_id'],
    change: 'title = title',
    ownerColumn: 'owner_id',
  },
  training_revisions: {
    row: ({ owner, conversation }) => ({
      conversation_id: conversation,
      owner_id: owner,
      revision: 1,
      content: '{"turns":[]}',
      content_hash: Buffer.alloc(32),
      reason: 'generated',
      created_at: at,
    }),
    key: ['conversation_id', 'revision'],
    change: 'reason = reason',
    ownerColumn: 'owner_id',
  },
  training_erasures: {
    row: ({ owner, conversation }) => ({
      conversation_id: conversation,
      owner_id: owner,
      based_on: 1,
      content_hash: Buffer.alloc(32),
      turns: [1],
    }),
    key: ['conversation_id'],
    change: 'based_on = based_on',
    ownerColumn: 'owner_id',
  },
  training_redactions: {
    row: ({ owner, conversation }) => ({ conversation_id: conversation, owner_id: owner, sealed_map: 'v1.a.b.c' }),
    key: ['conversation_id'],
    change: 'sealed_map = sealed_map',
    ownerColumn: 'owner_id',
  },
  training_words: {
    row: ({ owner, conversation, reply }) => ({
      conversation_id: conversation,
      owner_id: owner,
      turn_number: 1,
      message_id: reply,
      person_id: owner,
      taken_at: at,
    }),
    key: ['conversation_id'],
    change: 'doomed_at = doomed_at',
    ownerColumn: 'owner_id',
  },
  consent_requests: {
    row: ({ owner, conversation, reply }) => ({
      request_id: reply,
      conversation_id: conversation,
      asker_id: owner,
      purpose: 'to learn',
      asked_at: at,
    }),
    key: ['request_id'],
    change: 'purpose = purpose',
  },
  consents: {
    row: ({ owner, reply }) => ({ request_id: reply, user_id: owner, answer: 'granted', answered_at: at }),
    key: ['request_id', 'user_id'],
    change: 'answer = answer',
    ownerColumn: 'user_id',
  },
  training_totals: {
    // The trigger has made the one of the conversation.
    row: ({ owner }) => ({ owner_id: owner, status: 'archived', tier: 'edge_case', total: 0, scored: 0, score_sum: 0 }),
    key: ['owner_id', 'status', 'tier'],
    change: 'total = total',
    ownerColumn: 'owner_id',
  },
  training_log: {
    row: ({ owner }) => ({ log_id: owner, owner_id: owner, actor_id: owner, at, action: 'edit' }),
    key: ['log_id'],
    change: 'action = action',
    ownerColumn: 'owner_id',
  },
  consultant_profiles: {
    row: ({ owner }) => ({ owner_id: owner, profile: '{}', updated_at: at }),
    key: ['owner_id'],
    change: 'profile = profile',
    ownerColumn: 'owner_id',
  },
  training_served: {
    row: ({ owner }) => ({ owner_id: owner, day: '2026-01-02', bytes: 1 }),
    key: ['owner_id', 'day'],
    change: 'bytes = bytes',
    ownerColumn: 'owner_id',
  },
  datasets: {
    row: ({ owner, reply }) => ({
      dataset_id: reply,
      owner_id: owner,
      name: 'Calm answers',
      selection: '{}',
      settings: '{}',
      created_at: at,
      updated_at: at,
    }),
    key: ['dataset_id'],
    change: 'name = name',
    ownerColumn: 'owner_id',
  },
  dataset_versions: {
    row: ({ owner, conversation, reply }) => ({
      dataset_id: reply,
      version: Number.parseInt(conversation.slice(0, 6), 16) + 1,
      owner_id: owner,
      selection: '{}',
      settings: '{}',
      status: 'queued',
      created_at: at,
    }),
    key: ['dataset_id', 'version'],
    change: 'done = done',
    ownerColumn: 'owner_id',
  },
  dataset_items: {
    row: ({ owner, conversation, reply }) => ({
      dataset_id: reply,
      version: Number.parseInt(conversation.slice(0, 6), 16) + 1,
      owner_id: owner,
      conversation_id: conversation,
      split: 'train',
      facts: '{}',
      turn_count: 2,
      token_count: 2,
      group_id: conversation,
    }),
    key: ['dataset_id', 'version', 'conversation_id'],
    change: 'split = split',
    ownerColumn: 'owner_id',
  },
  schema_migrations: {
    row: ({ owner }) => ({ name: owner, checksum: '' }),
    key: ['name'],
    change: 'checksum = checksum',
  },
}

/** A group, the people around it, and the ids under which its rows are or will be. */
export interface TeamWorld {
  readonly conversation: string
  readonly owner: string
  readonly member: string
  readonly former: string
  /** Whose the row is: *member* where one is looked for, the actor or another where one is made. */
  readonly author: string
  /** The row's own id, where it has one. */
  readonly id: string
  /** These are there. */
  readonly message: string
  readonly task: string
  /** Is being written. */
  readonly reply: string
}

export interface TeamTableUnderTest {
  readonly row: (world: TeamWorld) => Record<string, unknown>
  readonly key: readonly string[]
  readonly change: string
  /** A change that only one person may make, or nobody. */
  readonly rewrite?: string
  readonly ownerColumn?: string
}

const membership = ({ conversation }: TeamWorld, person: string) => ({
  conversation_id: conversation,
  user_id: person,
  role: 'member',
  joined_at: at,
  read_at: at,
})

const event = ({ conversation, id }: TeamWorld, person: string | null) => ({
  conversation_id: conversation,
  person_id: person,
  kind: 'message-posted',
  message_id: id,
})

const unsentFile = ({ id, author, conversation }: TeamWorld) => ({
  file_id: id,
  uploader_id: author,
  conversation_id: conversation,
  name: 'report.pdf',
  name_key: 'report.pdf',
  content_type: 'application/pdf',
  category: 'pdf',
  size: 1,
  sha256: hash(id),
  blob_key: id,
  uploaded_at: at,
})

/** In an order in which the rows can be inserted. */
export const teamTablesUnderTest: Readonly<Record<string, TeamTableUnderTest>> = {
  users: {
    row: ({ author }) => ({ user_id: author, name: 'Ada', created_at: at }),
    key: ['user_id'],
    change: 'name = name',
  },
  'users:former': {
    row: ({ former }) => ({ user_id: former, name: 'Bea', created_at: at }),
    key: ['user_id'],
    change: 'name = name',
  },
  conversations: {
    row: ({ conversation }) => ({
      conversation_id: conversation,
      kind: 'team',
      team_type: 'group',
      title: 'A group',
      created_at: at,
      updated_at: at,
      active_at: at,
    }),
    key: ['conversation_id'],
    change: 'title = title',
    ownerColumn: 'owner_id',
  },
  members: {
    row: (world) => membership(world, world.author),
    key: ['conversation_id', 'user_id'],
    change: 'read_at = read_at',
    rewrite: `role = 'admin'`,
    ownerColumn: 'user_id',
  },
  'members:former': {
    row: (world) => ({ ...membership(world, world.former), left_at: at }),
    key: ['conversation_id', 'user_id'],
    change: 'read_at = read_at',
  },
  messages: {
    row: ({ id, conversation, author }) => ({
      message_id: id,
      conversation_id: conversation,
      sender_id: author,
      role: 'user',
      content: 'Hello.',
      created_at: at,
      updated_at: at,
    }),
    key: ['message_id'],
    change: 'pinned_at = pinned_at',
    rewrite: `content = 'Never said'`,
    ownerColumn: 'owner_id',
  },
  replies: {
    row: ({ id, conversation, author }) => ({
      reply_id: id,
      conversation_id: conversation,
      owner_id: author,
      ordinal: Number.parseInt(id.slice(0, 6), 16),
      message_id: id,
      question_id: id,
      model: 'm',
      model_choice: 'm',
      makes_title: false,
      status: 'complete',
      created_at: at,
    }),
    key: ['reply_id'],
    change: 'status = status',
    ownerColumn: 'owner_id',
  },
  reply_pieces: {
    row: ({ id, reply, author }) => ({
      reply_id: reply,
      owner_id: author,
      text_offset: Number.parseInt(id.slice(0, 6), 16),
      content: 'Hel',
    }),
    key: ['reply_id', 'text_offset'],
    change: 'content = content',
    ownerColumn: 'owner_id',
  },
  stars: {
    row: ({ author, message, conversation }) => ({
      user_id: author,
      message_id: message,
      conversation_id: conversation,
      starred_at: at,
    }),
    key: ['user_id', 'message_id'],
    change: 'starred_at = starred_at',
    ownerColumn: 'user_id',
  },
  mentions: {
    row: ({ author, message, conversation }) => ({
      message_id: message,
      user_id: author,
      conversation_id: conversation,
      created_at: at,
    }),
    key: ['message_id', 'user_id'],
    change: 'created_at = created_at',
    ownerColumn: 'user_id',
  },
  work_types: {
    row: ({ id, conversation }) => ({
      work_type_id: id,
      conversation_id: conversation,
      name: id,
      name_key: id,
      color: 'teal',
      created_at: at,
    }),
    key: ['work_type_id'],
    change: 'name = name',
  },
  tasks: {
    row: ({ id, conversation, author }) => ({
      task_id: id,
      conversation_id: conversation,
      title: 'A task',
      status: 'open',
      created_by: author,
      created_at: at,
      updated_at: at,
    }),
    key: ['task_id'],
    change: 'title = title',
  },
  task_links: {
    row: ({ task, message, conversation }) => ({
      task_id: task,
      message_id: message,
      conversation_id: conversation,
      linked_at: at,
    }),
    key: ['task_id', 'message_id'],
    change: 'linked_at = linked_at',
  },
  team_events: {
    row: (world) => event(world, null),
    key: ['message_id'],
    change: 'kind = kind',
  },
  'team_events:former': {
    row: (world) => event(world, world.former),
    key: ['message_id'],
    change: 'kind = kind',
  },
  storage_use: {
    row: ({ author }) => ({ user_id: author, bytes: 0 }),
    key: ['user_id'],
    change: 'bytes = bytes',
    ownerColumn: 'user_id',
  },
  files: {
    row: (world) => ({ ...unsentFile(world), message_id: world.message, shared_at: at }),
    key: ['file_id'],
    change: 'position = position',
  },
  'files:unsent': {
    row: unsentFile,
    key: ['file_id'],
    change: 'position = position',
  },
  file_totals: {
    row: ({ conversation, id }) => ({ conversation_id: conversation, kind: id, total: 1 }),
    key: ['conversation_id', 'kind'],
    change: 'total = total',
  },
  unfinished_uploads: {
    row: ({ conversation, author, id }) => ({
      file_id: id,
      uploader_id: author,
      conversation_id: conversation,
      name: 'large.bin',
      size: 1,
      expires_at: at,
    }),
    key: ['file_id'],
    change: 'size = size',
  },
  doomed_blobs: {
    row: ({ id }) => ({ blob_key: id, doomed_at: at }),
    key: ['blob_key'],
    change: 'doomed_at = doomed_at',
    ownerColumn: 'owner_id',
  },
}
