/** The tables as they are after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit. */
import type { ColumnType, Generated } from 'kysely'

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** Read as a value, written as text: node-postgres would turn an array into an array of PostgreSQL. */
export type Json = ColumnType<JsonValue, string, string>

/** Read as a value, written as text: node-postgres would turn an array into an array of PostgreSQL. */
export type JsonOrNull = ColumnType<JsonValue, string | null | undefined, string | null>

export interface AccessTokensTable {
  access_token_id: string
  user_id: string
  name: string
  token_hash: Buffer
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
}

export interface ConversationTotalsTable {
  owner_id: string
  kind: string
  total: number
}

export interface ConversationsTable {
  conversation_id: string
  kind: string
  owner_id: string
  title: string | null
  metadata: JsonOrNull
  parent_id: string | null
  branch_count: Generated<number>
  message_count: Generated<number>
  reply_count: Generated<number>
  last_message_at: Date | null
  preview: string | null
  running_reply_id: string | null
  created_at: Date
  updated_at: Date
  active_at: Date
}

export interface MessagesTable {
  message_id: string
  conversation_id: string
  owner_id: string
  sender_id: string | null
  role: string
  content: string
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  status: Generated<string>
  metadata: JsonOrNull
  created_at: Date
  updated_at: Date
}

export interface PasswordsTable {
  user_id: string
  password_hash: string
  changed_at: Date
}

export interface ProviderKeysTable {
  user_id: string
  provider: string
  sealed_key: string
  created_at: Date
  updated_at: Date
}

export interface RepliesTable {
  reply_id: string
  conversation_id: string
  owner_id: string
  ordinal: number
  message_id: string
  question_id: string
  model: string
  model_choice: string
  makes_title: boolean
  status: string
  finish_reason: string | null
  error_code: string | null
  server_id: string | null
  stop_requested_at: Date | null
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
}

export interface ReplyPiecesTable {
  reply_id: string
  owner_id: string
  text_offset: number
  content: string
}

export interface RequestKeysTable {
  owner_id: string
  request_key: string
  fingerprint: Buffer
  conversation_id: string | null
  answer: Json
  created_at: Date
}

export interface SchemaMigrationsTable {
  name: string
  checksum: string
  applied_at: Generated<Date>
}

export interface ServersTable {
  server_id: string
  started_at: Date
  seen_at: Date
}

export interface SessionsTable {
  session_id: string
  user_id: string
  token_hash: Buffer
  user_agent: string
  created_at: Date
  last_seen_at: Date
  expires_at: Date
}

export interface SignInAttemptsTable {
  attempt_key: string
  window_start: Date
  attempts: number
}

export interface UsersTable {
  user_id: string
  email: string | null
  name: string
  issuer: string | null
  subject: string | null
  default_model: string | null
  created_at: Date
}

export interface Tables {
  access_tokens: AccessTokensTable
  conversation_totals: ConversationTotalsTable
  conversations: ConversationsTable
  messages: MessagesTable
  passwords: PasswordsTable
  provider_keys: ProviderKeysTable
  replies: RepliesTable
  reply_pieces: ReplyPiecesTable
  request_keys: RequestKeysTable
  schema_migrations: SchemaMigrationsTable
  servers: ServersTable
  sessions: SessionsTable
  sign_in_attempts: SignInAttemptsTable
  users: UsersTable
}
