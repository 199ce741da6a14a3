/** Targets: the ways in which training data is written down for trainers, and the report of what a trainer would not take. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { queryInteger, text, uuid } from '../shapes.ts'

export const targetId = z.enum([
  'training-file-v4',
  'openai-chat',
  'messages',
  'prompt-completion',
  'preference',
  'sharegpt',
  'alpaca',
  'axolotl',
  'llama-factory',
  'mistral',
  'csv',
  'parquet',
  'markdown',
])

/** What can be done with rows so that a trainer takes them. */
export const fixId = z.enum([
  'strip_special_tokens',
  'remove_tools',
  'remove_system',
  'move_system',
  'drop_leading_assistant',
  'merge_same_role',
  'drop_trailing_user',
  'expand_answers',
  'trust_weights',
])

const common = {
  fixes: z.array(fixId).max(9, 'must be at most 9').optional(),
  limit: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Tokens (estimated); longer conversations are left out, never cut'),
}
const metadata = z.boolean().optional().describe('Id, scaffolding and scores beside the conversation')
const toolArguments = z.enum(['text', 'object']).optional().describe('How arguments of tool calls are written')

const target = <Id extends z.output<typeof targetId>, Options extends z.ZodRawShape>(id: Id, options: Options) =>
  z.strictObject({
    id: z.literal(id),
    options: z.strictObject({ ...common, ...options }),
  })

/** A target, and what was chosen of it. */
export const targetChoice = z.discriminatedUnion('id', [
  target('training-file-v4', {}),
  target('openai-chat', { service: z.enum(['openai', 'azure', 'fireworks', 'together']).optional() }),
  target('messages', { arguments: toolArguments, metadata }),
  target('prompt-completion', { arguments: toolArguments, metadata }),
  target('preference', { names: z.enum(['openai', 'trl', 'axolotl']).optional(), arguments: toolArguments }),
  target('sharegpt', { roles: z.enum(['human_gpt', 'user_assistant']).optional(), metadata }),
  target('alpaca', { turns: z.enum(['history', 'expand', 'first', 'last']).optional() }),
  target('axolotl', { arguments: toolArguments, metadata }),
  target('llama-factory', { form: z.enum(['sharegpt', 'messages', 'alpaca', 'dpo']).optional() }),
  target('mistral', {}),
  target('csv', { rows: z.enum(['conversation', 'turn']).optional(), spreadsheet: z.boolean().optional() }),
  target('parquet', {}),
  target('markdown', { metadata }),
])
export type TargetChoice = z.output<typeof targetChoice>

/** What there is to choose of a target, and what each option is when it is not chosen. */
const targetOptions = z.strictObject({
  limit: z.int().optional(),
  metadata: z.boolean().optional(),
  service: z.string().optional(),
  arguments: z.string().optional(),
  names: z.string().optional(),
  roles: z.string().optional(),
  turns: z.string().optional(),
  form: z.string().optional(),
  rows: z.string().optional(),
  spreadsheet: z.boolean().optional(),
})

export const listTargets = endpoint({
  method: 'GET',
  path: '/api/training/targets',
  summary: 'The ways in which training data can be written down, whom each is for, and what it loses',
  access: 'public',
  reply: {
    status: 200,
    body: z.strictObject({
      success: z.literal(true),
      targets: z.array(
        z.strictObject({
          id: targetId,
          name: z.string(),
          description: z.string(),
          trainers: z.array(z.string()),
          loses: z.array(z.string()),
          defaults: targetOptions,
          fixes: z.array(z.strictObject({ id: fixId, description: z.string() })),
        }),
      ),
    }),
  },
  failures: [],
})

const count = z.int().nonnegative()

/** What a trainer does with rows that break a rule; of the first three kinds are those that exports leave out. */
export const effect = z
  .enum(['drops', 'stops', 'harms', 'changes', 'warns'])
  .describe(
    'drops: the trainer leaves the row out. stops: the trainer or service refuses the file. harms: it would learn what must not be ' +
      'learned. changes: something is lost or read differently. warns: the row is taken as it is',
  )

const brokenRule = z.strictObject({
  rule: z.string(),
  /** The rule as a sentence. */
  description: z.string(),
  effect,
  /** Conversations that break it. */
  conversations: count,
  /** What would do away with it; null where nothing that we can do would. */
  fix: z.strictObject({ id: fixId, description: z.string() }).nullable(),
  /** The first of them. */
  examples: z
    .array(
      z.strictObject({
        conversation_id: z.guid(),
        turn_number: count.nullable().describe('1 is the first message, the system message included; null: all of it'),
      }),
    )
    .max(20),
})

export const targetReport = z.strictObject({
  target: targetChoice,
  /** Conversations that were looked at. */
  conversations: count,
  /** Of them, in the file as they were meant; in it, though something is lost or read differently; and not in it. */
  intact: count,
  changed: count,
  left_out: count,
  /** Per split: an export without splits has all in `train`. */
  splits: z.array(
    z.strictObject({
      split: z.enum(['train', 'validation', 'test']),
      conversations: count,
      left_out: count,
      records: count,
    }),
  ),
  /** Answers of the assistant that are to be learned from, and those that are not, in what is not left out. */
  answers: z.strictObject({ trained: count, untrained: count }),
  /** Of the estimate; null where not every conversation has one. */
  tokens: count.nullable(),
  rules: z.array(brokenRule),
  /** What is wrong with a file as a whole: too few rows, or too many. */
  file_rules: z.array(
    z.strictObject({
      rule: z.string(),
      description: z.string(),
      effect,
      split: z.enum(['train', 'validation', 'test']),
      detail: z.string(),
    }),
  ),
  /** What a conversation has that this target cannot say. */
  loses: z.array(z.string()),
})
export type TargetReport = z.output<typeof targetReport>

/** While it is being made, ask again: the same question finds it. */
const reportReply = z.strictObject({
  success: z.literal(true),
  status: z.enum(['processing', 'completed']),
  progress: z.strictObject({ total: count, processed: count }),
  report: targetReport.nullable(),
})

const versionIds = z.strictObject({ dataset_id: uuid, version: queryInteger(1, 999_999_999) })

export const reportVersion = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/report',
  summary: 'What a target’s trainer would leave out or change of a version, and what can be done about it',
  access: 'person',
  params: versionIds,
  body: z.strictObject({ target: targetChoice }),
  reply: { status: 200, body: reportReply },
  failures: [400, 404, 409, 429],
})

const chosen = z.array(uuid).min(1, 'must name at least one').max(500, 'must be at most 500; make a dataset of more')

export const reportConversations = endpoint({
  method: 'POST',
  path: '/api/training/report',
  summary: 'The same report for up to 500 conversations',
  access: 'person',
  body: z.strictObject({ conversation_ids: chosen, target: targetChoice }),
  reply: { status: 200, body: reportReply },
  failures: [400, 429],
})

export const listBrokenRows = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/report/rows',
  summary:
    'Which conversations of a version break a rule of a target; a page may be short of its limit and still have a next one',
  access: 'person',
  params: versionIds,
  body: z.strictObject({
    target: targetChoice,
    rule: text(60),
    cursor: uuid.optional(),
    limit: z.int().min(1).max(100).default(50),
  }),
  reply: {
    status: 200,
    body: z.strictObject({
      success: z.literal(true),
      rows: z.array(
        z.strictObject({ conversation_id: z.guid(), title: z.string(), turn_number: count.nullable(), effect }),
      ),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400, 404, 409],
})

/** What a trainer is to be shown of one row, as the file would have it. */
export const previewRow = endpoint({
  method: 'POST',
  path: '/api/training/conversations/{conversationId}/preview',
  summary: 'One conversation as a target writes it, with what its trainer would say',
  access: 'person',
  params: z.strictObject({ conversationId: uuid }),
  body: z.strictObject({ target: targetChoice }),
  reply: {
    status: 200,
    body: z.strictObject({
      success: z.literal(true),
      /** As it is in the file; of Parquet, the row as JSON. */
      text: z.string(),
      findings: z.array(
        z.strictObject({
          rule: z.string(),
          description: z.string(),
          effect,
          turn_number: count.nullable(),
          fix: z.strictObject({ id: fixId, description: z.string() }).nullable(),
        }),
      ),
    }),
  },
  failures: [400, 404],
})
