/**
 * Messages of team conversations in PostgreSQL. Whatever changes more than one row locks the conversation first, in a
 * statement of its own, so that nobody waits in a circle and what comes after it sees all that was done before.
 */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { TeamMessage } from './message.ts'
import { listedMessages, type MessageRow, starredAt, toMessage } from './message-store.pg.ts'
import type { MarkPage, NewTeamMessage, Stretch, TeamMessageEdit, TeamMessageStore } from './team-message-store.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')

/** Whether a message is still there for people to do something with; `m` is the message. */
export const standingMessage = fragment(
  `m.owner_id is null and m.deleted_at is null and not (m.type = 'system' and m.content = '')`,
)

/** What the reader may do with the message `m`, `mine` being their membership. The one place with these rules. */
const mayEdit = `(m.type <> 'system' and m.sender_id is not distinct from (select app_user()))`
const mayDelete = `(m.type <> 'system' and (m.sender_id is not distinct from (select app_user())
  or mine.role in ('owner', 'admin') or (m.sender_id is null and mine.team_type = 'direct')))`

interface TeamMessageRow extends MessageRow {
  starred_at: Date | null
  mentions: { id: string; name: string }[] | null
  may_edit: boolean
  may_delete: boolean
}

const toTeamMessage = (row: TeamMessageRow): TeamMessage => ({
  ...toMessage(row),
  starredAt: row.starred_at,
  mentions: row.mentions ?? [],
  can: { edit: row.may_edit, delete: row.may_delete },
})

/** Messages of team conversations as the actor sees them; `page` finds rows of `messages`. */
const listed = <Row = TeamMessageRow>(page: ReturnType<typeof raw>, order: string, columns = ''): Statement<Row> =>
  listedMessages<Row>(page, {
    order,
    queries: `, mine as materialized (
      select conversation_id, role, team_type from members join conversations using (conversation_id)
      where user_id = (select app_user()) and left_at is null
        and conversation_id in (select conversation_id from m))`,
    joins: 'join mine on mine.conversation_id = m.conversation_id',
    columns: `, ${starredAt} as starred_at, ${mayEdit} as may_edit, ${mayDelete} as may_delete,
      (select json_agg(json_build_object('id', u.user_id, 'name', u.name) order by u.name, u.user_id)
        from mentions n join users u using (user_id) where n.message_id = m.message_id) as mentions ${columns}`,
  })

const one = (id: string) =>
  listed(
    raw`select * from messages where message_id = ${id} and owner_id is null and deleted_at is null`,
    'm.message_id',
  )

/** Locks a team conversation; first of a batch. */
export const lockedTeam = (conversationId: string): Statement => statement`
  select from conversations where conversation_id = ${conversationId} and kind = 'team' for no key update`

/** Locks the conversation of a message. */
const lockedAround = (messageId: string): Statement => statement`
  select from conversations
  where conversation_id = (select conversation_id from messages where message_id = ${messageId} and owner_id is null)
  for no key update`

/** Those of some people who are no members, as an array. */
const strangersAmong = (personIds: readonly string[], conversation: string) => raw`array(
  select person from unnest(${personIds}::uuid[]) person where not exists (
    select from members
    where members.conversation_id = ${fragment(conversation)} and user_id = person and left_at is null))`

/** What lists of conversations show of the latest message of a person, without the one that goes. */
const previewWithout = (message: string) =>
  fragment(`(
  select coalesce(nullif(left(p.content, 100), ''), (
    select left(f.name, 100) from files f where f.message_id = p.message_id order by f.position limit 1))
  from messages p
  where p.conversation_id = ${message}.conversation_id and p.role = 'user' and p.deleted_at is null
    and p.message_id <> ${message}.message_id
  order by p.created_at desc, p.message_id desc limit 1)`)

export const pgTeamMessageStore = (db: Database): TeamMessageStore => ({
  async list(actor, conversationId, stretch) {
    const { cursor, threadId } = stretch
    const [[conversation], rows] = await db.as(actor).batch(
      statement<{ is_cursor_known: boolean; is_thread_known: boolean }>`
        select ${isMessageOf(conversationId, cursor?.messageId)} as is_cursor_known,
          ${isMessageOf(conversationId, threadId, raw`and thread_id is null`)} as is_thread_known
        from conversations where conversation_id = ${conversationId} and kind = 'team'`,
      listed<TeamMessageRow & { is_older: boolean }>(
        stretchOf(conversationId, stretch),
        'm.created_at, m.message_id',
        ', m.is_older',
      ),
    )
    const half = (isOlder: boolean) => rows.filter((row) => row.is_older === isOlder).map(toTeamMessage)
    return {
      older: half(true),
      newer: half(false),
      isReadable: conversation !== undefined,
      isCursorKnown: conversation?.is_cursor_known === true,
      isThreadKnown: conversation?.is_thread_known === true,
    }
  },

  async find(actor, id) {
    const [row] = await db.as(actor).query(one(id))
    return row && toTeamMessage(row)
  },

  async post(actor, message) {
    const { id, conversationId } = message
    const [, [checks], [row]] = await db.as(actor).batch(
      lockedTeam(conversationId),
      posting(message),
      listed(
        raw`select * from messages where message_id = ${id} and conversation_id = ${conversationId}
            and sender_id = ${me} and deleted_at is null`,
        'm.message_id',
      ),
    )
    if (row !== undefined) return toTeamMessage(row)
    if (checks === undefined) return { refused: 'unreadable' }
    if (!checks.is_thread_known) return { refused: 'unknown-thread' }
    if (!checks.is_work_type_known) return { refused: 'unknown-work-type' }
    if (!checks.are_files_known) return { refused: 'unknown-files' }
    if (checks.strangers.length > 0) return { refused: 'strangers', personIds: checks.strangers }
    return { refused: 'taken-id' }
  },

  async edit(actor, edit) {
    const [, [checks], [row]] = await db.as(actor).batch(lockedAround(edit.id), editing(edit), one(edit.id))
    if (checks === undefined || row === undefined) return { refused: 'unreadable' }
    if (!checks.may_edit) return { refused: 'forbidden' }
    if (checks.strangers.length > 0) return { refused: 'strangers', personIds: checks.strangers }
    return toTeamMessage(row)
  },

  async delete(actor, id, now) {
    const [, [target]] = await db.as(actor).batch(lockedAround(id), deleting(id, now))
    if (target === undefined) return 'unknown'
    return target.may_delete ? 'deleted' : 'forbidden'
  },

  async pin(actor, id, now) {
    const rows = await db.as(actor).query(statement`
      with found as (
        select message_id from messages m where message_id = ${id} and ${standingMessage}
      ), pinned as (
        update messages m set pinned_at = ${now}, pinned_by = ${me} from found
        where m.message_id = found.message_id and m.pinned_at is null and ${standingMessage}
      )
      select from found`)
    return rows.length > 0
  },

  async unpin(actor, id) {
    const rows = await db.as(actor).query(statement`
      with found as (
        select message_id from messages m where message_id = ${id} and ${standingMessage}
      ), unpinned as (
        update messages m set pinned_at = null, pinned_by = null from found
        where m.message_id = found.message_id and m.pinned_at is not null
      )
      select from found`)
    return rows.length > 0
  },

  async star(actor, id, now) {
    const rows = await db.as(actor).query(statement`
      with found as (
        select message_id, conversation_id from messages m where message_id = ${id} and ${standingMessage}
      ), starred as (
        insert into stars (user_id, message_id, conversation_id, starred_at)
        select ${me}, message_id, conversation_id, ${now} from found
        on conflict do nothing returning conversation_id, message_id
      )
      select (select note_team_event(conversation_id, 'star-changed', message_id, ${me}) from starred) from found`)
    return rows.length > 0
  },

  async unstar(actor, id) {
    const rows = await db.as(actor).query(statement`
      with found as (
        select message_id from messages m where message_id = ${id} and ${standingMessage}
      ), unstarred as (
        delete from stars using found where user_id = ${me} and stars.message_id = found.message_id
        returning stars.conversation_id, stars.message_id
      )
      select (select note_team_event(conversation_id, 'star-changed', message_id, ${me}) from unstarred) from found`)
    return rows.length > 0
  },

  async tag(actor, id, workTypeId) {
    const [, [found], [row]] = await db.as(actor).batch(
      lockedAround(id),
      statement<{ is_work_type_known: boolean }>`
        with found as (
          select message_id, ${workTypeId}::uuid is null or exists (
            select from work_types w
            where w.work_type_id = ${workTypeId} and w.conversation_id = m.conversation_id) as is_work_type_known
          from messages m where message_id = ${id} and ${standingMessage}
        ), tagged as (
          update messages m set work_type_id = ${workTypeId} from found
          where m.message_id = found.message_id and is_work_type_known
        )
        select is_work_type_known from found`,
      one(id),
    )
    if (found === undefined || row === undefined) return undefined
    return found.is_work_type_known ? toTeamMessage(row) : 'unknown-work-type'
  },

  async listPinned(actor, conversationId, page) {
    const [conversations, rows] = await db.as(actor).batch(
      statement`select from conversations where conversation_id = ${conversationId} and kind = 'team'`,
      listed(
        raw`select m.* from messages m
          where m.conversation_id = ${conversationId} and ${standingMessage} and m.pinned_at is not null
            ${after('m.pinned_at', page)}
          order by m.pinned_at desc, m.message_id desc limit ${literalInteger(page.limit)}`,
        'm.pinned_at desc, m.message_id desc',
      ),
    )
    return conversations.length === 0 ? undefined : rows.map(toTeamMessage)
  },

  async listStarred(actor, page) {
    const rows = await db.as(actor).query(
      listed(
        raw`select m.*, s.starred_at from stars s join messages m on m.message_id = s.message_id
          where s.user_id = ${me} and ${standingMessage} ${after('s.starred_at', page)}
          order by s.starred_at desc, s.message_id desc limit ${literalInteger(page.limit)}`,
        'm.starred_at desc, m.message_id desc',
      ),
    )
    return rows.map(toTeamMessage)
  },
})

const after = (column: string, page: MarkPage) =>
  page.after === undefined
    ? nothing
    : raw`and (${fragment(column)}, m.message_id) < (${page.after.at}::timestamptz, ${page.after.id}::uuid)`

/** Whether something is a message of the conversation, deleted or not; true where nothing is asked about. */
const isMessageOf = (conversationId: string, messageId: string | undefined, which = nothing) =>
  messageId === undefined
    ? fragment('true')
    : raw`exists (
        select from messages where message_id = ${messageId} and conversation_id = ${conversationId} ${which})`

/** Both halves of a stretch, each with one message more than is wanted. */
const stretchOf = (conversationId: string, { older, newer, cursor, threadId, workTypeId }: Stretch) => {
  const place =
    cursor && raw`((select created_at from messages where message_id = ${cursor.messageId}), ${cursor.messageId}::uuid)`
  const within = raw`conversation_id = ${conversationId} and owner_id is null and deleted_at is null
    ${threadId === undefined ? nothing : raw`and thread_id = ${threadId}`}
    ${workTypeId === undefined ? nothing : raw`and work_type_id = ${workTypeId}`}
    ${threadId === undefined && workTypeId === undefined ? fragment('and thread_id is null') : nothing}`
  const beyond = (comparison: string) =>
    place === undefined ? nothing : raw`and (created_at, message_id) ${fragment(comparison)} ${place}`
  const before = raw`(
    select *, true as is_older from messages where ${within} ${beyond(cursor?.half === 'older' ? '<=' : '<')}
    order by created_at desc, message_id desc limit ${literalInteger(older + 1)})`
  if (cursor === undefined) return before
  return raw`${before} union all (
    select *, false as is_older from messages where ${within} ${beyond(cursor.half === 'older' ? '>' : '>=')}
    order by created_at, message_id limit ${literalInteger(newer + 1)})`
}

interface PostingChecks {
  is_thread_known: boolean
  is_work_type_known: boolean
  are_files_known: boolean
  strangers: string[]
}

/** The conversation must be locked by an earlier statement of the batch. */
const posting = (message: NewTeamMessage): Statement<PostingChecks> => statement<PostingChecks>`
  with sent as materialized (
    select file_id, kind, name from files
    where file_id = any(${message.fileIds}::uuid[]) and conversation_id = ${message.conversationId}
      and uploader_id = ${me} and message_id is null
    for update
  ), checks as materialized (
    select c.conversation_id, greatest(${message.now}, c.last_message_at + interval '1 millisecond') as at,
      ${message.threadId}::uuid is null or exists (
        select from messages m
        where m.message_id = ${message.threadId} and m.conversation_id = c.conversation_id and m.thread_id is null
          and m.deleted_at is null and (m.type <> 'system' or m.content = '')) as is_thread_known,
      ${message.workTypeId}::uuid is null or exists (
        select from work_types w
        where w.work_type_id = ${message.workTypeId} and w.conversation_id = c.conversation_id) as is_work_type_known,
      (select count(*) from sent) = cardinality(${message.fileIds}::uuid[]) as are_files_known,
      ${strangersAmong(message.mentions, 'c.conversation_id')} as strangers,
      exists (
        select from members
        where members.conversation_id = c.conversation_id and user_id = ${me} and read_at < c.last_message_at) as is_behind
    from conversations c where c.conversation_id = ${message.conversationId} and c.kind = 'team'
  ), stored as (
    insert into messages (message_id, conversation_id, sender_id, role, type, content, thread_id, work_type_id,
      created_at, updated_at)
    select ${message.id}, conversation_id, ${me}, 'user',
      (select case when count(*) = 0 then 'text' when bool_and(kind = 'media') then 'image' else 'file' end from sent),
      ${message.content}, ${message.threadId}, ${message.workTypeId}, at, at
    from checks where is_thread_known and is_work_type_known and are_files_known and strangers = '{}'
    on conflict (message_id) do nothing
    returning message_id, conversation_id, thread_id, created_at
  ), counted as (
    update conversations c set
      message_count = message_count + 1, last_message_at = s.created_at, active_at = s.created_at,
      updated_at = ${message.now},
      preview = coalesce(nullif(${message.preview}, ''), (
        select left(name, 100) from sent order by array_position(${message.fileIds}::uuid[], file_id) limit 1))
    from stored s where c.conversation_id = s.conversation_id
  ), threaded as (
    update messages m set reply_count = reply_count + 1 from stored s where m.message_id = s.thread_id
  ), attached as (
    update files f set message_id = s.message_id, shared_at = s.created_at,
      position = array_position(${message.fileIds}::uuid[], f.file_id) - 1
    from stored s where f.file_id = any(${message.fileIds}::uuid[])
  ), mentioned as (
    insert into mentions (message_id, user_id, conversation_id, created_at)
    select s.message_id, person, s.conversation_id, s.created_at from stored s, unnest(${message.mentions}::uuid[]) person
  ), seen as (
    update members set read_at = greatest(read_at, s.created_at) from stored s
    where members.conversation_id = s.conversation_id and user_id = ${me}
  )
  select is_thread_known, is_work_type_known, are_files_known, strangers, (
    select note_team_event(s.conversation_id, 'read-moved', null, ${me}) from stored s where is_behind) as told
  from checks`

interface EditingChecks {
  may_edit: boolean
  strangers: string[]
}

/** The conversation must be locked by an earlier statement of the batch. */
const editing = (edit: TeamMessageEdit): Statement<EditingChecks> => statement<EditingChecks>`
  with checks as materialized (
    select m.message_id, ${fragment(mayEdit)} as may_edit, array(
      select stranger from unnest(${strangersAmong(edit.mentions, 'm.conversation_id')}) stranger
      where stranger not in (select user_id from mentions where mentions.message_id = m.message_id)) as strangers
    from messages m where m.message_id = ${edit.id} and m.owner_id is null and m.deleted_at is null
  ), edited as (
    update messages m set content = ${edit.content}, edited_at = greatest(${edit.now}, m.created_at),
      updated_at = greatest(${edit.now}, m.created_at)
    from checks where m.message_id = checks.message_id and checks.may_edit and checks.strangers = '{}'
    returning m.message_id, m.conversation_id, m.created_at
  ), forgotten as (
    delete from mentions n using edited e
    where n.message_id = e.message_id and n.user_id <> all(${edit.mentions}::uuid[])
  ), mentioned as (
    insert into mentions (message_id, user_id, conversation_id, created_at)
    select e.message_id, person, e.conversation_id, e.created_at from edited e, unnest(${edit.mentions}::uuid[]) person
    on conflict do nothing
  ), shown as (
    update conversations c set preview = ${edit.preview} from edited e
    where c.conversation_id = e.conversation_id and not exists (
      select from messages n
      where n.conversation_id = e.conversation_id and n.role = 'user' and n.deleted_at is null
        and (n.created_at, n.message_id) > (e.created_at, e.message_id))
  )
  select may_edit, strangers from checks`

/**
 * The conversation must be locked by an earlier statement of the batch. Stars of others can't be seen from here: they stay
 * with what is left, where nobody sees them.
 */
const deleting = (id: string, now: Date): Statement<{ may_delete: boolean }> => statement<{ may_delete: boolean }>`
  with target as materialized (
    select m.message_id, m.reply_count > 0 as holds_thread, ${fragment(mayDelete)} as may_delete
    from messages m join (
      select conversation_id, role, team_type from members join conversations using (conversation_id)
      where user_id = ${me} and left_at is null
    ) mine on mine.conversation_id = m.conversation_id
    where m.message_id = ${id} and ${standingMessage}
  ), erased as (
    update messages m set
      content = '', metadata = null, model = null, edited_at = null, pinned_at = null, pinned_by = null,
      work_type_id = null, task_id = null, linked_task_count = 0, updated_at = greatest(${now}, m.created_at),
      deleted_at = case when target.holds_thread then null else ${now}::timestamptz end,
      role = case when target.holds_thread then 'system' else m.role end,
      type = case when target.holds_thread then 'system' else m.type end,
      sender_id = case when target.holds_thread then null else m.sender_id end
    from target where m.message_id = target.message_id and target.may_delete
    returning m.message_id, m.conversation_id, m.thread_id, m.deleted_at
  ), root as (
    update messages m set reply_count = m.reply_count - 1,
      deleted_at = case when m.type = 'system' and m.reply_count = 1 then ${now}::timestamptz end
    from erased e where m.message_id = e.thread_id returning m.deleted_at
  ), counted as (
    update conversations c set updated_at = ${now}, preview = ${previewWithout('e')},
      message_count = message_count - (select count(deleted_at) from erased) - (select count(deleted_at) from root)
    from erased e where c.conversation_id = e.conversation_id
  ), unattached as (
    delete from files f using erased e where f.message_id = e.message_id
  ), unmentioned as (
    delete from mentions n using erased e where n.message_id = e.message_id
  ), unlinked as (
    delete from task_links l using erased e where l.message_id = e.message_id returning l.conversation_id
  )
  select may_delete, (
    select note_team_event(conversation_id, 'tasks-changed') from unlinked group by conversation_id) as told
  from target`
