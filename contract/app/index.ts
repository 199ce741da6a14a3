/** What the web app needs beyond the five seeds: camelCase, cursors, problem details on failure. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { personEvent } from '../messages/team.ts'
import { filledText, isoTime, MAX_CONTENT, MAX_MODEL, queryInteger, text, uuid } from '../shapes.ts'

/** RFC 9457, with the code of the error catalogue, whether a retry may help, and what was wrong where. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  retryable: z.boolean(),
  requestId: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
})
export type Problem = z.output<typeof problem>

/** What everybody may know before signing in. */
export const readSetup = endpoint({
  method: 'GET',
  path: '/api/app/setup',
  summary: 'What the sign-in page needs to know',
  access: 'public',
  reply: {
    status: 200,
    body: z.strictObject({ signup: z.enum(['open', 'invite', 'closed']), hasAccounts: z.boolean() }),
  },
  failures: [],
})

export const person = z.strictObject({
  id: z.uuid(),
  email: z.string().nullable(),
  name: z.string(),
  hasPassword: z.boolean(),
  hasApiKey: z.boolean(),
  defaultModel: z.string().nullable(),
})
export type Person = z.output<typeof person>

export const readMe = endpoint({
  method: 'GET',
  path: '/api/app/me',
  summary: 'Who you are, and what you have set',
  access: 'person',
  reply: { status: 200, body: person },
  failures: [],
})

export const updateMe = endpoint({
  method: 'PATCH',
  path: '/api/app/me',
  summary: 'Change your name or your default model',
  access: 'person',
  body: z.strictObject({ name: filledText(100).optional(), defaultModel: text(MAX_MODEL).nullable().optional() }),
  reply: { status: 200, body: person },
  failures: [400, 413, 415],
})

export const session = z.strictObject({
  id: z.uuid(),
  createdAt: isoTime,
  lastSeenAt: isoTime,
  userAgent: z.string(),
  current: z.boolean(),
})

export const listSessions = endpoint({
  method: 'GET',
  path: '/api/app/sessions',
  summary: 'The browsers in which you are signed in, newest first',
  access: 'person',
  reply: { status: 200, body: z.strictObject({ data: z.array(session).max(100) }) },
  failures: [],
})

export const revokeSession = endpoint({
  method: 'DELETE',
  path: '/api/app/sessions/{id}',
  summary: 'Sign one browser out',
  access: 'person',
  params: z.strictObject({ id: uuid }),
  reply: { status: 204 },
  failures: [400, 404],
})

export const revokeOtherSessions = endpoint({
  method: 'DELETE',
  path: '/api/app/sessions',
  summary: 'Sign every other browser out',
  access: 'person',
  reply: { status: 204 },
  failures: [],
})

export const accessToken = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  createdAt: isoTime,
  expiresAt: isoTime.nullable(),
  lastUsedAt: isoTime.nullable(),
})

export const listAccessTokens = endpoint({
  method: 'GET',
  path: '/api/app/access-tokens',
  summary: 'Your personal access tokens; the tokens themselves are never shown again',
  access: 'person',
  reply: { status: 200, body: z.strictObject({ data: z.array(accessToken).max(100) }) },
  failures: [],
})

export const createAccessToken = endpoint({
  method: 'POST',
  path: '/api/app/access-tokens',
  summary: 'Make a personal access token for scripts; it is shown once',
  access: 'person',
  body: z.strictObject({
    name: filledText(100),
    expiresInDays: z.number().int().min(1).max(3650).nullable().default(null),
  }),
  reply: { status: 201, body: accessToken.extend({ token: z.string() }) },
  failures: [400, 409, 413, 415],
})

export const revokeAccessToken = endpoint({
  method: 'DELETE',
  path: '/api/app/access-tokens/{id}',
  summary: 'Revoke a personal access token',
  access: 'person',
  params: z.strictObject({ id: uuid }),
  reply: { status: 204 },
  failures: [400, 404],
})

/** Where a model comes from: your own key, the operator's server, a server found on this computer, or built in. */
export const modelSource = z.enum(['openrouter', 'operator', 'local', 'demo'])

export const modelGroup = z.strictObject({
  source: modelSource,
  /** What the person reads above the group: `OpenRouter`, `Ollama on this computer`. */
  name: z.string(),
  models: z.array(
    z.strictObject({
      /** What a request names: `openrouter:google/gemini-flash-1.5`, `operator:llama3.2`, `local:ollama:llama3.2`, `demo`. */
      id: z.string(),
      name: z.string(),
      contextLength: z.number().int().nullable(),
      /** In US dollars per million tokens; null where the provider doesn't say, or charges for more than tokens. */
      prices: z.strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() }).nullable(),
    }),
  ),
  /** Why the list could not be read, as a sentence; null when it could. */
  problem: z.string().nullable(),
})
export type ModelGroup = z.output<typeof modelGroup>

export const listModels = endpoint({
  method: 'GET',
  path: '/api/app/models',
  summary: 'Every model you can choose, by where it comes from',
  access: 'person',
  reply: { status: 200, body: z.strictObject({ groups: z.array(modelGroup), defaultModel: z.string().nullable() }) },
  failures: [],
})

export const conversation = z.strictObject({
  id: z.uuid(),
  title: z.string().nullable(),
  /** The person's latest message, at most 100 characters. */
  preview: z.string().nullable(),
  parentId: z.uuid().nullable(),
  messageCount: z.number().int().nonnegative(),
  createdAt: isoTime,
  /** When something last happened in it; the list is ordered by this. */
  activeAt: isoTime,
  /** A reply is being written right now. */
  isReplying: z.boolean(),
})
export type Conversation = z.output<typeof conversation>

export const listConversations = endpoint({
  method: 'GET',
  path: '/api/app/conversations',
  summary: 'Your conversations, latest activity first',
  access: 'person',
  query: z.strictObject({ limit: queryInteger(1, 100).default(30), cursor: z.string().max(200).optional() }),
  reply: {
    status: 200,
    body: z.strictObject({ data: z.array(conversation), nextCursor: z.string().nullable() }),
  },
  failures: [400],
})

export const message = z.strictObject({
  id: z.uuid(),
  conversationId: z.uuid(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  /** The model that wrote it; null for people. */
  model: z.string().nullable(),
  promptTokens: z.number().int().nullable(),
  completionTokens: z.number().int().nullable(),
  /** `stopped` by the person, `interrupted` by a crash or a lost connection, `truncated` at the token limit. */
  status: z.enum(['complete', 'stopped', 'interrupted', 'truncated']),
  createdAt: isoTime,
})
export type Message = z.output<typeof message>

/** One answer of a model, being written or ended without a message. */
export const reply = z.strictObject({
  id: z.uuid(),
  /** The id that the assistant's message has, or will have once there is one. */
  messageId: z.uuid(),
  /** The person's message that it answers. */
  questionId: z.uuid(),
  model: z.string(),
  status: z.enum(['queued', 'running', 'complete', 'stopped', 'failed', 'interrupted']),
  /** Why it failed; null otherwise. */
  error: z.strictObject({ code: z.string(), message: z.string(), retryable: z.boolean() }).nullable(),
  startedAt: isoTime,
})
export type Reply = z.output<typeof reply>

const ids = z.strictObject({ id: uuid })

export const readConversation = endpoint({
  method: 'GET',
  path: '/api/app/conversations/{id}',
  summary: 'A conversation and the state of its latest reply',
  access: 'person',
  params: ids,
  reply: {
    status: 200,
    body: z.strictObject({
      conversation,
      latestReply: reply.nullable(),
      /** Where the stream goes on from this reading, as `lastEventId`: what happens between the two is not missed. */
      position: z.string(),
    }),
  },
  failures: [400, 404],
})

export const listMessages = endpoint({
  method: 'GET',
  path: '/api/app/conversations/{id}/messages',
  summary: 'Messages of a conversation, newest first; `before` pages back',
  access: 'person',
  params: ids,
  query: z.strictObject({ limit: queryInteger(1, 100).default(50), before: uuid.optional() }),
  reply: { status: 200, body: z.strictObject({ data: z.array(message), hasMore: z.boolean() }) },
  failures: [400, 404],
})

const prompt = z.strictObject({ content: filledText(MAX_CONTENT), model: filledText(MAX_MODEL) })
const postedMessage = z.strictObject({ conversation, message, reply })

export const createConversation = endpoint({
  method: 'POST',
  path: '/api/app/conversations',
  summary: 'Start a conversation with a first message; the reply arrives on its stream',
  access: 'person',
  body: prompt,
  reply: { status: 201, body: postedMessage },
  failures: [400, 413, 415],
})

export const postMessage = endpoint({
  method: 'POST',
  path: '/api/app/conversations/{id}/messages',
  summary: 'Post a message; the reply arrives on the stream',
  access: 'person',
  params: ids,
  body: prompt,
  reply: { status: 201, body: postedMessage },
  failures: [400, 404, 413, 415],
})

export const retryReply = endpoint({
  method: 'POST',
  path: '/api/app/conversations/{id}/replies',
  summary: 'Ask again for a reply to the latest message of yours',
  access: 'person',
  params: ids,
  body: z.strictObject({ model: filledText(MAX_MODEL) }),
  reply: { status: 201, body: z.strictObject({ reply }) },
  failures: [400, 404, 409, 413, 415],
})

export const stopReply = endpoint({
  method: 'DELETE',
  path: '/api/app/conversations/{id}/replies/current',
  summary: 'Stop the reply that is being written; what was written stays',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

/**
 * What `data:` lines of a conversation's stream carry. `id:` is a position: send the last one as `Last-Event-ID`
 * and the stream goes on without a gap or a repeat.
 */
export const streamEvent = z.discriminatedUnion('type', [
  /** The reader is attached. Everything that is being written right now follows from its start. */
  z.strictObject({ type: z.literal('connected'), timestamp: isoTime }),
  z.strictObject({ type: z.literal('heartbeat'), timestamp: isoTime }),
  z.strictObject({ type: z.literal('reply-started'), reply, timestamp: isoTime }),
  z.strictObject({
    type: z.literal('text-delta'),
    replyId: z.uuid(),
    /** Where `text` begins in the whole reply, in UTF-16 code units. */
    offset: z.number().int().nonnegative(),
    text: z.string(),
    timestamp: isoTime,
  }),
  /** Ended: with the stored message, or, where no text came, with the error only. */
  z.strictObject({ type: z.literal('reply-ended'), reply, message: message.nullable(), timestamp: isoTime }),
  /** Title, counts or the like changed: read the conversation again. */
  z.strictObject({ type: z.literal('conversation-changed'), timestamp: isoTime }),
])
export type StreamEvent = z.output<typeof streamEvent>

export const streamConversation = endpoint({
  method: 'GET',
  path: '/api/app/conversations/{id}/events',
  summary: 'Follow a conversation as server-sent events',
  access: 'person',
  params: ids,
  query: z.strictObject({ lastEventId: z.string().max(100).optional() }),
  reply: { status: 200, body: streamEvent, stream: true },
  failures: [400, 404],
})

/**
 * Everything that happens in a person's team conversations. `id:` is a position: send the last one as `Last-Event-ID` and
 * the stream goes on without a gap or a repeat; without one it starts now.
 */
export const streamEvents = endpoint({
  method: 'GET',
  path: '/api/app/events',
  summary: 'Follow all of your team conversations as server-sent events',
  access: 'person',
  query: z.strictObject({ lastEventId: z.string().max(100).optional() }),
  reply: { status: 200, body: personEvent, stream: true },
  failures: [400],
})
