/** The tables as they are after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

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
  owner_id: string | null
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
  team_type: string | null
  direct_pair: string[] | null
  member_count: Generated<number>
}

export interface ConversionJobsTable {
  session_hash: Buffer
  job_id: string
  task_id: string | null
  original_filename: string
  source_format: string
  target_format: string | null
  engine: string | null
  size: number
  input_key: string | null
  output_key: string | null
  output_format: string | null
  output_size: number | null
  status: string
  progress: number | null
  attempts: Generated<number>
  error_type: string | null
  error_message: string | null
  lease_id: string | null
  leased_until: Date | null
  created_at: Date
  queued_at: Date | null
  completed_at: Date | null
  expires_at: Date
}

export interface ConversionSessionsTable {
  session_hash: Buffer
  csrf_token: string
  created_at: Date
  expires_at: Date
}

export interface DoomedBlobsTable {
  blob_key: string
  doomed_at: Date
}

export interface DownloadTokensTable {
  token_hash: Buffer
  session_hash: Buffer
  job_id: string | null
  expires_at: Date
}

export interface FileTotalsTable {
  conversation_id: string
  kind: string
  total: number
}

export interface FilesTable {
  file_id: string
  uploader_id: string | null
  conversation_id: string
  message_id: string | null
  position: Generated<number>
  name: string
  name_key: string
  content_type: string
  category: string
  kind: GeneratedAlways<string>
  size: number
  sha256: Buffer
  width: number | null
  height: number | null
  duration_seconds: number | null
  blob_key: string
  uploaded_at: Date
  shared_at: Date | null
}

export interface MembersTable {
  conversation_id: string
  user_id: string
  role: string
  joined_at: Date
  left_at: Date | null
  read_at: Date
}

export interface MentionsTable {
  message_id: string
  user_id: string
  conversation_id: string
  created_at: Date
}

export interface MessagesTable {
  message_id: string
  conversation_id: string
  owner_id: string | null
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
  type: Generated<string>
  thread_id: string | null
  reply_count: Generated<number>
  work_type_id: string | null
  task_id: string | null
  linked_task_count: Generated<number>
  pinned_at: Date | null
  pinned_by: string | null
  edited_at: Date | null
  deleted_at: Date | null
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

export interface StarsTable {
  user_id: string
  message_id: string
  conversation_id: string
  starred_at: Date
}

export interface StorageUseTable {
  user_id: string
  bytes: number
}

export interface TaskLinksTable {
  task_id: string
  message_id: string
  conversation_id: string
  linked_at: Date
}

export interface TasksTable {
  task_id: string
  conversation_id: string
  title: string
  status: string
  assignee_id: string | null
  due_on: string | null
  created_by: string | null
  created_at: Date
  updated_at: Date
  done_at: Date | null
}

export interface TeamEventsTable {
  transaction: Generated<string>
  event_id: GeneratedAlways<number>
  conversation_id: string
  person_id: string | null
  kind: string
  message_id: string | null
  occurred_at: Generated<Date>
}

export interface UnfinishedUploadsTable {
  file_id: string
  uploader_id: string
  conversation_id: string
  name: string
  size: number
  expires_at: Date
}

export interface UsersTable {
  user_id: string
  email: string | null
  name: string
  issuer: string | null
  subject: string | null
  default_model: string | null
  created_at: Date
  name_key: GeneratedAlways<string>
}

export interface WorkTypesTable {
  work_type_id: string
  conversation_id: string
  name: string
  name_key: string
  color: string
  created_at: Date
}

export interface Tables {
  access_tokens: AccessTokensTable
  conversation_totals: ConversationTotalsTable
  conversations: ConversationsTable
  conversion_jobs: ConversionJobsTable
  conversion_sessions: ConversionSessionsTable
  doomed_blobs: DoomedBlobsTable
  download_tokens: DownloadTokensTable
  file_totals: FileTotalsTable
  files: FilesTable
  members: MembersTable
  mentions: MentionsTable
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
  stars: StarsTable
  storage_use: StorageUseTable
  task_links: TaskLinksTable
  tasks: TasksTable
  team_events: TeamEventsTable
  unfinished_uploads: UnfinishedUploadsTable
  users: UsersTable
  work_types: WorkTypesTable
}
