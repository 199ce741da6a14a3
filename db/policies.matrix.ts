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

  conversation_totals  select  unseen   yes      unseen   yes
  conversation_totals  insert  refused  yes      refused  denied
  conversation_totals  update  unseen   yes      unseen   yes
  conversation_totals  delete  denied   denied   denied   denied
  conversation_totals  give    unseen   refused  unseen   -

  conversations        select  unseen   yes      unseen   yes
  conversations        insert  refused  yes      refused  denied
  conversations        update  unseen   yes      unseen   yes
  conversations        delete  unseen   yes      unseen   denied
  conversations        give    unseen   refused  unseen   -

  messages             select  unseen   yes      unseen   yes
  messages             insert  refused  yes      refused  yes
  messages             update  unseen   yes      unseen   denied
  messages             delete  unseen   yes      unseen   denied
  messages             give    unseen   refused  unseen   denied

  passwords            select  unseen   yes      unseen   yes
  passwords            insert  denied   denied   denied   yes
  passwords            update  denied   denied   denied   yes
  passwords            delete  denied   denied   denied   yes
  passwords            give    denied   denied   denied   -

  provider_keys        select  unseen   yes      unseen   yes
  provider_keys        insert  refused  yes      refused  denied
  provider_keys        update  unseen   yes      unseen   yes
  provider_keys        delete  unseen   yes      unseen   denied
  provider_keys        give    unseen   refused  unseen   denied

  replies              select  unseen   yes      unseen   yes
  replies              insert  refused  yes      refused  denied
  replies              update  unseen   yes      unseen   yes
  replies              delete  denied   denied   denied   denied
  replies              give    unseen   refused  unseen   -

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

  users                select  unseen   yes      unseen   yes
  users                insert  denied   denied   denied   yes
  users                update  unseen   yes      unseen   yes
  users                delete  denied   denied   denied   yes
  users                give    denied   denied   denied   -
`

/** Tables without forced row-level security, each with the reason. */
export const exemptFromRowSecurity: Readonly<Record<string, string>> = {
  schema_migrations: 'no role but the owner has any privilege on it, and it holds nothing of anybody',
}

/** Functions that run with the rights of their owner, each with the reason. There are none. */
export const securityDefiners: Readonly<Record<string, string>> = {}

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
  schema_migrations: {
    row: ({ owner }) => ({ name: owner, checksum: '' }),
    key: ['name'],
    change: 'checksum = checksum',
  },
}
