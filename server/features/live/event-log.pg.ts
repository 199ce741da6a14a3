/** The log of team events in PostgreSQL; the only file of the slice with SQL. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { type MessageRow, messageColumns, toMessage } from '../messages/index.ts'
import { type EventLog, type Happening, type LogEntry, READ_AT_ONCE } from './event-log.ts'
import type { Position } from './position.ts'

/** Columns that make a LogEntry, and where they come from; `e` is the event. */
const columns = fragment(`e.transaction::text::bigint as transaction, e.event_id, e.occurred_at, e.kind, e.person_id,
  e.conversation_id as event_conversation_id, e.message_id as event_message_id,
  membership.user_id is not null as is_member, ${messageColumns}`)
const joins = fragment(`
  left join messages m on e.kind in ('message-posted', 'message-changed') and m.message_id = e.message_id
    and m.deleted_at is null
  left join members membership on e.kind in ('conversation-changed', 'conversation-gone')
    and membership.conversation_id = e.conversation_id and membership.user_id = e.person_id
    and membership.left_at is null`)

interface EventRow {
  transaction: number
  event_id: number
  occurred_at: Date
  kind: string
  person_id: string | null
  event_conversation_id: string
  event_message_id: string | null
  is_member: boolean
}
/** Without a message all of its columns are null. */
type LogRow = EventRow & (MessageRow | { message_id: null })

const toEntry = (row: LogRow): LogEntry => {
  const isRoster = row.kind === 'conversation-changed' || row.kind === 'conversation-gone'
  const membership = isRoster && row.person_id !== null ? (row.is_member ? 'joined' : 'left') : null
  return {
    position: { transaction: row.transaction, eventId: row.event_id },
    at: row.occurred_at,
    conversationId: row.event_conversation_id,
    personId: row.person_id,
    membership,
    happening: happeningOf(row, membership),
  }
}

const happeningOf = (row: LogRow, membership: LogEntry['membership']): Happening | null => {
  const conversationId = row.event_conversation_id
  if (membership !== null) {
    return { type: membership === 'joined' ? 'conversation-changed' : 'conversation-gone', conversationId }
  }
  switch (row.kind) {
    case 'message-posted':
    case 'message-changed':
      return row.message_id === null ? null : { type: row.kind, message: toMessage(row) }
    case 'message-deleted':
    case 'star-changed':
      return { type: row.kind, conversationId, messageId: row.event_message_id! }
    case 'conversation-changed':
    case 'work-types-changed':
    case 'tasks-changed':
    case 'read-moved':
    case 'reply-started':
      return { type: row.kind, conversationId }
    default:
      return null
  }
}

const snapshot = fragment('pg_current_snapshot()')
/** Of the entry that is written where there is no other, so that every position is the position of an entry. */
const NOWHERE = '00000000-0000-0000-0000-000000000000'

const latest = fragment(
  'select transaction, event_id from team_events order by transaction desc, event_id desc limit 1',
)

export const pgEventLog = (db: Database): EventLog => ({
  async open() {
    const session = db.asSystem('live.open')
    await session.batch(
      // Of another cluster, from which the database was copied: here these transactions are yet to come.
      statement`delete from team_events where transaction >= pg_snapshot_xmax(${snapshot})`,
      statement`
        insert into team_events (conversation_id, kind)
        select ${NOWHERE}, 'log-begun' where not exists (select from team_events)`,
    )
    const [last] = await session.query(statement<{ transaction: number; event_id: number }>`
      select e.transaction::text::bigint as transaction, e.event_id from team_events e
      where e.transaction < pg_snapshot_xmin(${snapshot}) order by e.transaction desc, e.event_id desc limit 1`)
    // None: what there is can't be read yet.
    return { transaction: last?.transaction ?? 0, eventId: last?.event_id ?? 0 }
  },

  async readOn(after) {
    const rows = await db.asSystem('live.read').query(statement<{ has_more: boolean } & (LogRow | { event_id: null })>`
      select more.has_more, ${columns}
      from (
        select exists (
          select from team_events
          where transaction >= pg_snapshot_xmin(${snapshot}) and transaction < pg_snapshot_xmax(${snapshot})
        ) as has_more
      ) more
      left join lateral (
        select * from team_events
        where (transaction, event_id) > ${placeOf(after)} and transaction < pg_snapshot_xmin(${snapshot})
        order by transaction, event_id limit ${literalInteger(READ_AT_ONCE)}
      ) e on true ${joins}
      order by e.transaction, e.event_id`)
    return {
      entries: rows.flatMap((row) => (row.event_id === null ? [] : toEntry(row))),
      hasMore: rows[0]!.has_more,
    }
  },

  async joinAs(actor, missed) {
    const [conversations, rows] = await db
      .as(actor)
      .batch(
        statement<{ conversation_id: string }>`select conversation_id from my_team_conversations() conversation_id`,
        ...(missed === undefined ? [] : [missedEntries(missed)]),
      )
    return {
      conversationIds: conversations.map((row) => row.conversation_id),
      missed: (rows ?? []).map(toEntry),
    }
  },

  async knows(position) {
    const [row] = await db.asSystem('live.resume').query(statement<{ is_known: boolean }>`
      select ${String(position.transaction)}::xid8 < pg_snapshot_xmin(${snapshot}) and exists (
        select from team_events where (transaction, event_id) <= ${placeOf(position)}
      ) as is_known`)
    return row!.is_known
  },

  async findTypist(actor, conversationId) {
    const [row] = await db.as(actor).query(statement<{ name: string }>`
      select name from users
      where user_id = (select app_user()) and ${conversationId}::uuid in (select my_team_conversations())`)
    return row?.name
  },

  async sweep(ms) {
    const [row] = await db.asSystem('live.sweep').query(statement<{ removed: number }>`
      with gone as (
        delete from team_events
        where occurred_at < now() - ${ms}::float8 * interval '1 millisecond'
          and (transaction, event_id) < (${latest})
        returning 1
      )
      select count(*)::int as removed from gone`)
    return row!.removed
  },
})

const missedEntries = (missed: { after: Position; upTo: Position; limit: number }): Statement<LogRow> =>
  statement<LogRow>`
    select ${columns}
    from (
      select * from team_events
      where (transaction, event_id) > ${placeOf(missed.after)} and (transaction, event_id) <= ${placeOf(missed.upTo)}
      order by transaction, event_id limit ${literalInteger(missed.limit)}
    ) e ${joins}
    order by e.transaction, e.event_id`

const placeOf = ({ transaction, eventId }: Position) => raw`(${String(transaction)}::xid8, ${eventId}::bigint)`
