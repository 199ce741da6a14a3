/** Seed 2: the chat API under `/api/v1`, enveloped answers, cuid2-shaped ids. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import {
  filledText,
  isoTime,
  isStorableText,
  MAX_CONTENT,
  MAX_TITLE,
  NOT_STORABLE,
  queryInteger,
  text,
} from '../shapes.ts'

/** `c` and 25 base-36 digits: a UUID in this surface's spelling (decision 2). Both spellings are accepted. */
export const conversationId = z
  .string()
  .regex(/^(?:c[0-9a-z]{25}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/, 'must be a valid conversation id')

const cuid = z.string().regex(/^c[0-9a-z]{25}$/)

/** Free data of the caller: an object, at most 16 kB as JSON. */
export const metadata = z
  .record(z.string(), z.json(), { error: 'must be an object' })
  .refine((value) => JSON.stringify(value).length <= 16_384, 'must be at most 16384 characters as JSON')
  .refine(isStorableJson, NOT_STORABLE)

/** Whether all texts in it can be stored, keys too. */
function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorableJson(inner))
}

/** Every success under `/api/v1`. */
export const success = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({
    success: z.literal(true),
    data,
    timestamp: isoTime,
    statusCode: z.number().int(),
    requestId: z.string(),
  })

/** Every failure under `/api/v1`. */
export const failure = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z.strictObject({ errors: z.array(z.string()).optional() }),
  }),
  timestamp: isoTime,
  statusCode: z.number().int(),
  requestId: z.string(),
})

export const conversation = z.strictObject({
  id: cuid,
  userId: z.string(),
  title: z.string(),
  createdAt: isoTime,
  updatedAt: isoTime,
  lastMessageAt: isoTime.nullable(),
  messageCount: z.number().int().nonnegative(),
})

export const conversationListItem = z.strictObject({
  conversationId: cuid,
  messageCount: z.number().int().nonnegative(),
  lastMessageAt: isoTime.nullable(),
  preview: z.string().max(100),
})

export const message = z.strictObject({
  id: cuid,
  userId: z.string(),
  conversationId: cuid,
  role: z.enum(['USER', 'ASSISTANT', 'SYSTEM']),
  content: z.string(),
  createdAt: isoTime,
  metadata: z.record(z.string(), z.json()).nullable(),
})

/** What `data:` lines of the stream carry; events are unnamed and have an `id:` (decision 8). */
export const streamEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('connected'), conversationId: cuid, timestamp: isoTime }),
  z.strictObject({ type: z.literal('heartbeat'), timestamp: isoTime }),
  z.strictObject({
    type: z.literal('llm_chunk'),
    content: z.string(),
    metadata: z.strictObject({ messageId: cuid }),
    timestamp: isoTime,
  }),
  z.strictObject({
    type: z.literal('llm_complete'),
    content: z.string(),
    metadata: z.strictObject({
      messageId: cuid,
      model: z.string(),
      tokensUsed: z.number().int().nullable(),
      finishReason: z.enum(['stop', 'length', 'content-filter', 'other', 'stopped']),
    }),
    timestamp: isoTime,
  }),
  z.strictObject({ type: z.literal('error'), message: z.string(), code: z.string(), timestamp: isoTime }),
])

const ids = z.strictObject({ id: conversationId })

/** A request with a key may be sent again within 24 hours: it is carried out once and gets the same answer. */
const retryHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .describe(
      'Sent again within 24 hours, the same request with the same key is answered as before (`Idempotency-Replayed: true`) and not carried out again; another request with it is refused (409).',
    )
    .optional(),
})

export const createConversation = endpoint({
  method: 'POST',
  path: '/api/v1/chat/conversations',
  summary: 'Create a conversation, with or without a first message',
  access: 'person',
  headers: retryHeaders,
  body: z.strictObject({
    title: text(MAX_TITLE).optional(),
    initialMessage: filledText(MAX_CONTENT).optional(),
    metadata: metadata.optional(),
  }),
  reply: { status: 201, body: success(conversation) },
  failures: [400, 409, 413, 415, 429],
})

export const listConversations = endpoint({
  method: 'GET',
  path: '/api/v1/chat/conversations',
  summary: 'List your conversations, newest activity first',
  access: 'person',
  query: z.strictObject({
    limit: queryInteger(1, 1000).default(100),
    before: conversationId.optional(),
  }),
  reply: { status: 200, body: success(z.array(conversationListItem)) },
  failures: [400, 429],
})

export const readHistory = endpoint({
  method: 'GET',
  path: '/api/v1/chat/conversations/{id}/history',
  summary: 'Read the messages of a conversation, oldest first',
  access: 'person',
  params: ids,
  query: z.strictObject({
    limit: queryInteger(1, 100).default(50),
    before: conversationId.optional(),
  }),
  reply: { status: 200, body: success(z.array(message)) },
  failures: [400, 404, 429],
})

export const postMessage = endpoint({
  method: 'POST',
  path: '/api/v1/chat/conversations/{id}/messages',
  summary: 'Post a message; the reply arrives on the stream and is then stored',
  access: 'person',
  params: ids,
  headers: retryHeaders,
  body: z.strictObject({ content: filledText(MAX_CONTENT) }),
  reply: { status: 201, body: success(message) },
  failures: [400, 404, 409, 413, 415, 429],
})

export const streamConversation = endpoint({
  method: 'GET',
  path: '/api/v1/chat/conversations/{id}/stream',
  summary: 'Follow the replies of a conversation as server-sent events',
  access: 'person',
  params: ids,
  // A ticket carries the subject, which may have 255 characters of any writing.
  query: z.strictObject({ ticket: z.string().max(4096).optional(), lastEventId: z.string().max(100).optional() }),
  reply: { status: 200, body: streamEvent, stream: true },
  failures: [400, 404, 429],
})

export const createStreamTicket = endpoint({
  method: 'POST',
  path: '/api/v1/chat/conversations/{id}/stream-ticket',
  summary: 'Make a ticket that opens one stream within a minute, for clients that cannot send headers',
  access: 'person',
  params: ids,
  reply: { status: 201, body: success(z.strictObject({ ticket: z.string(), expiresAt: isoTime })) },
  failures: [400, 404, 429],
})

export const health = endpoint({
  method: 'GET',
  path: '/api/v1/health',
  summary: 'Whether the server answers',
  access: 'public',
  reply: {
    status: 200,
    body: success(z.strictObject({ status: z.literal('ok'), timestamp: isoTime, environment: z.string() })),
  },
  failures: [],
})

export const ready = endpoint({
  method: 'GET',
  path: '/api/v1/health/ready',
  summary: 'Whether the server can do its work',
  access: 'public',
  reply: {
    status: 200,
    body: success(
      z.strictObject({
        status: z.literal('ok'),
        timestamp: isoTime,
        environment: z.string(),
        checks: z.strictObject({ database: z.literal('ok'), redis: z.enum(['ok', 'not configured']) }),
      }),
    ),
  },
  failures: [503],
})
