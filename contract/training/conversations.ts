/** Training conversations: their records, what they say, their revisions and their review. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_CONTENT, MAX_MODEL, MAX_TITLE, queryInteger, text, uuid } from '../shapes.ts'
import { reviewStatus, selectionFilter } from './datasets.ts'

/** Most conversations that one bulk action names, or changes. */
export const MAX_BULK = 500

const conversationIds = z.strictObject({ conversationId: uuid })
const count = z.number().int().nonnegative()
/** 0 to 10. */
const score = z.number('must be a number').min(0, 'must be at least 0').max(10, 'must be at most 10')
const shownScore = z.number().nullable().describe('0 to 10')

export const conversationTier = z.enum(['template', 'scenario', 'edge_case'])
export type ReviewStatus = z.output<typeof reviewStatus>
export const conversationOrigin = z.enum(['generated', 'taken', 'imported'])
export const processingStatus = z.enum(['queued', 'processing', 'raw_stored', 'completed', 'failed', 'parse_failed'])

/** What a persona, an arc and a topic were when the conversation was made. */
const scaffold = z.strictObject({ id: z.string(), key: z.string(), name: z.string() }).nullable()

/** The conversation record of contracts 0.4. */
export const trainingConversation = z.strictObject({
  conversation_id: z.guid(),
  title: z.string(),
  origin: conversationOrigin,
  source_id: z.guid().nullable().describe('The real conversation that it was taken from, while that exists'),
  tier: conversationTier,
  persona: scaffold,
  emotional_arc: scaffold,
  training_topic: scaffold,
  template: z.strictObject({ id: z.string(), name: z.string(), version: z.number().int() }).nullable(),
  revision: count.describe('0 while it says nothing'),
  turn_count: count,
  token_count: count.describe('Estimated, in tokens of o200k_base'),
  quality_score: shownScore,
  empathy_score: shownScore,
  clarity_score: shownScore,
  appropriateness_score: shownScore,
  brand_voice_alignment: shownScore,
  status: reviewStatus,
  reviewed_by: z.guid().nullable(),
  reviewed_at: isoTime.nullable(),
  review_notes: z.string().nullable(),
  processing_status: processingStatus,
  storage_bucket: z.literal('conversation-files'),
  file_path: z.string().nullable(),
  file_size: count.nullable().describe('Bytes'),
  raw_response_path: z.string().nullable(),
  raw_response_size: count.nullable().describe('Bytes'),
  raw_stored_at: isoTime.nullable(),
  parse_method_used: z.enum(['direct', 'jsonrepair', 'manual']).nullable(),
  requires_manual_review: z.boolean(),
  model: z.string().nullable(),
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  cost: z.number().nullable().describe('US dollars'),
  download_count: count,
  last_downloaded_at: isoTime.nullable(),
  export_count: count,
  last_exported_at: isoTime.nullable(),
  created_by: z.guid(),
  created_at: isoTime,
  updated_at: isoTime,
})
export type TrainingConversation = z.output<typeof trainingConversation>

export const criteria = ['empathy', 'clarity', 'appropriateness', 'brand_voice'] as const
const shownScores = z.strictObject({
  empathy: score.optional(),
  clarity: score.optional(),
  appropriateness: score.optional(),
  brand_voice: score.optional(),
})

export const trainingTurn = z.strictObject({
  turn_number: count.describe('From 1; 0 is the system prompt'),
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().nullable().describe('Null only where a tool is called'),
  name: z.string().nullable(),
  tool_calls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })),
  tool_call_id: z.string().nullable(),
  train: z.boolean().describe('Whether something is to be learned from it'),
  emotional_context: z
    .strictObject({
      primary_emotion: z.string(),
      secondary_emotion: z.string().nullable(),
      intensity: z.number().describe('0 to 1'),
    })
    .nullable(),
  rejected: z.string().nullable().describe('What stood here before somebody wrote something better'),
  scores: shownScores,
  comment: z.string().nullable(),
})
export type TrainingTurn = z.output<typeof trainingTurn>

const turnsOfRevision = {
  conversation_id: z.guid(),
  revision: count,
  turns: z.array(trainingTurn),
}

const quality = z
  .string()
  .regex(/^\d{1,2}(?:\.\d{1,3})?$/, 'must be a number')
  .transform(Number)
  .refine((value) => value <= 10, 'must be at most 10')
  .meta({ type: 'number', minimum: 0, maximum: 10 })

export const trainingSort = z.enum(['created_at', 'quality_score', 'turn_count', 'title'])
export type TrainingSort = z.output<typeof trainingSort>

export const listTrainingConversations = endpoint({
  method: 'GET',
  path: '/api/training/conversations',
  summary: 'Your training conversations: filtered, searched and sorted, by cursor',
  access: 'person',
  query: z.strictObject({
    status: reviewStatus.optional(),
    tier: conversationTier.optional(),
    persona_key: text(100).optional(),
    arc_key: text(100).optional(),
    topic_key: text(100).optional(),
    quality_min: quality.optional(),
    quality_max: quality.optional(),
    origin: conversationOrigin.optional(),
    processing_status: processingStatus.optional(),
    requires_manual_review: z.enum(['true', 'false']).optional(),
    q: text(200).optional().describe('Words of the title and the turns; the last may be the beginning of one'),
    sort: trainingSort.default('created_at'),
    direction: z.enum(['asc', 'desc']).default('desc'),
    limit: queryInteger(1, 100).default(25),
    cursor: text(2000).optional().describe('`next_cursor` of a page of the same sort and direction'),
  }),
  reply: {
    status: 200,
    body: z.strictObject({
      conversations: z.array(trainingConversation).max(100),
      total: count.describe('How many pass the filters; counted to 10,000 where more than the status decides'),
      total_is_exact: z.boolean(),
      limit: count,
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400],
})

const total = {
  total: count,
  mean_quality: shownScore.describe('Of those that have a score; null where none has'),
}

export const readTrainingStats = endpoint({
  method: 'GET',
  path: '/api/training/stats',
  summary: 'How many training conversations you have, by status and tier, and how good they are',
  access: 'person',
  reply: {
    status: 200,
    body: z.strictObject({
      ...total,
      by_status: z.strictObject({ pending_review: count, approved: count, rejected: count, archived: count }),
      by_tier: z.strictObject({ template: count, scenario: count, edge_case: count }),
    }),
  },
  failures: [],
})

export const readTrainingConversation = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}',
  summary: 'A training conversation: its record, what it says, and what was done with it lately',
  access: 'person',
  params: conversationIds,
  reply: {
    status: 200,
    body: z.strictObject({
      conversation: trainingConversation,
      turns: z.array(trainingTurn),
      history: z
        .array(
          z.strictObject({
            at: isoTime,
            action: z.string(),
            actor_id: z.guid().nullable(),
            details: z.record(z.string(), z.unknown()).nullable(),
          }),
        )
        .max(50)
        .describe('The latest 50 changes and reviews, newest first; downloads have a list of their own'),
    }),
  },
  failures: [400, 404],
})

export const listTurns = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/turns',
  summary: 'What a training conversation says, now or at an earlier revision',
  access: 'person',
  params: conversationIds,
  query: z.strictObject({ revision: queryInteger(1, 999_999_999).optional() }),
  reply: { status: 200, body: z.strictObject(turnsOfRevision) },
  failures: [400, 404],
})

export const updateTrainingConversation = endpoint({
  method: 'PATCH',
  path: '/api/training/conversations/{conversationId}',
  summary: 'Give a training conversation another title or tier',
  access: 'person',
  params: conversationIds,
  body: z.strictObject({ title: filledText(MAX_TITLE).optional(), tier: conversationTier.optional() }),
  reply: { status: 200, body: trainingConversation },
  failures: [400, 404, 413, 415],
})

export const deleteTrainingConversation = endpoint({
  method: 'DELETE',
  path: '/api/training/conversations/{conversationId}',
  summary: 'Delete a training conversation with its revisions and files',
  access: 'person',
  params: conversationIds,
  reply: { status: 204 },
  failures: [400, 404],
})

const review = z.strictObject({
  conversation_id: z.guid(),
  status: reviewStatus,
  reviewed_by: z.guid().nullable(),
  reviewed_at: isoTime.nullable(),
  review_notes: z.string().nullable(),
})

export const readReviewStatus = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/status',
  summary: 'Whether a training conversation was approved, by whom and when',
  access: 'person',
  params: conversationIds,
  reply: { status: 200, body: review },
  failures: [400, 404],
})

const MAX_NOTES = 5_000
const notes = text(MAX_NOTES)

export const changeReviewStatus = endpoint({
  method: 'PATCH',
  path: '/api/training/conversations/{conversationId}/status',
  summary: 'Approve, reject with a reason, archive, or take up again',
  access: 'person',
  params: conversationIds,
  body: z
    .strictObject({ status: reviewStatus, review_notes: notes.nullable().optional() })
    .refine(({ status, review_notes }) => status !== 'rejected' || (review_notes ?? '').trim() !== '', {
      path: ['review_notes'],
      error: 'must say why it is rejected',
    }),
  reply: { status: 200, body: review },
  failures: [400, 404, 409, 413, 415],
})

export const changeTurn = endpoint({
  method: 'PATCH',
  path: '/api/training/conversations/{conversationId}/turns/{turnNumber}',
  summary:
    'Change what a turn says, whether it is learned from, its scores or its comment; an answer that is changed keeps what it said before as the rejected one',
  access: 'person',
  params: z.strictObject({ conversationId: uuid, turnNumber: queryInteger(0, 100_000) }),
  body: z.strictObject({
    revision: z.int('must be an integer').min(1).max(999_999_999).describe('The one that the change is made from'),
    content: filledText(MAX_CONTENT).optional(),
    train: z.boolean('must be a boolean').optional(),
    scores: z
      .strictObject({
        empathy: score.nullable().optional(),
        clarity: score.nullable().optional(),
        appropriateness: score.nullable().optional(),
        brand_voice: score.nullable().optional(),
      })
      .optional()
      .describe('Null removes one'),
    comment: notes.nullable().optional(),
  }),
  reply: { status: 200, body: z.strictObject({ ...turnsOfRevision, turns: z.array(trainingTurn).max(1) }) },
  failures: [400, 404, 409, 413, 415],
})

export const scoreConversation = endpoint({
  method: 'PATCH',
  path: '/api/training/conversations/{conversationId}/scores',
  summary: 'Score a whole training conversation by criterion, 0 to 10',
  access: 'person',
  params: conversationIds,
  body: shownScores,
  reply: { status: 200, body: trainingConversation },
  failures: [400, 404, 409, 413, 415],
})

export const judgeConversation = endpoint({
  method: 'POST',
  path: '/api/training/conversations/{conversationId}/judge',
  summary: 'Let a model score every answer and the whole conversation by criterion',
  access: 'person',
  params: conversationIds,
  body: z.strictObject({ model: filledText(MAX_MODEL).describe('A choice such as `openrouter:…` or `operator:…`') }),
  reply: {
    status: 200,
    body: z.strictObject({ conversation: trainingConversation, turns: z.array(trainingTurn) }),
  },
  failures: [400, 402, 404, 409, 413, 415, 502],
})

export const listRevisions = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/revisions',
  summary: 'When and why a training conversation was changed, newest first',
  access: 'person',
  params: conversationIds,
  query: z.strictObject({
    limit: queryInteger(1, 100).default(25),
    before: queryInteger(1, 999_999_999).optional().describe('Only revisions before this one'),
  }),
  reply: {
    status: 200,
    body: z.strictObject({
      revisions: z.array(
        z.strictObject({
          revision: count,
          reason: z.enum(['generated', 'taken', 'imported', 'edited', 'redacted', 'restored', 'erased']),
          changed_by: z.guid().nullable(),
          created_at: isoTime,
        }),
      ),
    }),
  },
  failures: [400, 404],
})

export const restoreRevision = endpoint({
  method: 'POST',
  path: '/api/training/conversations/{conversationId}/restore',
  summary: 'Let a training conversation say again what it said at an earlier revision',
  access: 'person',
  params: conversationIds,
  body: z.strictObject({ revision: z.int('must be an integer').min(1).max(999_999_999) }),
  reply: { status: 200, body: z.strictObject(turnsOfRevision) },
  failures: [400, 404, 409, 413, 415],
})

const bulkIds = z.array(uuid).min(1, 'must not be empty').max(MAX_BULK, `must be at most ${MAX_BULK}`)

export const changeManyConversations = endpoint({
  method: 'POST',
  path: '/api/training/conversations/bulk',
  summary:
    'Approve, reject, archive, delete or move to a tier: those that are named, or up to 500 of those that pass a filter',
  access: 'person',
  body: z
    .strictObject({
      action: z.enum(['approve', 'reject', 'archive', 'delete', 'set_tier']),
      ids: bulkIds.optional(),
      filter: selectionFilter.optional().describe('With ids: those of them that pass it'),
      reason: notes.optional().describe('Why they are rejected'),
      tier: conversationTier.optional(),
    })
    .superRefine(({ action, ids, filter, reason, tier }, { addIssue }) => {
      const wrong = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message })
      if (ids === undefined && filter === undefined) wrong('ids', 'must be given, or a filter')
      if (action === 'reject' && (reason ?? '').trim() === '') wrong('reason', 'must say why they are rejected')
      if (action === 'set_tier' && tier === undefined) wrong('tier', 'must be given')
    }),
  reply: {
    status: 200,
    body: z.strictObject({
      changed: count,
      unchanged: count.describe(
        'Named and not changed: as wished already, not passing the filter, or not to be approved without content',
      ),
      not_found: count,
      more: z.boolean().describe('By filter: there may be more; the same request goes on with them'),
    }),
  },
  failures: [400, 413, 415],
})

/** Most conversations that one request brings. */
export const MAX_IMPORT = 100

const title = filledText(MAX_TITLE).optional()
const said = text(MAX_CONTENT)

/** As OpenAI, TRL and most others write it; `weight` 0: read, but not learned from. */
const inMessages = z.strictObject({
  title,
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['system', 'user', 'assistant', 'tool']),
        content: said.nullable().optional(),
        name: text(64).optional(),
        tool_calls: z
          .array(
            z.strictObject({
              id: filledText(100),
              type: z.literal('function'),
              function: z.strictObject({ name: filledText(64), arguments: said }),
            }),
          )
          .max(100)
          .optional(),
        tool_call_id: text(100).optional(),
        weight: z.union([z.literal(0), z.literal(1)]).optional(),
      }),
    )
    .max(1000),
})

/** As ShareGPT writes it. */
const inShareGpt = z.strictObject({
  title,
  conversations: z
    .array(z.strictObject({ from: z.enum(['system', 'human', 'user', 'gpt', 'assistant']), value: said }))
    .max(1000),
})

export const importConversations = endpoint({
  method: 'POST',
  path: '/api/training/conversations/import',
  summary:
    'Bring up to 100 conversations that are there already, as messages or as ShareGPT; what can not be kept is named',
  access: 'person',
  body: z.strictObject({
    tier: conversationTier.default('template'),
    conversations: z
      .array(z.union([inMessages, inShareGpt]))
      .min(1, 'must not be empty')
      .max(MAX_IMPORT, `must be at most ${MAX_IMPORT}`),
  }),
  reply: {
    status: 201,
    body: z.strictObject({
      conversation_ids: z.array(z.guid()).max(MAX_IMPORT),
      refused: z.array(z.strictObject({ index: count.describe('From 0'), message: z.string() })).max(MAX_IMPORT),
    }),
  },
  failures: [400, 413, 415],
})

export const consultantProfile = z.strictObject({
  name: filledText(200),
  business: filledText(200),
  expertise: filledText(200),
  years_experience: z.int('must be an integer').min(0).max(100),
  principles: z.array(filledText(500)).max(5, 'must be at most 5'),
  tone: filledText(500),
  techniques: z.array(filledText(500)).max(20, 'must be at most 20'),
  avoid: z.array(filledText(500)).max(20, 'must be at most 20'),
})
export type ConsultantProfile = z.output<typeof consultantProfile>

export const readProfile = endpoint({
  method: 'GET',
  path: '/api/training/profile',
  summary: 'Whose voice the assistant has in your training files',
  access: 'person',
  reply: { status: 200, body: consultantProfile },
  failures: [],
})

export const saveProfile = endpoint({
  method: 'PUT',
  path: '/api/training/profile',
  summary: 'Say whose voice the assistant has; files say it from their next change on',
  access: 'person',
  body: consultantProfile,
  reply: { status: 200, body: consultantProfile },
  failures: [400, 413, 415],
})
