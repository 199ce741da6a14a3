/** Messages in PostgreSQL: how they are read wherever there are conversations. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, offsetOf, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { Attachment, Message } from './message.ts'
import type { MessageStore, StarredMessage } from './message-store.ts'

/** The columns of `m`, a message, that make a Message, first those of its row; its sender's name is added by each statement. */
const plainColumns = `m.message_id, m.conversation_id, m.owner_id, m.sender_id, m.role, m.type, m.content, m.model,
  m.prompt_tokens, m.completion_tokens, m.status, m.metadata, m.created_at, m.updated_at, m.thread_id, m.reply_count,
  m.work_type_id, m.task_id, m.linked_task_count, m.pinned_at, m.edited_at`
const ownColumns = `${plainColumns},
  case when m.type in ('image', 'file') then (
    select json_agg(json_build_object('id', f.file_id, 'name', f.name, 'contentType', f.content_type,
      'category', f.category, 'size', f.size, 'uploadedAt', f.uploaded_at, 'width', f.width, 'height', f.height,
      'duration', f.duration_seconds) order by f.position, f.file_id)
    from files f where f.message_id = m.message_id) end as attachments`

/** The columns that make a Message, for statements that return one or a few; `m` is the message. */
export const messageColumns = `${ownColumns}, (select name from users where user_id = m.sender_id) as sender_name`

export interface MessageRow {
  message_id: string
  conversation_id: string
  owner_id: string | null
  sender_id: string | null
  sender_name: string | null
  role: Message['role']
  type: Message['type']
  content: string
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  status: Message['status']
  metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
  thread_id: string | null
  reply_count: number
  work_type_id: string | null
  task_id: string | null
  linked_task_count: number
  pinned_at: Date | null
  edited_at: Date | null
  attachments: (Omit<Attachment, 'uploadedAt'> & { uploadedAt: string })[] | null
}

export const toMessage = (row: MessageRow): Message => ({
  id: row.message_id,
  conversationId: row.conversation_id,
  ownerId: row.owner_id,
  senderId: row.sender_id,
  senderName: row.sender_name,
  role: row.role,
  type: row.role === 'system' ? 'system' : row.type,
  content: row.content,
  model: row.model,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  status: row.status,
  metadata: row.metadata,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  attachments: row.attachments?.map((file) => ({ ...file, uploadedAt: new Date(file.uploadedAt) })) ?? [],
  threadId: row.thread_id,
  replyCount: row.reply_count,
  workTypeId: row.work_type_id,
  taskId: row.task_id,
  linkedTaskCount: row.linked_task_count,
  pinnedAt: row.pinned_at,
  editedAt: row.edited_at,
})

/** What `listedMessages` takes besides its page. */
export interface Listing {
  /** By columns of `m`, which the page has, such as `m.created_at desc`. */
  readonly order: string
  /** What its rows have besides a Message, such as `, m.starred_at`. */
  readonly columns?: string
  /** Tables that `columns` are from, to be joined. */
  readonly joins?: string
  /** Further `with` queries for these, each beginning with a comma. */
  readonly queries?: string
}

/**
 * Messages that `page` finds; its rows are those of `messages`. Each sender's name is looked up once and not once a row:
 * that costs a look at the members of conversations where the sender is somebody else.
 */
export const listedMessages = <Row = MessageRow>(
  page: ReturnType<typeof raw>,
  { order, columns = '', joins = '', queries = '' }: Listing,
): Statement<Row> => statement<Row>`
  with m as materialized (${page}),
  senders as materialized (select user_id, name from users where user_id in (select sender_id from m))
  ${fragment(queries)}
  select ${fragment(ownColumns)}, senders.name as sender_name ${fragment(columns)}
  from m left join senders on senders.user_id = m.sender_id ${fragment(joins)}
  order by ${fragment(order)}`

/** The reader's star on `m`; what is left of a deleted message has none, nor have messages of a conversation with a model. */
export const starredAt = `case when m.owner_id is null and not (m.type = 'system' and m.content = '') then (
  select s.starred_at from stars s where s.message_id = m.message_id and s.user_id = (select app_user())) end`

const NEWEST_FIRST = 'm.created_at desc, m.message_id desc'
const OLDEST_FIRST = 'm.created_at, m.message_id'
const nothing = fragment('')
const me = fragment('(select app_user())')

/** Strictly older than the message `before`, which may have been deleted. */
const olderThan = (before: string | undefined) =>
  before === undefined
    ? nothing
    : raw`and (created_at, message_id) < ((select created_at from messages where message_id = ${before}), ${before}::uuid)`

/** Whether the actor may read the conversation, and whether `before` is of one of its messages. */
const reading = (conversationId: string, before: string | undefined, kinds: string) => statement<{ known: boolean }>`
  select ${
    before === undefined
      ? fragment('true')
      : raw`exists (select from messages where message_id = ${before} and conversation_id = ${conversationId})`
  } as known
  from conversations where conversation_id = ${conversationId} ${fragment(kinds)}`

export const pgMessageStore = (db: Database): MessageStore => ({
  async listBefore(actor, conversationId, { limit, before }) {
    const [[conversation], rows] = await db.as(actor).batch(
      reading(conversationId, before, `and kind = 'assistant'`),
      // Nobody but its owner and models speaks there, and nobody sends files: half the time of what any conversation may have.
      statement<MessageRow>`
        select ${fragment(plainColumns)}, null as attachments,
          case when m.sender_id is not null then (select name from users where user_id = ${me}) end as sender_name
        from messages m where conversation_id = ${conversationId} and owner_id = ${me} ${olderThan(before)}
        order by ${fragment(NEWEST_FIRST)} limit ${literalInteger(limit)}`,
    )
    return {
      messages: rows.map(toMessage),
      isReadable: conversation !== undefined,
      isCursorKnown: conversation?.known === true,
    }
  },

  async listSharedBefore(actor, conversationId, { limit, before, workTypeId }) {
    const tagged = workTypeId === undefined ? nothing : raw`and work_type_id = ${workTypeId}`
    const [[conversation], rows] = await db.as(actor).batch(
      reading(conversationId, before, ''),
      listedMessages<MessageRow & { starred_at: Date | null }>(
        raw`select * from messages
          where conversation_id = ${conversationId} and deleted_at is null ${tagged} ${olderThan(before)}
          order by created_at desc, message_id desc limit ${literalInteger(limit)}`,
        { order: NEWEST_FIRST, columns: `, ${starredAt} as starred_at` },
      ),
    )
    return {
      messages: rows.map((row): StarredMessage => ({ ...toMessage(row), starredAt: row.starred_at })),
      isReadable: conversation !== undefined,
      isCursorKnown: conversation?.known === true,
    }
  },

  async listPage(actor, conversationId, { offset, limit }) {
    const [[conversation], rows] = await db.as(actor).batch(
      statement<{ message_count: number }>`
        select message_count from conversations where conversation_id = ${conversationId}`,
      listedMessages(
        raw`select * from messages where conversation_id = ${conversationId} and deleted_at is null
          order by created_at, message_id ${offsetOf(offset)} limit ${literalInteger(limit)}`,
        { order: OLDEST_FIRST },
      ),
    )
    return conversation && { messages: rows.map(toMessage), total: conversation.message_count }
  },
})
