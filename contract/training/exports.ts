/** Exports of training data: jobs that make files, which are kept for a day and downloaded by signed links. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { isoTime, queryInteger, text, uuid } from '../shapes.ts'
import { targetChoice, targetId } from './targets.ts'

const exportIds = z.strictObject({ export_id: uuid })

/** `expired`: its files are gone, because their day is over or because words in them were erased. */
export const exportStatus = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled', 'expired'])

/** `none`, `gzip`: each file by itself. `zip`: all of them in one, with a manifest. */
export const compression = z.enum(['none', 'gzip', 'zip'])

/** What an export may be called: the beginning of the names of its files. */
export const exportFileName = z
  .string({ error: 'must be a string' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 letters, digits, dots, hyphens and underscores')

/** A file that was made, before any compression. */
export const exportedFile = z.strictObject({
  /** Its path: in the ZIP, or of the download of that name. */
  name: z.string(),
  /** Null of files that are about the others, such as the manifest. */
  target: targetId.nullable(),
  split: z.enum(['train', 'validation', 'test']).nullable(),
  bytes: z.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  conversations: z.number().int(),
  /** Lines or rows: one conversation may be several. */
  rows: z.number().int(),
})

export const trainingExport = z.strictObject({
  export_id: z.uuid(),
  status: exportStatus,
  /** What is exported; the name as it was then. */
  scope: z.strictObject({
    name: z.string(),
    dataset_id: z.uuid().nullable(),
    version: z.number().int().nullable(),
    conversations: z.number().int(),
  }),
  /** Empty where stored files are exported as they are. */
  targets: z.array(targetChoice),
  /** The conversations' own files, one each: the final ones, or what the model answered. */
  stored: z.enum(['final', 'raw']).nullable(),
  compression,
  include_metadata: z.boolean(),
  progress: z.strictObject({ total: z.number().int(), processed: z.number().int(), percentage: z.number().int() }),
  files: z.array(exportedFile),
  /** Conversations that a target's trainer would not have taken, each once, by the first rule that it breaks. */
  dropped: z.array(z.strictObject({ target: targetId, rule: z.string(), conversations: z.number().int() })),
  /** What there is to download. */
  downloads: z.array(z.strictObject({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
  /** Rows that are no longer there, because somebody's words in them were erased. */
  erased: z.number().int(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  created_at: isoTime,
  started_at: isoTime.nullable(),
  completed_at: isoTime.nullable(),
  /** When its files are removed. */
  expires_at: isoTime.nullable(),
})
export type TrainingExport = z.output<typeof trainingExport>

const oneExport = z.strictObject({ success: z.literal(true), export: trainingExport })

/** What is said of an export that has just been asked for. */
export const exportReply = z.strictObject({
  success: z.literal(true),
  export_id: z.uuid(),
  status: exportStatus,
  export: trainingExport,
})

/** What is to be exported, and how; a version of a dataset, or up to 500 conversations. */
export const createExport = endpoint({
  method: 'POST',
  path: '/api/training/exports',
  summary: 'Make files of a version of a dataset, or of chosen conversations, for one or more trainers',
  access: 'person',
  body: z
    .strictObject({
      dataset_id: uuid.optional(),
      version: z.int('must be an integer').min(1, 'must be at least 1').max(2_147_483_647, 'is too large').optional(),
      conversation_ids: z
        .array(uuid)
        .min(1, 'must name at least one')
        .max(500, 'must be at most 500; make a dataset of more')
        .optional(),
      targets: z
        .array(targetChoice)
        .min(1, 'must name at least one')
        .max(13, 'must be at most 13')
        .refine(
          (targets) => new Set(targets.map(({ id }) => id)).size === targets.length,
          'must name each target once',
        ),
      compression: compression.default('zip'),
      include_metadata: z.boolean().default(false),
      file_name: exportFileName.optional(),
    })
    .refine(
      ({ dataset_id, version, conversation_ids }) =>
        conversation_ids === undefined
          ? dataset_id !== undefined && version !== undefined
          : dataset_id === undefined && version === undefined,
      'must have either dataset_id and version, or conversation_ids',
    ),
  reply: { status: 202, body: exportReply },
  failures: [400, 404, 429],
})

/** The latest first. */
export const listExports = endpoint({
  method: 'GET',
  path: '/api/training/exports',
  summary: 'Your exports, the latest first',
  access: 'person',
  query: z.strictObject({ cursor: text(200).optional(), limit: queryInteger(1, 100).default(25) }),
  reply: {
    status: 200,
    body: z.strictObject({
      success: z.literal(true),
      exports: z.array(trainingExport),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400],
})

export const getExport = endpoint({
  method: 'GET',
  path: '/api/training/exports/{export_id}',
  summary: 'How an export is getting on, and what it has made',
  access: 'person',
  params: exportIds,
  reply: { status: 200, body: oneExport },
  failures: [400, 404],
})

/** The link works any number of times until it expires: with the files, after a day. */
export const downloadExport = endpoint({
  method: 'GET',
  path: '/api/training/exports/{export_id}/download',
  summary: 'A link to what an export has made',
  access: 'person',
  params: exportIds,
  /** The name of one of its downloads; may be left out where there is one only. */
  query: z.strictObject({ file: text(300).optional() }),
  reply: {
    status: 200,
    body: z.strictObject({
      export_id: z.uuid(),
      download_url: z.string(),
      filename: z.string(),
      file_size: z.number().int(),
      sha256: z.string(),
      expires_at: isoTime,
    }),
  },
  failures: [400, 404, 409, 410, 425, 429],
})

/** Has no effect on what has ended. */
export const cancelExport = endpoint({
  method: 'POST',
  path: '/api/training/exports/{export_id}/cancel',
  summary: 'Stop an export that waits or is being made',
  access: 'person',
  params: exportIds,
  reply: { status: 200, body: oneExport },
  failures: [400, 404],
})

export const deleteExport = endpoint({
  method: 'DELETE',
  path: '/api/training/exports/{export_id}',
  summary: 'Remove an export and its files; one that is being made is stopped',
  access: 'person',
  params: exportIds,
  reply: { status: 204 },
  failures: [400, 404],
})
