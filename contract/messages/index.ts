/** Seed 1: the message page of a conversation, newest first, problem details on failure. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { queryInteger, text, uuidV4 } from '../shapes.ts'
import { pagedMessages } from '../conversations/index.ts'
import { message } from './message.ts'

export * from './files.ts'
export * from './message.ts'
export * from './team.ts'
export * from './uploads.ts'

/** RFC 9457, with seed 1's types. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
})

export const messagePage = z.strictObject({
  data: z.array(message),
  hasMore: z.boolean(),
  oldestMessageId: z.uuid().optional(),
})

/** Seed 1's own query; `page` and `pageSize` select seed 4's shape instead (decision 3). */
export const cursorQuery = z.strictObject({
  limit: queryInteger(20, 100).default(50),
  before: uuidV4.optional(),
  workTypeId: text(100).optional(),
})

export const listMessages = endpoint({
  method: 'GET',
  path: '/api/conversations/{conversationId}/messages',
  summary: 'Read the messages of a conversation: newest first by cursor, or oldest first by page',
  access: 'person',
  params: z.strictObject({ conversationId: uuidV4 }),
  query: z.union([cursorQuery, pagedMessages.query]),
  reply: { status: 200, body: z.union([messagePage, pagedMessages.body]) },
  failures: [400, 403, 404],
})
