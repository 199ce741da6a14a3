/** Messages in PostgreSQL; the only file of the slice with SQL. */
import { fragment, literalInteger, offsetOf, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { Message } from './message.ts'
import type { MessageStore } from './message-store.ts'

/** The columns that make a Message; `m` is the message. */
export const messageColumns = `m.message_id, m.conversation_id, m.owner_id, m.sender_id,
  (select name from users where user_id = m.sender_id) as sender_name, m.role, m.content, m.model, m.prompt_tokens,
  m.completion_tokens, m.status, m.metadata, m.created_at, m.updated_at`

export interface MessageRow {
  message_id: string
  conversation_id: string
  owner_id: string
  sender_id: string | null
  sender_name: string | null
  role: Message['role']
  content: string
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  status: Message['status']
  metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
}

export const toMessage = (row: MessageRow): Message => ({
  id: row.message_id,
  conversationId: row.conversation_id,
  ownerId: row.owner_id,
  senderId: row.sender_id,
  senderName: row.sender_name,
  role: row.role,
  content: row.content,
  model: row.model,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  status: row.status,
  metadata: row.metadata,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const columns = fragment(messageColumns)

export const pgMessageStore = (db: Database): MessageStore => ({
  async listBefore(actor, conversationId, { limit, before }) {
    const readable = statement<{ known: boolean }>`
      select ${before ?? null}::uuid is null or exists (
        select from messages where message_id = ${before ?? null}::uuid and conversation_id = ${conversationId}
      ) as known
      from conversations where conversation_id = ${conversationId}`
    const [conversations, rows] = await db.as(actor).batch(
      readable,
      before === undefined
        ? statement<MessageRow>`
            select ${columns} from messages m where m.conversation_id = ${conversationId}
            order by m.created_at desc, m.message_id desc limit ${literalInteger(limit)}`
        : statement<MessageRow>`
            select ${columns} from messages m where m.conversation_id = ${conversationId}
              and (m.created_at, m.message_id) < (
                (select created_at from messages where message_id = ${before}), ${before}::uuid)
            order by m.created_at desc, m.message_id desc limit ${literalInteger(limit)}`,
    )
    const [conversation] = conversations
    return {
      messages: rows.map(toMessage),
      isReadable: conversation !== undefined,
      isCursorKnown: conversation?.known === true,
    }
  },

  async listPage(actor, conversationId, { offset, limit }) {
    const [conversations, rows] = await db.as(actor).batch(
      statement<{ message_count: number }>`
        select message_count from conversations where conversation_id = ${conversationId}`,
      statement<MessageRow>`
        select ${columns} from messages m where m.conversation_id = ${conversationId}
        order by m.created_at, m.message_id ${offsetOf(offset)} limit ${literalInteger(limit)}`,
    )
    const [conversation] = conversations
    return conversation && { messages: rows.map(toMessage), total: conversation.message_count }
  },
})
