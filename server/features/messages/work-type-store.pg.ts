/** Work types in PostgreSQL. Whatever changes them locks their conversation first, as `team-message-store.pg.ts` does. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { lockedTeam } from './team-message-store.pg.ts'
import { MAX_WORK_TYPES, type WorkType, type WorkTypeColor, workTypeKeyOf } from './work-type.ts'
import type { WorkTypeStore } from './work-type-store.ts'

interface WorkTypeRow {
  work_type_id: string
  name: string
  color: WorkTypeColor
}

const columns = fragment('w.work_type_id, w.name, w.color')

const toWorkType = (row: WorkTypeRow): WorkType => ({ id: row.work_type_id, name: row.name, color: row.color })

const one = (id: string) => statement<WorkTypeRow>`select ${columns} from work_types w where w.work_type_id = ${id}`

/** Locks the conversation of a work type. */
const lockedAround = (id: string): Statement => statement`
  select from conversations
  where conversation_id = (select conversation_id from work_types where work_type_id = ${id}) for no key update`

export const pgWorkTypeStore = (db: Database): WorkTypeStore => ({
  async list(actor, conversationId) {
    const [conversations, rows] = await db.as(actor).batch(
      statement`select from conversations where conversation_id = ${conversationId} and kind = 'team'`,
      statement<WorkTypeRow>`
        select ${columns} from work_types w where w.conversation_id = ${conversationId}
        limit ${literalInteger(MAX_WORK_TYPES)}`,
    )
    return conversations.length === 0 ? undefined : rows.map(toWorkType)
  },

  async create(actor, conversationId, { id, name, color, now }) {
    const [, [checks], [row]] = await db.as(actor).batch(
      lockedTeam(conversationId),
      statement<{ is_full: boolean }>`
        with checks as materialized (
          select conversation_id, (
            select count(*) >= ${literalInteger(MAX_WORK_TYPES)} from work_types w
            where w.conversation_id = c.conversation_id) as is_full
          from conversations c where conversation_id = ${conversationId} and kind = 'team'
        ), made as (
          insert into work_types (work_type_id, conversation_id, name, name_key, color, created_at)
          select ${id}, conversation_id, ${name}, ${workTypeKeyOf(name)}, ${color}, ${now} from checks where not is_full
          on conflict do nothing returning conversation_id
        )
        select is_full, (select note_team_event(conversation_id, 'work-types-changed') from made) as told from checks`,
      one(id),
    )
    if (row !== undefined) return toWorkType(row)
    return checks && (checks.is_full ? 'full' : 'taken')
  },

  async change(actor, id, { name = null, color = null }) {
    const nameKey = name === null ? null : workTypeKeyOf(name)
    const [, [checks], [row]] = await db.as(actor).batch(
      lockedAround(id),
      statement<{ is_taken: boolean }>`
        with checks as materialized (
          select w.work_type_id, exists (
            select from work_types other
            where other.conversation_id = w.conversation_id and other.name_key = ${nameKey}::text
              and other.work_type_id <> w.work_type_id) as is_taken
          from work_types w where w.work_type_id = ${id}
        ), changed as (
          update work_types w set name = coalesce(${name}, w.name), name_key = coalesce(${nameKey}, w.name_key),
            color = coalesce(${color}, w.color)
          from checks where w.work_type_id = checks.work_type_id and not is_taken returning w.conversation_id
        )
        select is_taken, (select note_team_event(conversation_id, 'work-types-changed') from changed) as told
        from checks`,
      one(id),
    )
    if (checks === undefined || row === undefined) return undefined
    return checks.is_taken ? 'taken' : toWorkType(row)
  },

  async delete(actor, id) {
    const [, , rows] = await db.as(actor).batch(
      lockedAround(id),
      // Not by the foreign key: what it does, it does in the name of the owner of the schema, who may tell nobody of it.
      statement`
        update messages m set work_type_id = null from work_types w
        where w.work_type_id = ${id} and m.conversation_id = w.conversation_id and m.work_type_id = w.work_type_id`,
      statement`
        with gone as (delete from work_types where work_type_id = ${id} returning conversation_id)
        select note_team_event(conversation_id, 'work-types-changed') from gone`,
    )
    return rows.length > 0
  },
})
