/** The queue of calls in PostgreSQL: claims skip what others hold, and leases end by the database's clock. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Queries, Statement } from '#kernel/database.ts'
import { LEASE_SECONDS } from '#kernel/leased-work.ts'
import type { Scaffolding, Tier } from '../training/index.ts'
import type { Answer, AttemptCost, CallQueue, LeasedCall } from './call-queue.ts'
import { type CallFailure, MAX_TRIES } from './generation.ts'
import { endRun, lockRun, pricesOf, telling, thisMoment } from './generation-row.pg.ts'

const LEASE = fragment(`now() + interval '${LEASE_SECONDS} seconds'`)
const UNLEASED = fragment('lease_id = null, leased_until = null')
const STARTED = fragment(`status in ('processing', 'raw_stored')`)
const UNANSWERED = fragment(`status = 'processing'`)
/** How long a run that has no room under its cap waits for its calls in flight, unless one ends before. */
const CAP_WAIT = fragment(`clock_timestamp() + interval '2 seconds'`)

const OVER_CAP = 'The next conversation could cost more than the cap leaves. Raise the cap to go on.'
const LOST = 'The server was stopped while the model was answering.'

type Fragment = ReturnType<typeof fragment>

export const pgCallQueue = (db: Database): CallQueue => {
  /** Changes a call while its worker has it, and its run with it; `false` when the lease is gone, or it was done already. */
  const settle = async (call: LeasedCall, ofCall: Fragment, ofRun: Fragment, from = STARTED): Promise<boolean> => {
    const [, settled] = await db.as({ userId: call.ownerId, subject: call.ownerId }).batch(
      lockRun(call.runId),
      statement<{ call_id: string }>`
        with held as (
          update generation_calls c set ${ofCall} where call_id = ${call.id} and lease_id = ${call.leaseId} and ${from}
          returning call_id, status, asked_at
        ), counted as (
          update generation_runs r set not_before = least(not_before, now()), ${ofRun} from held where run_id = ${call.runId}
        )
        select call_id from held`,
      endRun(call.runId),
      telling('changed', call.runId),
    )
    return settled.length > 0
  }

  /** It waits again, or is cancelled with its run. */
  const requeue = (
    call: LeasedCall,
    { seconds, cost, uncounted = 0, pause }: { seconds: number; cost: AttemptCost; uncounted?: number; pause?: string },
  ) =>
    settle(
      call,
      raw`status = ${standing(call.runId)}, ${UNLEASED}, attempts = attempts - ${uncounted}::int,
        tries = tries - ${uncounted}::int, not_before = now() + make_interval(secs => ${seconds}),
        ended_at = case ${standing(call.runId)} when 'cancelled' then ${thisMoment} end`,
      raw`${settledCost(call, cost)}, cancelled = cancelled + (held.status = 'cancelled')::int,
        reason = case when ${pause ?? null}::text is not null and r.status in ('queued', 'processing') then ${pause ?? null} else reason end,
        status = case when ${pause ?? null}::text is not null and r.status in ('queued', 'processing') then 'paused' else r.status end`,
      UNANSWERED,
    )

  return {
    claim: (leaseId) =>
      db.asSystem('generation.claim').transaction(async (queries) => {
        const [answered] = await queries.query(statement<{ call_id: string }>`
          update generation_calls set lease_id = ${leaseId}, leased_until = ${LEASE}
          where call_id = (
            select call_id from generation_calls where status = 'raw_stored' and lease_id is null
            order by asked_at limit 1 for update skip locked)
          returning call_id`)
        const callId = answered?.call_id ?? (await claimWaiting(queries, leaseId))
        return callId === undefined ? undefined : readLeased(queries, callId)
      }),

    async renew(leaseIds) {
      const rows = await db.asSystem('generation.renew').query(statement<{ lease_id: string }>`
        update generation_calls set leased_until = ${LEASE}
        where lease_id is not null and lease_id = any(${leaseIds}::uuid[]) and leased_until > now() returning lease_id`)
      return rows.map((row) => row.lease_id)
    },

    putBack: async (call) => {
      const [freed] = await db.as({ userId: call.ownerId, subject: call.ownerId }).query(statement<{ call_id: string }>`
        update generation_calls set ${UNLEASED}
        where call_id = ${call.id} and lease_id = ${call.leaseId} and status = 'raw_stored' returning call_id`)
      return freed !== undefined || requeue(call, { seconds: 0, cost: 'unknown' })
    },

    keepAnswer: (call, answer) =>
      settle(
        call,
        raw`status = 'raw_stored', answer = ${answer.text}, finish_reason = ${answer.reason}, answered_by = ${answer.model},
          prompt_tokens = ${answer.promptTokens}::int, completion_tokens = ${answer.completionTokens}::int,
          cost = ${answer.cost}::numeric + coalesce(cost, 0)`,
        raw`reserved = reserved - ${call.mostCost}::numeric, spent = spent + ${answer.cost ?? 0}::numeric,
          prompt_tokens = prompt_tokens + ${answer.promptTokens ?? 0}::int,
          completion_tokens = completion_tokens + ${answer.completionTokens ?? 0}::int, answered = answered + 1,
          answered_ms = answered_ms + (extract(epoch from now() - held.asked_at) * 1000)::bigint`,
        UNANSWERED,
      ),

    complete: (call, parseMethod) =>
      settle(
        call,
        raw`status = 'completed', answer = null, ${UNLEASED}, parse_method = ${parseMethod}, ended_at = ${thisMoment}`,
        raw`successful = successful + 1`,
      ),

    fail: (call, failure, cost) => settle(call, failing(failure), failed(call, failure, cost)),

    drop: (call) =>
      settle(
        call,
        raw`status = 'cancelled', answer = null, ${UNLEASED}, ended_at = ${thisMoment}`,
        raw`cancelled = cancelled + 1`,
      ),

    askLater: (call, seconds, cost) => requeue(call, { seconds, cost }),
    pauseRun: (call, reason) => requeue(call, { seconds: 0, cost: 'nothing', uncounted: 1, pause: reason }),

    async reap({ all = false } = {}) {
      const isDead = raw`lease_id is not null and (leased_until <= now() or ${all}::bool)`
      const session = db.asSystem('generation.reap')
      const runs = await session.query(statement<{ run_id: string }>`
        select distinct run_id from generation_calls where ${isDead} limit ${literalInteger(REAPED_AT_ONCE)}`)
      for (const { run_id } of runs) await session.batch(...reaping(run_id, isDead))
      return runs.length
    },
  }
}

/** Runs whose calls are taken from dead workers at once. */
const REAPED_AT_ONCE = 100

/** The call of the run that has waited longest among those with room, and what it may cost is reserved. */
const claimWaiting = async (queries: Queries, leaseId: string): Promise<string | undefined> => {
  for (;;) {
    const [run] = await queries.query(statement<{ run_id: string }>`
      select run_id from generation_runs r
      where status in ('queued', 'processing') and not_before <= now()
        and exists (
          select from generation_calls c where c.run_id = r.run_id and c.status = 'queued' and c.not_before <= now())
        and concurrency > (
          select count(*) from generation_calls c where c.run_id = r.run_id and c.lease_id is not null)
      order by not_before limit 1 for no key update skip locked`)
    if (run === undefined) return undefined
    const callId = await claimOf(queries, run.run_id, leaseId)
    if (callId !== undefined) return callId
  }
}

/** Of a run that is locked: what other workers have done until then is seen from here on. */
const claimOf = async (queries: Queries, runId: string, leaseId: string): Promise<string | undefined> => {
  const [next] = await queries.query(statement<{
    call_id: string
    in_flight: number
    has_room: boolean
    fits: boolean
  }>`
    select c.call_id, in_flight, in_flight < r.concurrency as has_room,
      r.cost_cap is null or r.spent + r.reserved + r.uncertain + c.most_cost <= r.cost_cap as fits
    from generation_runs r
    join generation_calls c using (run_id)
    cross join lateral (
      select count(*)::int as in_flight from generation_calls f where f.run_id = r.run_id and f.lease_id is not null) flying
    where r.run_id = ${runId} and c.status = 'queued' and c.not_before <= now()
    order by c.position limit 1`)
  if (next?.has_room && next.fits) {
    await queries.batch(
      statement`
        update generation_calls set status = 'processing', lease_id = ${leaseId}, leased_until = ${LEASE},
          attempts = attempts + 1, tries = tries + 1, asked_at = ${thisMoment}
        where call_id = ${next.call_id}`,
      statement`
        update generation_runs r set status = 'processing', reserved = reserved + c.most_cost, not_before = now()
        from generation_calls c where r.run_id = ${runId} and c.call_id = ${next.call_id}`,
    )
    return next.call_id
  }
  const isStuck = next !== undefined && !next.fits && next.in_flight === 0
  await queries.batch(
    statement`
      update generation_runs
      set not_before = ${CAP_WAIT}, status = case when ${isStuck}::bool then 'paused' else status end,
        reason = case when ${isStuck}::bool then ${OVER_CAP} else reason end
      where run_id = ${runId}`,
    telling('changed', runId),
  )
  return undefined
}

interface LeasedRow {
  lease_id: string
  call_id: string
  run_id: string
  owner_id: string
  conversation_id: string
  tier: Tier
  model_choice: string
  model: string
  max_tokens: number
  prompt_price: number | null
  completion_price: number | null
  most_cost: number
  tries: number
  scaffolding: Scaffolding
  prompt: string
  temperature: number
  client_persona: string
  least_turns: number
  most_turns: number
  answer: string | null
  finish_reason: Answer['reason'] | null
  answered_by: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cost: number | null
}

const readLeased = async (queries: Queries, callId: string): Promise<LeasedCall> => {
  const [row] = await queries.query(statement<LeasedRow>`
    select c.lease_id, c.call_id, c.run_id, c.owner_id, c.conversation_id, r.tier, r.model_choice, r.model, r.max_tokens,
      r.prompt_price::float8, r.completion_price::float8, c.most_cost::float8, c.tries, e.scaffolding, e.prompt,
      e.temperature, e.client_persona, e.least_turns, e.most_turns, c.answer, c.finish_reason, c.answered_by,
      c.prompt_tokens, c.completion_tokens, c.cost::float8
    from generation_calls c join generation_runs r using (run_id) join generation_cells e using (run_id, cell)
    where c.call_id = ${callId}`)
  return toLeased(row!)
}

const toLeased = (row: LeasedRow): LeasedCall => ({
  leaseId: row.lease_id,
  id: row.call_id,
  runId: row.run_id,
  ownerId: row.owner_id,
  conversationId: row.conversation_id,
  tier: row.tier,
  choice: row.model_choice,
  model: row.model,
  maxTokens: row.max_tokens,
  prices: pricesOf(row),
  mostCost: row.most_cost,
  tries: row.tries,
  cell: {
    scaffolding: row.scaffolding,
    prompt: row.prompt,
    temperature: row.temperature,
    clientPersona: row.client_persona,
    turns: [row.least_turns, row.most_turns],
  },
  answer:
    row.answer === null
      ? undefined
      : {
          text: row.answer,
          reason: row.finish_reason!,
          model: row.answered_by!,
          promptTokens: row.prompt_tokens,
          completionTokens: row.completion_tokens,
          cost: row.cost,
        },
})

/** How a call that is asked again stands: with a cancelled run nothing is. */
const standing = (runId: string) =>
  raw`(select case status when 'cancelled' then 'cancelled' else 'queued' end from generation_runs where run_id = ${runId})`

/** What an attempt without an answer does to the costs of its run. */
const settledCost = ({ mostCost }: LeasedCall, cost: AttemptCost | undefined) =>
  raw`reserved = reserved - ${cost === undefined ? 0 : mostCost}::numeric,
    uncertain = uncertain + ${cost === 'unknown' ? mostCost : 0}::numeric`

const failing = ({ type, reason }: CallFailure) =>
  raw`status = 'failed', answer = null, ${UNLEASED}, failure_type = ${type}, failure_reason = ${reason},
    ended_at = ${thisMoment}`

const failed = (call: LeasedCall, { reason }: CallFailure, cost: AttemptCost | undefined) => {
  const stops = fragment(`r.on_error = 'stop' and r.status in ('queued', 'processing')`)
  return raw`failed = failed + 1, ${settledCost(call, cost)}, reason = case when ${stops} then ${reason} else reason end,
    ended_at = case when ${stops} then ${thisMoment} else ended_at end,
    status = case when ${stops} then 'failed' else r.status end`
}

/** What was answered waits for another worker; what was not is asked again, unless it was lost too often. */
const reaping = (runId: string, isDead: Fragment): [Statement, ...Statement[]] => [
  lockRun(runId),
  statement`
    update generation_calls set ${UNLEASED} where run_id = ${runId} and status = 'raw_stored' and ${isDead}`,
  statement`
    with lost as (
      update generation_calls c set ${UNLEASED}, not_before = now(),
        status = case
          when r.status = 'cancelled' then 'cancelled'
          when r.ask_again and c.tries < ${MAX_TRIES}::int then 'queued'
          else 'failed'
        end
      from generation_runs r
      where r.run_id = c.run_id and c.run_id = ${runId} and c.status = 'processing' and ${isDead}
      returning c.call_id, c.status, c.most_cost
    )
    update generation_runs r
    set reserved = r.reserved - lost.cost, uncertain = r.uncertain + lost.cost, failed = r.failed + lost.failed,
      cancelled = r.cancelled + lost.cancelled, not_before = now()
    from (
      select coalesce(sum(most_cost), 0) as cost, (count(*) filter (where status = 'failed'))::int as failed,
        (count(*) filter (where status = 'cancelled'))::int as cancelled
      from lost) as lost
    where run_id = ${runId}`,
  statement`
    update generation_calls set ended_at = ${thisMoment},
      failure_type = case status when 'failed' then 'api_error' end,
      failure_reason = case status when 'failed' then ${LOST} end
    where run_id = ${runId} and status in ('failed', 'cancelled') and ended_at is null`,
  endRun(runId),
  telling('queued', runId),
]
