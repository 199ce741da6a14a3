/** How runs and calls stand in PostgreSQL: columns, and the statements that both the persons' store and the queue need. */
import { fragment, statement } from '#db/statement.ts'
import { encodeNotice, type Notice, NOTICE_CHANNEL } from '#kernel/notices.ts'
import type { Scaffolding, Tier } from '../training/index.ts'
import type { CallStatus, FailureType, GenerationCall, GenerationRun, RunStatus } from './generation.ts'

export interface RunRow {
  run_id: string
  owner_id: string
  status: RunStatus
  reason: string | null
  tier: Tier
  template_id: string | null
  model_choice: string
  model: string
  temperature: number | null
  max_tokens: number
  concurrency: number
  on_error: 'stop' | 'continue'
  ask_again: boolean
  prompt_price: number | null
  completion_price: number | null
  cost_cap: number | null
  total: number
  successful: number
  failed: number
  cancelled: number
  spent: number
  reserved: number
  uncertain: number
  prompt_tokens: number
  completion_tokens: number
  answered: number
  answered_ms: number
  created_at: Date
  ended_at: Date | null
}

export const runColumns = fragment(
  `run_id, owner_id, status, reason, tier, template_id, model_choice, model, temperature, max_tokens, concurrency, on_error,
  ask_again, prompt_price::float8, completion_price::float8, cost_cap::float8, total, successful, failed, cancelled,
  spent::float8, reserved::float8, uncertain::float8, prompt_tokens, completion_tokens, answered, answered_ms, created_at,
  ended_at`,
)

export const pricesOf = (row: Pick<RunRow, 'prompt_price' | 'completion_price'>) =>
  row.prompt_price === null || row.completion_price === null
    ? null
    : { prompt: row.prompt_price, completion: row.completion_price }

export const toRun = (row: RunRow): GenerationRun => ({
  id: row.run_id,
  ownerId: row.owner_id,
  status: row.status,
  reason: row.reason,
  tier: row.tier,
  templateId: row.template_id,
  choice: row.model_choice,
  model: row.model,
  temperature: row.temperature,
  maxTokens: row.max_tokens,
  concurrency: row.concurrency,
  onError: row.on_error,
  askAgain: row.ask_again,
  prices: pricesOf(row),
  costCap: row.cost_cap,
  total: row.total,
  successful: row.successful,
  failed: row.failed,
  cancelled: row.cancelled,
  spent: row.spent,
  reserved: row.reserved,
  uncertain: row.uncertain,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  answered: row.answered,
  answeredMs: row.answered_ms,
  createdAt: row.created_at,
  endedAt: row.ended_at,
})

export interface CallRow {
  call_id: string
  run_id: string
  position: number
  status: CallStatus
  model: string
  scaffolding: Scaffolding
  attempts: number
  conversation_id: string | null
  has_raw: boolean
  parse_method: 'direct' | 'jsonrepair' | null
  failure_type: FailureType | null
  failure_reason: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cost: number | null
  asked_at: Date | null
  ended_at: Date | null
}

/** Of `calls`, below. */
export const callColumns = fragment(
  `c.call_id, c.run_id, c.position, c.status, coalesce(c.answered_by, r.model) as model, e.scaffolding, c.attempts,
  t.conversation_id, t.raw_response_path is not null as has_raw, c.parse_method, c.failure_type, c.failure_reason,
  c.prompt_tokens, c.completion_tokens, c.cost::float8, c.asked_at, c.ended_at`,
)

export const calls = fragment(
  `generation_calls c join generation_runs r using (run_id) join generation_cells e using (run_id, cell)
  left join training_conversations t on t.conversation_id = c.conversation_id`,
)

export const toCall = (row: CallRow): GenerationCall => ({
  id: row.call_id,
  runId: row.run_id,
  position: row.position,
  status: row.status,
  model: row.model,
  scaffolding: row.scaffolding,
  attempts: row.attempts,
  conversationId: row.conversation_id,
  hasRaw: row.has_raw,
  parseMethod: row.parse_method,
  failure: row.failure_type === null ? null : { type: row.failure_type, reason: row.failure_reason ?? '' },
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  cost: row.cost,
  askedAt: row.asked_at,
  endedAt: row.ended_at,
})

/** The present moment as it is kept: cursors have milliseconds. */
export const thisMoment = fragment(`date_trunc('milliseconds', now())`)

/** Whatever changes calls locks their run first, so that no two wait for each other. */
export const lockRun = (runId: string) =>
  statement`select from generation_runs where run_id = ${runId} for no key update`

/** A run of which nothing is left has ended. */
export const endRun = (runId: string) => statement`
  update generation_runs
  set status = case when successful = 0 and failed > 0 then 'failed' else 'completed' end, ended_at = ${thisMoment}
  where run_id = ${runId} and status in ('queued', 'processing', 'paused') and successful + failed + cancelled = total`

/** Tells all processes of it, in the transaction of what happened. */
export const telling = (what: Extract<Notice, { kind: 'generation' }>['what'], runId: string) =>
  statement`select pg_notify(${NOTICE_CHANNEL}, ${encodeNotice({ kind: 'generation', what, run: runId })})`
