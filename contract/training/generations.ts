/** Runs that generate training conversations: one conversation, or many (contracts, 0.5 and 0.6). */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_MODEL, queryInteger, uuid } from '../shapes.ts'
import { conversationTier as tier, processingStatus, trainingConversation } from './conversations.ts'

/** Most conversations of one run. */
export const MAX_CALLS = 1000

const ids = z.strictObject({ id: uuid })
const cursor = z.string().max(200).optional()
const dollars = z.number().nonnegative()
const tokens = z.number().int().nonnegative()

/** In US dollars per million tokens. */
export const tokenPrices = z.strictObject({ prompt: dollars.max(10_000), completion: dollars.max(10_000) })
export type TokenPrices = z.output<typeof tokenPrices>

const temperature = z.number().min(0).max(1)
const maxTokens = z.int().min(100).max(8192)

/** So many conversations of one persona, arc and topic. */
export const generationCell = z.strictObject({
  persona_id: uuid,
  arc_id: uuid,
  topic_id: uuid,
  count: z.int().min(1).max(MAX_CALLS),
})
export type GenerationCell = z.output<typeof generationCell>

export const newGeneration = z.strictObject({
  cells: z
    .array(generationCell)
    .min(1)
    .max(MAX_CALLS)
    .refine((cells) => cells.reduce((sum, { count }) => sum + count, 0) <= MAX_CALLS, {
      error: `must be at most ${MAX_CALLS} conversations in all`,
    }),
  tier,
  /** None: the template of the tier that fits each arc best. */
  template_id: uuid.optional(),
  /** A choice such as `openrouter:…`, `operator:…`, `local:…`, or `demo`. */
  model: filledText(MAX_MODEL),
  /** None: what the topic asks for. */
  temperature: temperature.optional(),
  max_tokens: maxTokens.default(4096),
  /** How many conversations are written at once. */
  concurrency: z.int().min(1).max(10).default(3),
  /** Whether one that fails ends the run. */
  on_error: z.enum(['stop', 'continue']).default('continue'),
  /** In US dollars: the run asks for nothing that could cost more. Needs prices, unless the model costs nothing. */
  cost_cap: dollars.max(1_000_000).optional(),
  prices: tokenPrices.optional(),
  /** Whether a call whose answer was lost with a server is asked again; it may then be paid twice, within the cap. */
  ask_again: z.boolean().default(true),
})
export type NewGeneration = z.input<typeof newGeneration>

export const runStatus = z.enum(['queued', 'processing', 'paused', 'completed', 'failed', 'cancelled'])
export type RunStatus = z.output<typeof runStatus>

export const generationRun = z.strictObject({
  id: z.uuid(),
  status: runStatus,
  /** Why it was paused or has failed, as a sentence. */
  reason: z.string().nullable(),
  tier,
  template_id: z.uuid().nullable(),
  model: z.string(),
  temperature: temperature.nullable(),
  max_tokens: maxTokens,
  concurrency: z.int(),
  on_error: z.enum(['stop', 'continue']),
  ask_again: z.boolean(),
  progress: z.strictObject({
    total: tokens,
    /** Successful, failed and cancelled ones. */
    completed: tokens,
    successful: tokens,
    failed: tokens,
    cancelled: tokens,
    /** 0 to 100, rounded down. */
    percentage: z.int().min(0).max(100),
  }),
  /** In US dollars; null where prices are not known. */
  spent: dollars.nullable(),
  /** What calls in flight may cost at most. */
  reserved: dollars.nullable(),
  /** What calls whose answer was lost may have cost at most. It counts towards the cap. */
  uncertain: dollars.nullable(),
  cost_cap: dollars.nullable(),
  prices: tokenPrices.nullable(),
  prompt_tokens: tokens,
  completion_tokens: tokens,
  /** How long the rest will probably take, in seconds; null before the first is finished and where nothing is left. */
  eta_seconds: tokens.nullable(),
  created_at: isoTime,
  ended_at: isoTime.nullable(),
})
export type GenerationRun = z.output<typeof generationRun>

export const callStatus = z.enum(['queued', 'processing', 'raw_stored', 'completed', 'failed', 'cancelled'])
export type CallStatus = z.output<typeof callStatus>

export const failureType = z.enum(['truncation', 'parse_error', 'validation_error', 'api_error'])
export type FailureType = z.output<typeof failureType>

const madeOf = z.strictObject({ id: z.uuid(), key: z.string(), name: z.string() })

/** One conversation of a run. */
export const generationCall = z.strictObject({
  id: z.uuid(),
  run_id: z.uuid(),
  status: callStatus,
  model: z.string(),
  persona: madeOf,
  arc: madeOf,
  topic: madeOf,
  /** How often the model was asked. */
  attempts: tokens,
  /** Null before there is an answer. */
  conversation_id: z.uuid().nullable(),
  /** Whether the model's answer can be downloaded. */
  has_raw: z.boolean(),
  parse_method: z.enum(['direct', 'jsonrepair']).nullable(),
  failure: z.strictObject({ type: failureType, reason: z.string() }).nullable(),
  prompt_tokens: tokens.nullable(),
  completion_tokens: tokens.nullable(),
  cost: dollars.nullable(),
  asked_at: isoTime.nullable(),
  ended_at: isoTime.nullable(),
})
export type GenerationCall = z.output<typeof generationCall>

const page = z.strictObject({ limit: queryInteger(1, 100).default(25), cursor })

export const createGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations',
  summary: 'Generate training conversations in the background',
  access: 'person',
  body: newGeneration,
  reply: { status: 202, body: generationRun },
  failures: [400, 404, 409],
})

export const listGenerations = endpoint({
  method: 'GET',
  path: '/api/training/generations',
  summary: 'List runs, latest first',
  access: 'person',
  query: page,
  reply: {
    status: 200,
    body: z.strictObject({ generations: z.array(generationRun), next_cursor: z.string().nullable() }),
  },
  failures: [400],
})

export const getGeneration = endpoint({
  method: 'GET',
  path: '/api/training/generations/{id}',
  summary: 'See how far a run is and what it has cost',
  access: 'person',
  params: ids,
  reply: { status: 200, body: generationRun },
  failures: [400, 404],
})

export const listGenerationCalls = endpoint({
  method: 'GET',
  path: '/api/training/generations/{id}/calls',
  summary: 'List the conversations of a run in its order',
  access: 'person',
  params: ids,
  query: page.extend({ status: callStatus.optional() }),
  reply: { status: 200, body: z.strictObject({ calls: z.array(generationCall), next_cursor: z.string().nullable() }) },
  failures: [400, 404],
})

export const pauseGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations/{id}/pause',
  summary: 'Ask for nothing more; answers on their way are kept',
  access: 'person',
  params: ids,
  reply: { status: 200, body: generationRun },
  failures: [400, 404, 409],
})

export const resumeGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations/{id}/resume',
  summary: 'Go on with a run that was paused or has failed, with another cap where one is given',
  access: 'person',
  params: ids,
  body: z.strictObject({ cost_cap: dollars.max(1_000_000).optional() }),
  reply: { status: 200, body: generationRun },
  failures: [400, 404, 409],
})

export const cancelGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations/{id}/cancel',
  summary: 'End a run; answers on their way are kept',
  access: 'person',
  params: ids,
  reply: { status: 200, body: generationRun },
  failures: [400, 404, 409],
})

export const retryGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations/{id}/retry',
  summary: 'Ask again for conversations that have failed: all of the run, or those named',
  access: 'person',
  params: ids,
  body: z.strictObject({ call_ids: z.array(uuid).min(1).max(MAX_CALLS).optional() }),
  reply: { status: 202, body: generationRun },
  failures: [400, 404, 409],
})

export const listFailures = endpoint({
  method: 'GET',
  path: '/api/training/failures',
  summary: 'List what could not be generated, latest first',
  access: 'person',
  query: page.extend({ failure_type: failureType.optional() }),
  reply: {
    status: 200,
    body: z.strictObject({ failures: z.array(generationCall), next_cursor: z.string().nullable() }),
  },
  failures: [400],
})

export const retryFailure = endpoint({
  method: 'POST',
  path: '/api/training/failures/{id}/retry',
  summary: 'Ask again for one conversation that has failed',
  access: 'person',
  params: ids,
  reply: { status: 202, body: generationRun },
  failures: [400, 404, 409],
})

/** The contract's body; `model` is ours: none is the one that the person has chosen. */
export const newConversation = z.strictObject({
  persona_id: uuid,
  emotional_arc_id: uuid,
  training_topic_id: uuid,
  tier,
  template_id: uuid.optional(),
  model: filledText(MAX_MODEL).optional(),
  temperature: temperature.optional(),
  max_tokens: maxTokens.default(4096),
})

export const generatedConversation = z.strictObject({
  success: z.literal(true),
  conversation_id: z.uuid(),
  conversation: trainingConversation,
  metadata: z.strictObject({
    generation_time_ms: tokens,
    /** Of prompt and answer together, where the provider counts them. */
    token_count: tokens.nullable(),
    /** 0 to 1. */
    compatibility_score: z.number(),
    compatibility_warnings: z.array(z.string()),
    compatibility_suggestions: z.array(z.string()),
    template_used: z.string(),
    scaffolding: z.strictObject({
      persona_name: z.string(),
      emotional_arc_name: z.string(),
      training_topic_name: z.string(),
    }),
  }),
  quality_metrics: z.strictObject({
    quality_score: z.number().nullable(),
    turn_count: tokens,
    status: trainingConversation.shape.status,
  }),
  cost: dollars.nullable(),
})
export type GeneratedConversation = z.output<typeof generatedConversation>

export const generateConversation = endpoint({
  method: 'POST',
  path: '/api/training/conversations/generate',
  summary: 'Generate one conversation and wait for it, for two minutes at most',
  access: 'person',
  body: newConversation,
  reply: { status: 201, body: generatedConversation },
  failures: [400, 404, 409],
})

const remark = z.strictObject({
  rule: z.string(),
  /** Null where it is about the whole. */
  turn_number: z.int().nullable(),
  message: z.string(),
})

export const validationReport = z.strictObject({
  conversation_id: z.uuid(),
  processing_status: processingStatus,
  is_valid: z.boolean(),
  stages: z.array(
    z.strictObject({
      stage: z.enum(['raw_response', 'parsing', 'validation', 'final_file']),
      status: z.enum(['pending', 'in_progress', 'completed', 'failed']),
    }),
  ),
  /** With one of these there is no final file. */
  blockers: z.array(remark),
  warnings: z.array(remark),
})
export type ValidationReport = z.output<typeof validationReport>

export const getValidationReport = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/validation-report',
  summary: 'See which stages a conversation has passed and what was found',
  access: 'person',
  params: z.strictObject({ conversationId: uuid }),
  reply: { status: 200, body: validationReport },
  failures: [400, 404],
})
