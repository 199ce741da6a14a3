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

export interface ConsentRequestsTable {
  request_id: string
  conversation_id: string
  asker_id: string
  purpose: string
  asked_at: Date
}

export interface ConsentsTable {
  request_id: string
  user_id: string
  answer: string
  answered_at: Date
}

export interface ConsultantProfilesTable {
  owner_id: string
  profile: Json
  updated_at: Date
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

export interface DatasetItemsTable {
  dataset_id: string
  version: number
  owner_id: string
  conversation_id: string
  revision: number | null
  split: string | null
  dropped: string | null
  facts: Json
  turn_count: number
  token_count: number
  group_id: string
  cluster_id: string | null
  similarity: number | null
}

export interface DatasetVersionsTable {
  dataset_id: string
  version: number
  owner_id: string
  selection: Json
  settings: Json
  status: string
  done: Generated<number>
  total: number | null
  counts: JsonOrNull
  export_count: Generated<number>
  last_exported_at: Date | null
  error_code: string | null
  losses: Generated<number>
  lease_id: string | null
  leased_until: Date | null
  created_at: Date
  completed_at: Date | null
}

export interface DatasetsTable {
  dataset_id: string
  owner_id: string
  name: string
  description: string | null
  selection: Json
  settings: Json
  latest_version: Generated<number>
  created_at: Date
  updated_at: Date
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

export interface ExportsTable {
  export_id: string
  owner_id: string
  dataset_id: string | null
  version: number | null
  conversation_ids: string[] | null
  revisions: number[] | null
  name: string
  wanted: Json
  status: string
  done: Generated<number>
  total: number
  attempts: Generated<number>
  losses: Generated<number>
  lease_id: string | null
  leased_until: Date | null
  folder: string | null
  result: JsonOrNull
  error_code: string | null
  created_at: Date
  started_at: Date | null
  completed_at: Date | null
  expires_at: Date | null
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

export interface GenerationCallsTable {
  call_id: string
  run_id: string
  owner_id: string
  position: number
  cell: number
  conversation_id: string
  most_cost: string
  status: Generated<string>
  attempts: Generated<number>
  tries: Generated<number>
  not_before: Date
  lease_id: string | null
  leased_until: Date | null
  asked_at: Date | null
  answer: string | null
  finish_reason: string | null
  answered_by: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cost: string | null
  parse_method: string | null
  failure_type: string | null
  failure_reason: string | null
  ended_at: Date | null
}

export interface GenerationCellsTable {
  run_id: string
  cell: number
  owner_id: string
  scaffolding: Json
  prompt: string
  temperature: number
  client_persona: string
  least_turns: number
  most_turns: number
}

export interface GenerationRunsTable {
  run_id: string
  owner_id: string
  status: Generated<string>
  reason: string | null
  tier: string
  template_id: string | null
  model_choice: string
  model: string
  temperature: number | null
  max_tokens: number
  concurrency: number
  on_error: string
  ask_again: boolean
  prompt_price: string | null
  completion_price: string | null
  cost_cap: string | null
  total: number
  successful: Generated<number>
  failed: Generated<number>
  cancelled: Generated<number>
  spent: Generated<string>
  reserved: Generated<string>
  uncertain: Generated<string>
  prompt_tokens: Generated<number>
  completion_tokens: Generated<number>
  answered: Generated<number>
  answered_ms: Generated<number>
  not_before: Date
  created_at: Date
  ended_at: Date | null
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

export interface PromptTemplatesTable {
  template_id: string
  owner_id: string
  name: string
  tier: string
  arc_key: string | null
  text: string
  version: Generated<number>
  is_active: Generated<boolean>
  is_starter: Generated<boolean>
  created_at: Date
  updated_at: Date
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

export interface ScaffoldsTable {
  scaffold_id: string
  owner_id: string
  kind: string
  key: string
  name: string
  details: Json
  is_active: Generated<boolean>
  is_starter: Generated<boolean>
  created_at: Date
  updated_at: Date
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

export interface StarterSetsTable {
  owner_id: string
  given_at: Date
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

export interface TrainingConversationsTable {
  conversation_id: string
  owner_id: string
  origin: string
  source_id: string | null
  title: string
  persona_key: string | null
  arc_key: string | null
  topic_key: string | null
  scaffolding: JsonOrNull
  tier: string
  revision: Generated<number>
  turn_count: Generated<number>
  token_count: Generated<number>
  quality_score: number | null
  empathy_score: number | null
  clarity_score: number | null
  appropriateness_score: number | null
  brand_voice_alignment: number | null
  status: Generated<string>
  reviewed_by: string | null
  reviewed_at: Date | null
  review_notes: string | null
  processing_status: string
  file_path: string | null
  file_size: number | null
  file_due: Generated<number>
  file_written: Generated<number>
  file_lease_until: Date | null
  raw_response_path: string | null
  raw_response_size: number | null
  raw_stored_at: Date | null
  parse_method: string | null
  requires_manual_review: Generated<boolean>
  validation_report: JsonOrNull
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cost: string | null
  download_count: Generated<number>
  last_downloaded_at: Date | null
  export_count: Generated<number>
  last_exported_at: Date | null
  created_at: Date
  updated_at: Date
  words: Generated<string>
}

export interface TrainingErasuresTable {
  conversation_id: string
  owner_id: string
  based_on: number
  content_hash: Buffer
  turns: number[]
  sealed_map: string | null
}

export interface TrainingLogTable {
  log_id: string
  owner_id: string
  actor_id: string | null
  at: Date
  action: string
  conversation_id: string | null
  bytes: number | null
  error_code: string | null
  details: JsonOrNull
}

export interface TrainingRedactionsTable {
  conversation_id: string
  owner_id: string
  sealed_map: string
}

export interface TrainingRevisionsTable {
  conversation_id: string
  owner_id: string
  revision: number
  content: Json
  content_hash: Buffer
  reason: string
  changed_by: string | null
  created_at: Date
}

export interface TrainingServedTable {
  owner_id: string
  day: string
  bytes: number
}

export interface TrainingTotalsTable {
  owner_id: string
  status: string
  tier: string
  total: number
  scored: number
  score_sum: string
}

export interface TrainingWordsTable {
  conversation_id: string
  owner_id: string
  turn_number: number
  message_id: string
  person_id: string | null
  source_id: string | null
  taken_at: Date
  doomed_at: Date | null
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
  consent_requests: ConsentRequestsTable
  consents: ConsentsTable
  consultant_profiles: ConsultantProfilesTable
  conversation_totals: ConversationTotalsTable
  conversations: ConversationsTable
  conversion_jobs: ConversionJobsTable
  conversion_sessions: ConversionSessionsTable
  dataset_items: DatasetItemsTable
  dataset_versions: DatasetVersionsTable
  datasets: DatasetsTable
  doomed_blobs: DoomedBlobsTable
  download_tokens: DownloadTokensTable
  exports: ExportsTable
  file_totals: FileTotalsTable
  files: FilesTable
  generation_calls: GenerationCallsTable
  generation_cells: GenerationCellsTable
  generation_runs: GenerationRunsTable
  members: MembersTable
  mentions: MentionsTable
  messages: MessagesTable
  passwords: PasswordsTable
  prompt_templates: PromptTemplatesTable
  provider_keys: ProviderKeysTable
  replies: RepliesTable
  reply_pieces: ReplyPiecesTable
  request_keys: RequestKeysTable
  scaffolds: ScaffoldsTable
  schema_migrations: SchemaMigrationsTable
  servers: ServersTable
  sessions: SessionsTable
  sign_in_attempts: SignInAttemptsTable
  stars: StarsTable
  starter_sets: StarterSetsTable
  storage_use: StorageUseTable
  task_links: TaskLinksTable
  tasks: TasksTable
  team_events: TeamEventsTable
  training_conversations: TrainingConversationsTable
  training_erasures: TrainingErasuresTable
  training_log: TrainingLogTable
  training_redactions: TrainingRedactionsTable
  training_revisions: TrainingRevisionsTable
  training_served: TrainingServedTable
  training_totals: TrainingTotalsTable
  training_words: TrainingWordsTable
  unfinished_uploads: UnfinishedUploadsTable
  users: UsersTable
  work_types: WorkTypesTable
}
