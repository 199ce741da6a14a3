/** Rows for tests, in plain SQL: what a suite needs to exist before it begins. Knows the schema and no use case. */
import { createHash, randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Actor } from '#kernel/actor.ts'

/** A connection that may write everything: `TestDatabase.owner`. */
export type Owner = Pick<pg.ClientBase, 'query'>

const T0 = new Date('2026-01-02T03:04:05.678Z')

/** One row, its columns by their names; returns it. */
export const insertRow = async <Row extends object>(owner: Owner, table: string, row: Row): Promise<Row> => {
  const columns = Object.keys(row)
  const places = columns.map((_, index) => `$${index + 1}`)
  await owner.query(`insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`, Object.values(row))
  return row
}

export interface SeededPerson {
  readonly userId: string
  /** Acts without a revocable credential, as a verified JWT does. */
  readonly actor: Actor
}

export const seedPerson = async (
  owner: Owner,
  columns: { name?: string; email?: string } = {},
): Promise<SeededPerson> => {
  const userId = randomUUID()
  await insertRow(owner, 'users', {
    user_id: userId,
    name: 'Ada',
    email: `${userId}@example.test`,
    created_at: T0,
    ...columns,
  })
  return { userId, actor: { userId, subject: userId } }
}

const HOUR = 3_600_000

export interface SeededCredential {
  readonly id: string
  /** What the cookie or the header carries. */
  readonly secret: string
  /** Acts with this credential. */
  readonly actor: Actor
}

/** A browser session that was opened now and lasts an hour, unless `times` says otherwise. */
export const seedSession = async (
  owner: Owner,
  userId: string,
  times: { createdAt?: Date; lastSeenAt?: Date; expiresAt?: Date } = {},
): Promise<SeededCredential> => {
  const { createdAt = new Date(), lastSeenAt = createdAt, expiresAt = new Date(createdAt.getTime() + HOUR) } = times
  const { id, secret, hash } = newCredential()
  await insertRow(owner, 'sessions', {
    session_id: id,
    user_id: userId,
    token_hash: hash,
    user_agent: 'test',
    created_at: createdAt,
    last_seen_at: lastSeenAt,
    expires_at: expiresAt,
  })
  return { id, secret, actor: { userId, subject: userId, credential: { kind: 'session', hash } } }
}

/** A personal access token, without an end unless `expiresAt` is given. */
export const seedAccessToken = async (
  owner: Owner,
  userId: string,
  { expiresAt = null }: { expiresAt?: Date | null } = {},
): Promise<SeededCredential> => {
  const { id, secret, hash } = newCredential()
  await insertRow(owner, 'access_tokens', {
    access_token_id: id,
    user_id: userId,
    name: 'test',
    token_hash: hash,
    created_at: T0,
    expires_at: expiresAt,
  })
  return { id, secret, actor: { userId, subject: userId, credential: { kind: 'access_token', hash } } }
}

const newCredential = () => {
  const secret = randomUUID()
  return { id: randomUUID(), secret, hash: createHash('sha256').update(secret).digest() }
}

/** Returns its id. */
export const seedConversation = async (
  owner: Owner,
  ownerId: string,
  columns: { kind?: string; title?: string | null; metadata?: string; created_at?: Date; parent_id?: string } = {},
): Promise<string> => {
  const at = columns.created_at ?? T0
  const { conversation_id } = await insertRow(owner, 'conversations', {
    conversation_id: randomUUID(),
    kind: 'assistant',
    owner_id: ownerId,
    created_at: at,
    updated_at: at,
    active_at: at,
    ...columns,
  })
  return conversation_id
}

/** Returns its id. Counts on the conversation are left as they are. */
export const seedMessage = async (
  owner: Owner,
  conversation: { readonly conversationId: string; readonly ownerId: string },
  columns: { role?: 'user' | 'assistant' | 'system'; content?: string; created_at?: Date; model?: string } = {},
): Promise<string> => {
  const { role = 'user', created_at: at = T0 } = columns
  const { message_id } = await insertRow(owner, 'messages', {
    message_id: randomUUID(),
    conversation_id: conversation.conversationId,
    owner_id: conversation.ownerId,
    sender_id: role === 'user' ? conversation.ownerId : null,
    content: 'Hello.',
    updated_at: at,
    ...columns,
    role,
    created_at: at,
  })
  return message_id
}

/** Returns its id: a reply that some process is writing, unless `status` says otherwise. */
export const seedReply = async (
  owner: Owner,
  conversation: { readonly conversationId: string; readonly ownerId: string },
  columns: { status?: string; ordinal?: number; server_id?: string; message_id?: string; question_id?: string } = {},
): Promise<string> => {
  const { reply_id } = await insertRow(owner, 'replies', {
    reply_id: randomUUID(),
    conversation_id: conversation.conversationId,
    owner_id: conversation.ownerId,
    ordinal: 1,
    message_id: randomUUID(),
    question_id: randomUUID(),
    model: 'test-model',
    model_choice: 'openrouter:test/test-model',
    makes_title: false,
    status: 'running',
    created_at: T0,
    ...columns,
  })
  return reply_id
}
