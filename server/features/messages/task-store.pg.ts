/** Tasks in PostgreSQL. Whatever changes them locks their conversation first, as `team-message-store.pg.ts` does. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { MAX_NAMED_LINKS, type Task, type TaskPerson, type TaskStatus } from './task.ts'
import type { NewTask, TaskChange, TaskPage, TaskStore } from './task-store.ts'
import { lockedTeam, standingMessage } from './team-message-store.pg.ts'

interface TaskRow {
  task_id: string
  conversation_id: string
  title: string
  status: TaskStatus
  assignee: TaskPerson | null
  due_on: string | null
  message_ids: string[]
  creator: TaskPerson | null
  created_at: Date
  done_at: Date | null
}

const personOf = (column: string) =>
  `(select json_build_object('id', u.user_id, 'name', u.name) from users u where u.user_id = ${column})`

const columns = fragment(`t.task_id, t.conversation_id, t.title, t.status, t.due_on, t.created_at,
  t.done_at, ${personOf('t.assignee_id')} as assignee, ${personOf('t.created_by')} as creator,
  array(
    select l.message_id from task_links l join messages m using (message_id) where l.task_id = t.task_id
    order by m.task_id is distinct from t.task_id, l.linked_at, l.message_id limit ${MAX_NAMED_LINKS}) as message_ids`)

const toTask = (row: TaskRow): Task => ({
  id: row.task_id,
  conversationId: row.conversation_id,
  title: row.title,
  status: row.status,
  assignee: row.assignee,
  dueOn: row.due_on,
  messageIds: row.message_ids,
  createdBy: row.creator,
  createdAt: row.created_at,
  doneAt: row.done_at,
})

const me = fragment('(select app_user())')
const nothing = fragment('')

const one = (id: string) => statement<TaskRow>`select ${columns} from tasks t where t.task_id = ${id}`

/** Locks the conversation of a task. */
const lockedAround = (id: string): Statement => statement`
  select from conversations
  where conversation_id = (select conversation_id from tasks where task_id = ${id}) for no key update`

/** Whether somebody can be given a task of the conversation; nobody always can. */
const isAssignable = (personId: string | null, conversation: string) => raw<boolean>`(
  ${personId}::uuid is null or exists (
    select from members
    where members.conversation_id = ${fragment(conversation)} and user_id = ${personId} and left_at is null))`

/** Tells the members, in the transaction of what `happened`: a query of the statement whose rows have the conversation. */
const told = (happened: string) =>
  fragment(`(select note_team_event(conversation_id, 'tasks-changed') from ${happened} limit 1) as told`)

export const pgTaskStore = (db: Database): TaskStore => ({
  async list(actor, conversationId, page) {
    const [conversations, rows] = await db
      .as(actor)
      .batch(
        statement`select from conversations where conversation_id = ${conversationId} and kind = 'team'`,
        listing(conversationId, page),
      )
    return conversations.length === 0 ? undefined : rows.map(toTask)
  },

  async create(actor, task) {
    const [, [checks], [row]] = await db.as(actor).batch(lockedTeam(task.conversationId), creating(task), one(task.id))
    if (row !== undefined) return toTask(row)
    if (checks === undefined) return undefined
    if (!checks.is_message_known) return 'unknown-message'
    return checks.is_made ? 'made' : 'stranger'
  },

  async change(actor, id, change) {
    const [, [checks], [row]] = await db.as(actor).batch(lockedAround(id), changing(id, change), one(id))
    if (checks === undefined || row === undefined) return undefined
    return checks.is_assignable ? toTask(row) : 'stranger'
  },

  async delete(actor, id) {
    const [, , rows] = await db.as(actor).batch(
      lockedAround(id),
      // Not by the foreign key: what it does, it does in the name of the owner of the schema, who may tell nobody of it.
      statement`
        update messages m set linked_task_count = linked_task_count - 1, task_id = nullif(m.task_id, ${id})
        from task_links l where l.task_id = ${id} and m.message_id = l.message_id`,
      statement`
        with gone as (delete from tasks where task_id = ${id} returning conversation_id)
        select note_team_event(conversation_id, 'tasks-changed') from gone`,
    )
    return rows.length > 0
  },

  async link(actor, id, messageId, now) {
    const [, [task]] = await db.as(actor).batch(
      lockedAround(id),
      statement<{ is_message_known: boolean; is_linked: boolean }>`
        with found as materialized (
          select t.task_id, t.conversation_id, m.message_id, exists (
            select from task_links l where l.task_id = t.task_id and l.message_id = ${messageId}) as is_linked
          from tasks t
          left join messages m on m.message_id = ${messageId} and m.conversation_id = t.conversation_id
            and ${standingMessage}
          where t.task_id = ${id}
        ), linked as (
          insert into task_links (task_id, message_id, conversation_id, linked_at)
          select task_id, message_id, conversation_id, ${now} from found where message_id is not null and not is_linked
          returning message_id, conversation_id
        ), counted as (
          update messages m set linked_task_count = linked_task_count + 1 from linked
          where m.message_id = linked.message_id
        )
        select message_id is not null as is_message_known, is_linked, ${told('linked')} from found`,
    )
    if (task === undefined) return 'unknown-task'
    if (!task.is_message_known) return 'unknown-message'
    return task.is_linked ? 'linked-before' : 'linked'
  },

  async unlink(actor, id, messageId) {
    const [, [task]] = await db.as(actor).batch(
      lockedAround(id),
      statement<{ is_message_known: boolean }>`
        with found as materialized (
          select t.task_id, m.message_id from tasks t
          left join messages m on m.message_id = ${messageId} and m.conversation_id = t.conversation_id
            and ${standingMessage}
          where t.task_id = ${id}
        ), unlinked as (
          delete from task_links l using found where l.task_id = found.task_id and l.message_id = found.message_id
          returning l.task_id, l.message_id, l.conversation_id
        ), counted as (
          update messages m set linked_task_count = linked_task_count - 1,
            task_id = nullif(m.task_id, unlinked.task_id)
          from unlinked where m.message_id = unlinked.message_id
        )
        select message_id is not null as is_message_known, ${told('unlinked')} from found`,
    )
    if (task === undefined) return 'unknown-task'
    return task.is_message_known ? 'unlinked' : 'unknown-message'
  },
})

const listing = (conversationId: string, { limit, after, status, messageId }: TaskPage) => statement<TaskRow>`
  select ${columns} from tasks t
  where t.conversation_id = ${conversationId}
    ${status === undefined ? nothing : raw`and t.status = ${status}`}
    ${
      messageId === undefined
        ? nothing
        : raw`and t.task_id in (select task_id from task_links where message_id = ${messageId})`
    }
    ${
      after === undefined
        ? nothing
        : raw`and (t.status, t.created_at, t.task_id) < (${after.status}, ${after.at}::timestamptz, ${after.id}::uuid)`
    }
  order by t.status desc, t.created_at desc, t.task_id desc limit ${literalInteger(limit)}`

interface CreatingChecks {
  is_message_known: boolean
  is_made: boolean
  is_assignable: boolean
}

/** The conversation must be locked by an earlier statement of the batch. */
const creating = (task: NewTask): Statement<CreatingChecks> => statement<CreatingChecks>`
  with checks as materialized (
    select c.conversation_id, m.message_id, ${task.messageId}::uuid is null or m.message_id is not null as is_message_known,
      m.task_id is not null as is_made, ${isAssignable(task.assigneeId, 'c.conversation_id')} as is_assignable
    from conversations c
    left join messages m on m.message_id = ${task.messageId} and m.conversation_id = c.conversation_id
      and ${standingMessage}
    where c.conversation_id = ${task.conversationId} and c.kind = 'team'
  ), made as (
    insert into tasks (task_id, conversation_id, title, status, assignee_id, due_on, created_by, created_at, updated_at)
    select ${task.id}, conversation_id, ${task.title}, 'open', ${task.assigneeId}, ${task.dueOn}, ${me}, ${task.now},
      ${task.now}
    from checks where is_message_known and not is_made and is_assignable returning task_id, conversation_id
  ), linked as (
    insert into task_links (task_id, message_id, conversation_id, linked_at)
    select made.task_id, checks.message_id, made.conversation_id, ${task.now} from made, checks
    where checks.message_id is not null
  ), marked as (
    update messages m set task_id = made.task_id, linked_task_count = linked_task_count + 1 from made, checks
    where m.message_id = checks.message_id
  )
  select is_message_known, is_made, is_assignable, ${told('made')} from checks`

/** The conversation must be locked by an earlier statement of the batch. */
const changing = (
  id: string,
  { title, assigneeId, dueOn, status, now }: TaskChange,
): Statement<{ is_assignable: boolean }> => statement<{ is_assignable: boolean }>`
  with checks as materialized (
    select t.task_id, ${isAssignable(assigneeId ?? null, 't.conversation_id')} as is_assignable
    from tasks t where t.task_id = ${id}
  ), changed as (
    update tasks t set
      title = coalesce(${title ?? null}, t.title),
      assignee_id = ${assigneeId === undefined ? fragment('t.assignee_id') : raw`${assigneeId}`},
      due_on = ${dueOn === undefined ? fragment('t.due_on') : raw`${dueOn}`},
      status = coalesce(${status ?? null}, t.status),
      done_at = case coalesce(${status ?? null}, t.status) when 'done' then coalesce(t.done_at, ${now}::timestamptz) end,
      updated_at = ${now}
    from checks where t.task_id = checks.task_id and is_assignable returning t.conversation_id
  )
  select is_assignable, ${told('changed')} from checks`
