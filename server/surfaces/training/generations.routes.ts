/** Runs that generate training conversations, what of them has failed, and one conversation while somebody waits. */
import * as contract from '#contract/training/index.ts'
import {
  type CheckedConversation,
  type GeneratedOne,
  type Generation,
  type GenerationCall,
  type GenerationRun,
  secondsLeft,
} from '../../features/generation/index.ts'
import { readCursor, unknownCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'
import { presentTraining } from './present.ts'

export interface GenerationRoutesNeeds {
  readonly generation: Pick<Generation, 'generations' | 'generateOne' | 'getValidationReport'>
}

export const registerGenerationRoutes = (serve: Serve, { generation }: GenerationRoutesNeeds): void => {
  const { generations, generateOne, getValidationReport } = generation

  serve(contract.createGeneration, async ({ actor, body }) => {
    const { run } = await generations.begin(actor, {
      cells: body.cells.map((cell) => ({
        personaId: cell.persona_id,
        arcId: cell.arc_id,
        topicId: cell.topic_id,
        count: cell.count,
      })),
      tier: body.tier,
      templateId: body.template_id,
      choice: body.model,
      temperature: body.temperature,
      maxTokens: body.max_tokens,
      concurrency: body.concurrency,
      onError: body.on_error,
      askAgain: body.ask_again,
      costCap: body.cost_cap,
      prices: body.prices,
    })
    return presentRun(run)
  })

  serve(contract.listGenerations, async ({ actor, query: { limit, cursor } }) => {
    const { items, next } = await generations.list(actor, { limit, after: readPlace(cursor) })
    return { generations: items.map(presentRun), next_cursor: next ? writeCursor(next) : null }
  })

  serve(contract.getGeneration, async ({ actor, params }) => presentRun(await generations.get(actor, params.id)))

  serve(contract.listGenerationCalls, async ({ actor, params, query: { limit, cursor, status } }) => {
    const after = cursor === undefined ? undefined : readPosition(cursor)
    const { items, next } = await generations.listCalls(actor, params.id, { limit, after, status })
    return { calls: items.map(presentCall), next_cursor: next === undefined ? null : String(next) }
  })

  serve(contract.pauseGeneration, async ({ actor, params }) => presentRun(await generations.pause(actor, params.id)))

  serve(contract.resumeGeneration, async ({ actor, params, body }) =>
    presentRun(await generations.resume(actor, params.id, { costCap: body.cost_cap })),
  )

  serve(contract.cancelGeneration, async ({ actor, params }) => presentRun(await generations.cancel(actor, params.id)))

  serve(contract.retryGeneration, async ({ actor, params, body }) =>
    presentRun(await generations.retry(actor, params.id, body.call_ids)),
  )

  serve(contract.listFailures, async ({ actor, query: { limit, cursor, failure_type: type } }) => {
    const { items, next } = await generations.listFailures(actor, { limit, after: readPlace(cursor), type })
    return { failures: items.map(presentCall), next_cursor: next ? writeCursor(next) : null }
  })

  serve(contract.retryFailure, async ({ actor, params }) =>
    presentRun(await generations.retryFailure(actor, params.id)),
  )

  serve(contract.generateConversation, async ({ actor, body }) =>
    presentOne(
      await generateOne(actor, {
        cells: [
          { personaId: body.persona_id, arcId: body.emotional_arc_id, topicId: body.training_topic_id, count: 1 },
        ],
        tier: body.tier,
        templateId: body.template_id,
        choice: body.model,
        temperature: body.temperature,
        maxTokens: body.max_tokens,
        concurrency: 1,
        onError: 'stop',
        askAgain: true,
      }),
    ),
  )

  serve(contract.getValidationReport, async ({ actor, params }) =>
    presentReport(await getValidationReport(actor, params.conversationId)),
  )
}

const presentRun = (run: GenerationRun): contract.GenerationRun => {
  const { total, successful, failed, cancelled, prices } = run
  const completed = successful + failed + cancelled
  const known = (dollars: number) => (prices === null ? null : dollars)
  return {
    id: run.id,
    status: run.status,
    reason: run.reason,
    tier: run.tier,
    template_id: run.templateId,
    model: run.choice,
    temperature: run.temperature,
    max_tokens: run.maxTokens,
    concurrency: run.concurrency,
    on_error: run.onError,
    ask_again: run.askAgain,
    progress: { total, completed, successful, failed, cancelled, percentage: Math.floor((completed / total) * 100) },
    spent: known(run.spent),
    reserved: known(run.reserved),
    uncertain: known(run.uncertain),
    cost_cap: run.costCap,
    prices: prices && { ...prices },
    prompt_tokens: run.promptTokens,
    completion_tokens: run.completionTokens,
    eta_seconds: secondsLeft(run) ?? null,
    created_at: run.createdAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
  }
}

const presentCall = (call: GenerationCall): contract.GenerationCall => ({
  id: call.id,
  run_id: call.runId,
  status: call.status,
  model: call.model,
  persona: madeOf(call.scaffolding.persona!),
  arc: madeOf(call.scaffolding.arc!),
  topic: madeOf(call.scaffolding.topic!),
  attempts: call.attempts,
  conversation_id: call.conversationId,
  has_raw: call.hasRaw,
  parse_method: call.parseMethod,
  failure: call.failure && { ...call.failure },
  prompt_tokens: call.promptTokens,
  completion_tokens: call.completionTokens,
  cost: call.cost,
  asked_at: call.askedAt?.toISOString() ?? null,
  ended_at: call.endedAt?.toISOString() ?? null,
})

/** Without what else a part carries. */
const madeOf = ({ id, key, name }: { readonly id: string; readonly key: string; readonly name: string }) => ({
  id,
  key,
  name,
})

const readPlace = (cursor: string | undefined) => (cursor === undefined ? undefined : readCursor(cursor))

const readPosition = (cursor: string): number => {
  if (!/^\d{1,4}$/.test(cursor)) throw unknownCursor()
  return Number(cursor)
}

const presentOne = ({ record, call, cell }: GeneratedOne): contract.GeneratedConversation => ({
  success: true,
  conversation_id: record.id,
  conversation: presentTraining(record),
  metadata: {
    generation_time_ms: call.endedAt!.getTime() - call.askedAt!.getTime(),
    token_count:
      call.promptTokens === null || call.completionTokens === null ? null : call.promptTokens + call.completionTokens,
    compatibility_score: cell.compatibility.confidence,
    compatibility_warnings: [...cell.compatibility.warnings],
    compatibility_suggestions: [...cell.compatibility.suggestions],
    template_used: cell.template.name,
    scaffolding: {
      persona_name: cell.persona.name,
      emotional_arc_name: cell.arc.name,
      training_topic_name: cell.topic.name,
    },
  },
  quality_metrics: { quality_score: record.qualityScore, turn_count: record.turnCount, status: record.status },
  cost: call.cost,
})

const presentReport = ({ record, stages, blockers, warnings }: CheckedConversation): contract.ValidationReport => ({
  conversation_id: record.id,
  processing_status: record.processingStatus,
  is_valid: record.processingStatus === 'completed',
  stages: stages.map((each) => ({ ...each })),
  blockers: [...blockers],
  warnings: [...warnings],
})
