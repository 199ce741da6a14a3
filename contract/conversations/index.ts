/** Seed 4: conversations with a model under the person's own key, `{statusCode, message, errors?}` on failure. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_CONTENT, MAX_MODEL, MAX_TITLE, queryInteger, text, uuid } from '../shapes.ts'

export const failure = z.strictObject({
  statusCode: z.number().int(),
  message: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
})

export const conversation = z.strictObject({
  id: z.uuid(),
  title: z.string().nullable(),
  parent_conversation_id: z.uuid().nullable(),
  created_at: isoTime,
})

export const message = z.strictObject({
  id: z.uuid(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  model_name: z.string().optional(),
  prompt_tokens: z.number().int().optional(),
  completion_tokens: z.number().int().optional(),
  created_at: isoTime,
})

export const pagination = z.strictObject({
  page: z.number().int().positive(),
  pageSize: z.number().int().positive(),
  total: z.number().int().nonnegative(),
})

const page = queryInteger(1, 1_000_000)
const pageSize = queryInteger(1, 100)
const ids = z.strictObject({ id: uuid })

export const listConversations = endpoint({
  method: 'GET',
  path: '/api/conversations',
  summary: 'List your conversations, newest first',
  access: 'person',
  query: z.strictObject({ page: page.default(1), pageSize: pageSize.default(20) }),
  reply: { status: 200, body: z.strictObject({ data: z.array(conversation), pagination }) },
  failures: [400],
})

const prompt = z.strictObject({ content: filledText(MAX_CONTENT), model: filledText(MAX_MODEL) })

export const createConversation = endpoint({
  method: 'POST',
  path: '/api/conversations',
  summary: 'Create a conversation from its first message; the model answers before anything is stored',
  access: 'person',
  body: prompt,
  reply: { status: 201, body: z.strictObject({ conversation, messages: z.array(message).length(2) }) },
  failures: [400, 402, 413, 415, 502],
})

export const readConversation = endpoint({
  method: 'GET',
  path: '/api/conversations/{id}',
  summary: 'Read one conversation',
  access: 'person',
  params: ids,
  reply: { status: 200, body: conversation },
  failures: [400, 404],
})

export const renameConversation = endpoint({
  method: 'PATCH',
  path: '/api/conversations/{id}',
  summary: 'Give a conversation another title',
  access: 'person',
  params: ids,
  body: z.strictObject({ title: filledText(MAX_TITLE) }),
  reply: { status: 200, body: conversation },
  failures: [400, 404, 413, 415],
})

export const deleteConversation = endpoint({
  method: 'DELETE',
  path: '/api/conversations/{id}',
  summary: 'Delete a conversation with all of its messages',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

/** The paged shape of `GET /api/conversations/{id}/messages` (decision 3): oldest first. */
export const pagedMessages = {
  query: z.strictObject({ page: page.default(1), pageSize: pageSize.default(50) }),
  body: z.strictObject({ data: z.array(message), pagination }),
}

export const postMessage = endpoint({
  method: 'POST',
  path: '/api/conversations/{id}/messages',
  summary: 'Post a message and wait for the reply',
  access: 'person',
  params: ids,
  body: prompt,
  reply: { status: 201, body: z.array(message).length(2) },
  failures: [400, 402, 404, 413, 415, 502],
})

export const branchConversation = endpoint({
  method: 'POST',
  path: '/api/conversations/{id}/messages/{messageId}/branch',
  summary: 'Branch a conversation at a message: with its messages, or with a summary of them',
  access: 'person',
  params: z.strictObject({ id: uuid, messageId: uuid }),
  body: z.strictObject({ type: z.enum(['full', 'summary'], 'must be "full" or "summary"') }),
  reply: { status: 201, body: conversation },
  failures: [400, 402, 404, 413, 415, 502],
})

export const saveApiKey = endpoint({
  method: 'PUT',
  path: '/api/api-key',
  summary: 'Save your OpenRouter API key; it is encrypted and never returned',
  access: 'person',
  body: z.strictObject({
    apiKey: text(500).regex(/^sk-or-[\x21-\x7e]+$/, 'must start with "sk-or-"'),
  }),
  reply: { status: 200, body: z.strictObject({ success: z.literal(true), message: z.string() }) },
  failures: [400, 413, 415],
})

export const readApiKey = endpoint({
  method: 'GET',
  path: '/api/api-key',
  summary: 'Whether an API key is saved',
  access: 'person',
  reply: { status: 200, body: z.strictObject({ exists: z.boolean() }) },
  failures: [],
})

export const deleteApiKey = endpoint({
  method: 'DELETE',
  path: '/api/api-key',
  summary: 'Forget your API key',
  access: 'person',
  reply: { status: 204 },
  failures: [],
})

export const listModels = endpoint({
  method: 'GET',
  path: '/api/models',
  summary: 'List the models that your key or the operator offers',
  access: 'person',
  reply: {
    status: 200,
    body: z.strictObject({ data: z.array(z.strictObject({ id: z.string(), name: z.string() })) }),
  },
  failures: [400, 402, 502],
})

const email = z
  .string({ error: 'must be a string' })
  .trim()
  .max(254, 'must be at most 254 characters')
  .pipe(z.email('must be a valid e-mail address'))
  .meta({ format: 'email' })
const newPassword = text(200).min(8, 'must be at least 8 characters')
const user = z.strictObject({ id: z.uuid(), email: z.string().nullable() })

export const register = endpoint({
  method: 'POST',
  path: '/api/auth/register',
  summary: 'Make an account and sign in',
  access: 'public',
  body: z.strictObject({ email, password: newPassword }),
  reply: { status: 201, body: z.strictObject({ user }) },
  failures: [400, 403, 409, 413, 415, 429],
})

export const login = endpoint({
  method: 'POST',
  path: '/api/auth/login',
  summary: 'Sign in; the session is kept in a cookie',
  access: 'public',
  body: z.strictObject({ email, password: text(200) }),
  reply: { status: 200, body: z.strictObject({ user }) },
  failures: [400, 401, 413, 415, 429],
})

export const logout = endpoint({
  method: 'POST',
  path: '/api/auth/logout',
  summary: 'Sign out of this browser',
  access: 'public',
  reply: { status: 204 },
  failures: [],
})

export const readSession = endpoint({
  method: 'GET',
  path: '/api/auth/session',
  summary: 'Who is signed in, if anybody',
  access: 'public',
  reply: { status: 200, body: z.strictObject({ user: user.nullable() }) },
  failures: [],
})

export const updatePassword = endpoint({
  method: 'POST',
  path: '/api/auth/update-password',
  summary: 'Change your password; every other session ends',
  access: 'person',
  body: z.strictObject({ currentPassword: text(200), newPassword }),
  reply: { status: 200, body: z.strictObject({ success: z.literal(true), message: z.string() }) },
  failures: [400, 409, 413, 415, 429],
})
