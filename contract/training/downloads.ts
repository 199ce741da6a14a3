/** Downloads of training data by signed links, the log of what was done with it, and what that adds up to. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { isoTime, queryInteger, text, uuid } from '../shapes.ts'
import { compression, exportFileName, exportReply } from './exports.ts'

/** `final`: the three-part conversation.json. `raw`: the model's answer, byte for byte. */
export const downloadType = z.enum(['final', 'raw'])
export type DownloadType = z.output<typeof downloadType>

/** Contracts, 0.1: exactly these six fields. */
export const getDownload = endpoint({
  method: 'GET',
  path: '/api/conversations/{conversationId}/download',
  summary: 'A signed link to the file of a training conversation: anybody may follow it, for an hour',
  access: 'person',
  // Said back as it was spelled.
  params: z.strictObject({ conversationId: z.guid('must be a valid UUID') }),
  query: z.strictObject({ type: downloadType.default('final') }),
  reply: {
    status: 200,
    body: z.strictObject({
      conversation_id: z.guid(),
      download_url: z.url(),
      filename: z.string(),
      file_size: z.number().int().positive().nullable().describe('Bytes; null where nobody knows'),
      expires_at: isoTime,
      expires_in_seconds: z.literal(3600),
    }),
  },
  failures: [400, 403, 404, 429],
})

/** Many files at once are an export: it is asked for, and downloaded when it is ready, as all exports are. */
export const prepareDownloads = endpoint({
  method: 'POST',
  path: '/api/training/downloads',
  summary: 'Prepare one download of up to 500 conversations; it is an export, which says when it is ready',
  access: 'person',
  body: z.strictObject({
    conversation_ids: z
      .array(uuid)
      .min(1, 'must name at least one')
      .max(500, 'must be at most 500; make a dataset of more'),
    type: downloadType.default('final'),
    /** Of final files; raw ones stay what they are. */
    format: z.enum(['json', 'jsonl', 'csv', 'markdown']).default('json'),
    compression: compression.default('zip'),
    include_metadata: z.boolean().default(false),
    file_name: exportFileName.optional(),
  }),
  reply: { status: 202, body: exportReply },
  failures: [400, 404, 413, 415, 429],
})

/** Everything that can stand in the log. */
export const trainingAction = z.enum([
  'download',
  'download_raw',
  'download_export',
  'export',
  'generate',
  'take',
  'import',
  'edit',
  'restore',
  'redact',
  'score',
  'judge',
  'approve',
  'reject',
  'archive',
  'reopen',
  'change',
  'delete',
  'erase',
])
export type TrainingAction = z.output<typeof trainingAction>

const cursor = text(200)
const limit = queryInteger(1, 100).default(50)

export const listDownloads = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/downloads',
  summary: 'When a conversation was downloaded, newest first',
  access: 'person',
  params: z.strictObject({ conversationId: uuid }),
  query: z.strictObject({ cursor: cursor.optional(), limit }),
  reply: {
    status: 200,
    body: z.strictObject({
      download_count: z.number().int(),
      last_downloaded_at: isoTime.nullable(),
      downloads: z.array(
        z.strictObject({
          at: isoTime,
          type: downloadType,
          bytes: z.number().int().nullable(),
          error: z.string().nullable().describe('Why there was none; null where it went well'),
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400, 404],
})

const logFilter = {
  action: trainingAction.optional(),
  conversation_id: uuid.optional(),
  from: isoTime.optional(),
  to: isoTime.optional().describe('Before this moment'),
}

export const logEntry = z.strictObject({
  id: z.uuid(),
  at: isoTime,
  action: trainingAction,
  actor_id: z.guid().nullable().describe('Null where it was nobody, or somebody who has gone'),
  conversation_id: z.guid().nullable().describe('It may be gone'),
  bytes: z.number().int().nullable(),
  error: z.string().nullable().describe('Null where it went well'),
  details: z.record(z.string(), z.unknown()).nullable(),
})
export type LogEntry = z.output<typeof logEntry>

export const listLog = endpoint({
  method: 'GET',
  path: '/api/training/log',
  summary: 'What was done with your training data, newest first',
  access: 'person',
  query: z.strictObject({ ...logFilter, cursor: cursor.optional(), limit }),
  reply: {
    status: 200,
    body: z.strictObject({ entries: z.array(logEntry), next_cursor: z.string().nullable() }),
  },
  failures: [400],
})

export const readLogAsCsv = endpoint({
  method: 'GET',
  path: '/api/training/log.csv',
  summary: 'The same log as a CSV file (RFC 4180), as long as it is',
  access: 'person',
  query: z.strictObject(logFilter),
  reply: { status: 200, bytes: true },
  failures: [400],
})

const count = z.number().int().nonnegative()

/** All days are days of UTC. */
export const readAnalytics = endpoint({
  method: 'GET',
  path: '/api/training/analytics',
  summary: 'Downloads, failures, exports and bytes, day by day; 400 days at most, the last 30 unless it is said',
  access: 'person',
  query: z.strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
  reply: {
    status: 200,
    body: z.strictObject({
      from: z.iso.date(),
      to: z.iso.date().describe('The last day, which belongs to it'),
      totals: z.strictObject({
        downloads: count,
        failures: count,
        exports: count,
        bytes_linked: count,
        bytes_served: count,
      }),
      days: z
        .array(
          z.strictObject({
            date: z.iso.date(),
            downloads: count.describe('Links that were given out'),
            failures: count,
            exports: count,
            bytes_linked: count.describe('Size of what the links lead to'),
            bytes_served: count.describe('What left this server by links; not what S3 or a proxy sent'),
          }),
        )
        .max(400),
      failures: z.array(z.strictObject({ error: z.string(), count })),
      top_conversations: z
        .array(z.strictObject({ conversation_id: z.guid(), title: z.string().nullable(), downloads: count }))
        .max(10),
    }),
  },
  failures: [400],
})
