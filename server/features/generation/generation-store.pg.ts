/** Runs in PostgreSQL, for the persons whose they are. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Database, Statement } from '#kernel/database.ts'
import {
  callColumns,
  type CallRow,
  calls,
  lockRun,
  runColumns,
  type RunRow,
  telling,
  toCall,
  toRun,
} from './generation-row.pg.ts'
import type { GenerationStore, NewRun } from './generation-store.ts'

const nothing = fragment('')
const me = fragment('(select app_user())')

const one = (runId: string) => statement<RunRow>`select ${runColumns} from generation_runs where run_id = ${runId}`

export const pgGenerationStore = (db: Database): GenerationStore => {
  /** Locks the run, changes it, and says how it is afterwards. `ended`: the change was not one for it. */
  const change = async (
    actor: Actor,
    runId: string,
    ...changes: readonly [Statement<{ run_id: string }>, Statement?]
  ) => {
    const [, changed, , , [row]] = await db
      .as(actor)
      .batch(lockRun(runId), changes[0], changes[1] ?? statement`select`, telling('queued', runId), one(runId))
    if (row === undefined) return undefined
    return changed.length === 0 ? ('ended' as const) : toRun(row)
  }

  return {
    async create(actor, run, mostOpen) {
      const [[row]] = await db
        .as(actor)
        .batch(insertRun(run, mostOpen), insertCells(run), insertCalls(run), telling('queued', run.id))
      return row && toRun(row)
    },

    async find(actor, runId) {
      const [row] = await db.as(actor).query(one(runId))
      return row && toRun(row)
    },

    async list(actor, { limit, after }) {
      const rows = await db.as(actor).query(statement<RunRow>`
        select ${runColumns} from generation_runs
        where owner_id = ${me}
          ${after ? raw`and (created_at, run_id) < (${after.at}::timestamptz, ${after.id}::uuid)` : nothing}
        order by created_at desc, run_id desc limit ${literalInteger(limit)}`)
      return rows.map(toRun)
    },

    async listCalls(actor, runId, { limit, after, status }) {
      const [runs, rows] = await db.as(actor).batch(
        statement`select from generation_runs where run_id = ${runId}`,
        statement<CallRow>`
          select ${callColumns} from ${calls}
          where c.run_id = ${runId}
            ${after === undefined ? nothing : raw`and c.position > ${after}`}
            ${status === undefined ? nothing : raw`and c.status = ${status}`}
          order by c.position limit ${literalInteger(limit)}`,
      )
      return runs.length === 0 ? undefined : rows.map(toCall)
    },

    async listFailures(actor, { limit, after, type }) {
      const rows = await db.as(actor).query(statement<CallRow>`
        select ${callColumns} from ${calls}
        where c.owner_id = ${me} and c.status = 'failed'
          ${after ? raw`and (c.ended_at, c.call_id) < (${after.at}::timestamptz, ${after.id}::uuid)` : nothing}
          ${type === undefined ? nothing : raw`and c.failure_type = ${type}`}
        order by c.ended_at desc, c.call_id desc limit ${literalInteger(limit)}`)
      return rows.map(toCall)
    },

    pause: (actor, runId) =>
      change(
        actor,
        runId,
        statement`
          update generation_runs set status = 'paused', reason = case when status = 'paused' then reason end
          where run_id = ${runId} and status in ('queued', 'processing', 'paused') returning run_id`,
      ),

    resume: (actor, runId, { costCap }) =>
      change(
        actor,
        runId,
        statement`
          update generation_runs set reason = null, ended_at = null, not_before = now(),
            status = case when status in ('paused', 'failed') then 'queued' else status end,
            cost_cap = coalesce(${costCap ?? null}::numeric, cost_cap)
          where run_id = ${runId} and status in ('queued', 'processing', 'paused', 'failed')
            and successful + failed + cancelled < total returning run_id`,
      ),

    cancel: (actor, runId) =>
      change(
        actor,
        runId,
        statement`
          update generation_runs set status = 'cancelled', reason = null, ended_at = date_trunc('milliseconds', now()),
            cancelled = cancelled + (
              select count(*) from generation_calls where run_id = ${runId} and status = 'queued')
          where run_id = ${runId} and status in ('queued', 'processing', 'paused', 'failed')
            and successful + failed + cancelled < total returning run_id`,
        statement`
          update generation_calls set status = 'cancelled', ended_at = date_trunc('milliseconds', now())
          where run_id = ${runId} and status = 'queued'
            and exists (select from generation_runs where run_id = ${runId} and status = 'cancelled')`,
      ),

    async retry(actor, runId, callIds) {
      const run = await change(
        actor,
        runId,
        statement`
          with again as (
            update generation_calls
            set status = 'queued', tries = 0, not_before = now(), failure_type = null, failure_reason = null,
              parse_method = null, finish_reason = null, ended_at = null
            where run_id = ${runId} and status = 'failed'
              ${callIds === undefined ? nothing : raw`and call_id = any(${callIds}::uuid[])`}
            returning call_id
          )
          update generation_runs
          set status = 'queued', reason = null, ended_at = null, not_before = now(), failed = failed - again.total
          from (select count(*)::int as total from again) as again
          where run_id = ${runId} and again.total > 0 returning run_id`,
      )
      return run === 'ended' ? 'nothing' : run
    },

    async findRunOfFailure(actor, callId) {
      const [row] = await db
        .as(actor)
        .query(statement<{ run_id: string }>`select run_id from generation_calls where call_id = ${callId}`)
      return row?.run_id
    },
  }
}

const insertRun = (run: NewRun, mostOpen: number) => statement<RunRow>`
  insert into generation_runs (run_id, owner_id, tier, template_id, model_choice, model, temperature, max_tokens,
    concurrency, on_error, ask_again, prompt_price, completion_price, cost_cap, total, not_before, created_at)
  select ${run.id}, ${me}, ${run.tier}, ${run.templateId}::uuid, ${run.choice}, ${run.model}, ${run.temperature}::float8,
    ${run.maxTokens}::int, ${run.concurrency}::int, ${run.onError}, ${run.askAgain}::bool,
    ${run.prices?.prompt ?? null}::numeric, ${run.prices?.completion ?? null}::numeric, ${run.costCap}::numeric,
    ${run.calls.length}::int, now(), ${run.now}::timestamptz
  where ${mostOpen}::int > (
    select count(*) from generation_runs where owner_id = ${me} and status in ('queued', 'processing', 'paused'))
  returning ${runColumns}`

/** Of a run that was made by an earlier statement of the batch, or there is nothing to insert. */
const insertCells = ({ id, cells }: NewRun) => statement`
  insert into generation_cells (run_id, cell, owner_id, scaffolding, prompt, temperature, client_persona, least_turns, most_turns)
  select r.run_id, each.cell, r.owner_id, each.scaffolding, each.prompt, each.temperature, each.persona, each.least, each.most
  from generation_runs r, jsonb_to_recordset(${JSON.stringify(
    cells.map(({ scaffolding, prompt, temperature, clientPersona, turns: [least, most] }, cell) => {
      return { cell, scaffolding, prompt, temperature, persona: clientPersona, least, most }
    }),
  )}::jsonb) as each (cell int, scaffolding jsonb, prompt text, temperature float8, persona text, least int, most int)
  where r.run_id = ${id}`

const insertCalls = ({ id, calls }: NewRun) => statement`
  insert into generation_calls (call_id, run_id, owner_id, position, cell, conversation_id, most_cost, not_before)
  select each.id, r.run_id, r.owner_id, each.position, each.cell, each.conversation, each.most, now()
  from generation_runs r, jsonb_to_recordset(${JSON.stringify(
    calls.map((call, position) => {
      return { id: call.id, position, cell: call.cell, conversation: call.conversationId, most: call.mostCost }
    }),
  )}::jsonb) as each (id uuid, position int, cell int, conversation uuid, most numeric)
  where r.run_id = ${id}`
