/** Conversations in PostgreSQL; the only file of the slice with SQL. */
import { fragment, literalInteger, offsetOf, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { branchTitle, type Conversation, type ConversationKind } from './conversation.ts'
import type { ConversationStore, NewBranch } from './conversation-store.ts'

/** The columns that make a Conversation; other slices' statements on the same table return them too. */
export const conversationColumns = `c.conversation_id, c.kind, c.owner_id, c.title, c.parent_id, c.message_count,
  c.last_message_at, c.preview, c.running_reply_id, c.created_at, c.updated_at, c.active_at`

export interface ConversationRow {
  conversation_id: string
  kind: ConversationKind
  owner_id: string
  title: string | null
  parent_id: string | null
  message_count: number
  last_message_at: Date | null
  preview: string | null
  running_reply_id: string | null
  created_at: Date
  updated_at: Date
  active_at: Date
}

export const toConversation = (row: ConversationRow): Conversation => ({
  id: row.conversation_id,
  kind: row.kind,
  ownerId: row.owner_id,
  title: row.title,
  parentId: row.parent_id,
  messageCount: row.message_count,
  lastMessageAt: row.last_message_at,
  preview: row.preview,
  isReplying: row.running_reply_id !== null,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  activeAt: row.active_at,
})

const columns = fragment(conversationColumns)
const me = fragment('(select app_user())')

export const pgConversationStore = (db: Database): ConversationStore => ({
  async find(actor, id) {
    const [row] = await db.as(actor).query(statement<ConversationRow>`
      select ${columns} from conversations c where c.conversation_id = ${id} and c.kind <> 'team'`)
    return row && toConversation(row)
  },

  async existsForAnybody(id, kind) {
    const rows = await db.asSystem('conversation.exists').query(statement`
      select from conversations where conversation_id = ${id} and kind = coalesce(${kind ?? null}, kind)`)
    return rows.length > 0
  },

  async listByCreation(actor, { offset, limit }) {
    const [rows, totals] = await db.as(actor).batch(
      statement<ConversationRow>`
        select ${columns} from conversations c
        where c.owner_id = ${me} and c.kind = 'assistant'
        order by c.created_at desc, c.conversation_id desc ${offsetOf(offset)} limit ${literalInteger(limit)}`,
      statement<{ total: number }>`
        select total from conversation_totals where owner_id = ${me} and kind = 'assistant'`,
    )
    return { items: rows.map(toConversation), total: totals[0]?.total ?? 0 }
  },

  async listByActivity(actor, { limit, after }) {
    const rows = await db.as(actor).query(
      after === undefined
        ? statement<ConversationRow>`
            select ${columns} from conversations c where c.owner_id = ${me} and c.kind = 'assistant'
            order by c.active_at desc, c.conversation_id desc limit ${literalInteger(limit)}`
        : statement<ConversationRow>`
            select ${columns} from conversations c where c.owner_id = ${me} and c.kind = 'assistant'
              and (c.active_at, c.conversation_id) < (${after.activeAt}::timestamptz, ${after.id}::uuid)
            order by c.active_at desc, c.conversation_id desc limit ${literalInteger(limit)}`,
    )
    return rows.map(toConversation)
  },

  async create(actor, { id, title, metadata, now }) {
    const [row] = await db.as(actor).query(statement<ConversationRow>`
      insert into conversations as c (conversation_id, kind, owner_id, title, metadata, created_at, updated_at, active_at)
      values (${id}, 'assistant', ${me}, ${title}, ${metadata}, ${now}, ${now}, ${now})
      returning ${columns}`)
    return toConversation(row!)
  },

  async rename(actor, id, title, now) {
    const [row] = await db.as(actor).query(statement<ConversationRow>`
      update conversations c set title = ${title}, updated_at = ${now}
      where c.conversation_id = ${id} and c.kind = 'assistant' returning ${columns}`)
    return row && toConversation(row)
  },

  async delete(actor, id) {
    const rows = await db.as(actor).query(statement`
      delete from conversations where conversation_id = ${id} and kind = 'assistant' returning conversation_id`)
    return rows.length > 0
  },

  branchWithMessages: (actor, branch) =>
    db.as(actor).transaction(async (queries) => {
      const parent = await countBranch(queries, branch)
      if (parent === undefined) return undefined
      const [row] = await queries.query(statement<ConversationRow>`
        with source as (
          select created_at, message_id from messages
          where message_id = ${branch.sourceMessageId} and conversation_id = ${branch.parentId}
        ), copied as materialized (
          select m.* from messages m, source
          where m.conversation_id = ${branch.parentId}
            and (m.created_at, m.message_id) <= (source.created_at, source.message_id)
        ), c as (
          insert into conversations (conversation_id, kind, owner_id, title, parent_id, message_count, last_message_at,
            preview, created_at, updated_at, active_at)
          select ${branch.id}, 'assistant', ${me}, ${parent.title}, ${branch.parentId}, count(*), max(created_at),
            (select left(content, 100) from copied where role = 'user' order by created_at desc, message_id desc limit 1),
            ${branch.now}, ${branch.now}, ${branch.now} from copied
          returning *
        ), filled as (
          insert into messages (message_id, conversation_id, owner_id, sender_id, role, content, model, prompt_tokens,
            completion_tokens, status, metadata, created_at, updated_at)
          select gen_random_uuid(), c.conversation_id, c.owner_id, m.sender_id, m.role, m.content, m.model,
            m.prompt_tokens, m.completion_tokens, m.status, m.metadata, m.created_at, m.updated_at
          from copied m, c
        )
        select ${columns} from c`)
      return toConversation(row!)
    }),

  branchWithSummary: (actor, branch) =>
    db.as(actor).transaction(async (queries) => {
      const parent = await countBranch(queries, branch)
      if (parent === undefined) return undefined
      const [row] = await queries.query(statement<ConversationRow>`
        with c as (
          insert into conversations (conversation_id, kind, owner_id, title, parent_id, message_count, last_message_at,
            created_at, updated_at, active_at)
          values (${branch.id}, 'assistant', ${me}, ${parent.title}, ${branch.parentId}, 1, ${branch.now},
            ${branch.now}, ${branch.now}, ${branch.now})
          returning *
        ), filled as (
          insert into messages (message_id, conversation_id, owner_id, role, content, created_at, updated_at)
          select ${branch.messageId}, conversation_id, owner_id, 'system', ${branch.summary}, created_at, created_at from c
        )
        select ${columns} from c`)
      return toConversation(row!)
    }),
})

/** Counts the new branch in its parent and says what it is called; undefined when the source is not there. */
const countBranch = async (
  queries: { query<Row>(statement: Statement<Row>): Promise<Row[]> },
  { parentId, sourceMessageId, now }: NewBranch,
): Promise<{ title: string } | undefined> => {
  const [parent] = await queries.query(statement<{ title: string | null; branch_count: number }>`
    update conversations set branch_count = branch_count + 1, updated_at = ${now}
    where conversation_id = ${parentId} and kind = 'assistant'
      and exists (select from messages where message_id = ${sourceMessageId} and conversation_id = ${parentId})
    returning title, branch_count`)
  return parent && { title: branchTitle(parent.title, parent.branch_count) }
}
