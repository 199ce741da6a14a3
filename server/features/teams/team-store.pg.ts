/** Team conversations and their members in PostgreSQL; the only file of the slice with SQL. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { Roster, RosterChange } from './roster.ts'
import { MAX_UNREAD, type Member, type Role, type TeamConversation, type TeamType, type Unread } from './team.ts'
import type { RosterWish, TeamStore } from './team-store.ts'

const me = fragment('(select app_user())')

interface UnreadRow {
  read_at: Date
  unread_count: number
  mention_count: number
}

interface TeamRow extends UnreadRow {
  conversation_id: string
  team_type: TeamType
  title: string | null
  other_id: string | null
  other_name: string | null
  role: Role
  member_count: number
  message_count: number
  preview: string | null
  created_at: Date
  active_at: Date
}

const toUnread = (row: UnreadRow): Unread => ({
  readAt: row.read_at,
  unreadCount: row.unread_count,
  mentionCount: row.mention_count,
})

const toTeamConversation = (row: TeamRow): TeamConversation => ({
  ...toUnread(row),
  id: row.conversation_id,
  type: row.team_type,
  title: row.other_name ?? row.title ?? '',
  otherPerson: row.other_id === null ? null : { id: row.other_id, name: row.other_name ?? '' },
  role: row.role,
  memberCount: row.member_count,
  messageCount: row.message_count,
  preview: row.preview,
  createdAt: row.created_at,
  activeAt: row.active_at,
})

interface PersonRow {
  user_id: string
  name: string
}

interface MemberRow extends PersonRow {
  role: Role
  joined_at: Date
  read_at: Date
}

const toPerson = ({ user_id, name }: PersonRow) => ({ id: user_id, name })

const toMember = (row: MemberRow): Member => ({
  ...toPerson(row),
  role: row.role,
  joinedAt: row.joined_at,
  readAt: row.read_at,
})

const memberColumns = fragment('m.user_id, u.name, m.role, m.joined_at, m.read_at')

/** Of `t`, which has a conversation and the caller's read mark. The index `messages_unread` answers. */
const unreadColumns = fragment(`t.read_at,
  (select count(*)::int from (
    select from messages n
    where n.conversation_id = t.conversation_id and n.created_at > t.read_at
      and n.owner_id is null and n.deleted_at is null and n.role <> 'system'
      and n.sender_id is distinct from (select app_user())
    limit ${MAX_UNREAD}) unread) as unread_count,
  (select count(*)::int from (
    select from mentions n
    where n.user_id = (select app_user()) and n.conversation_id = t.conversation_id and n.created_at > t.read_at
    limit ${MAX_UNREAD}) unread) as mention_count`)

/** The caller's team conversations that `condition` holds for; the unread messages of `limit` of them are counted. */
const teamConversations = (condition: ReturnType<typeof fragment>, limit: number) => statement<TeamRow>`
  select t.*, (select name from users where user_id = t.other_id) as other_name, ${unreadColumns}
  from (
    select c.conversation_id, c.team_type, c.title, (array_remove(c.direct_pair, ${me}))[1] as other_id, c.member_count,
      c.message_count, c.preview, c.created_at, c.active_at, m.role, m.read_at
    from members m join conversations c using (conversation_id)
    where m.user_id = ${me} and m.left_at is null and ${condition}
    order by c.active_at desc, c.conversation_id desc limit ${literalInteger(limit)}
  ) t
  order by t.active_at desc, t.conversation_id desc`

export const pgTeamStore = (db: Database): TeamStore => ({
  async find(actor, id) {
    const [row] = await db.as(actor).query(teamConversations(raw`c.conversation_id = ${id}`, 1))
    return row && toTeamConversation(row)
  },

  async list(actor, { limit, after }) {
    const condition =
      after === undefined
        ? fragment('true')
        : raw`(c.active_at, c.conversation_id) < (${after.activeAt}::timestamptz, ${after.id}::uuid)`
    return (await db.as(actor).query(teamConversations(condition, limit))).map(toTeamConversation)
  },

  async listMembers(actor, id, { limit, after, q }) {
    const [[conversation], rows] = await db.as(actor).batch(
      statement<{ known: boolean }>`
        select ${after ?? null}::uuid is null or exists (
          select from members where conversation_id = ${id} and user_id = ${after ?? null}::uuid
        ) as known
        from conversations where conversation_id = ${id} and kind = 'team'`,
      statement<MemberRow>`
        select ${memberColumns} from members m join users u using (user_id)
        where m.conversation_id = ${id} and m.left_at is null
          and ${q === undefined ? fragment('true') : raw`strpos(u.name_key, name_key_of(${q})) > 0`}
          and ${
            after === undefined
              ? fragment('true')
              : raw`(u.name_key, u.user_id) > ((select name_key from users where user_id = ${after}), ${after}::uuid)`
          }
        order by u.name_key, u.user_id limit ${literalInteger(limit)}`,
    )
    return {
      members: rows.map(toMember),
      isReadable: conversation !== undefined,
      isCursorKnown: conversation?.known === true,
    }
  },

  async findMembers(actor, id, personIds) {
    const rows = await db.as(actor).query(statement<MemberRow>`
      select ${memberColumns} from members m join users u using (user_id)
      where m.conversation_id = ${id} and m.user_id = any(${personIds}::uuid[]) and m.left_at is null
      order by u.name_key, u.user_id`)
    return rows.map(toMember)
  },

  async createGroup(actor, { id, title, personIds, now }) {
    const [made] = await db.asSystem('team.create', actor).batch(
      statement<{ conversation_id: string }>`
        insert into conversations (conversation_id, kind, team_type, title, member_count, created_at, updated_at, active_at)
        select ${id}, 'team', 'group', ${title}, ${personIds.length + 1}, ${now}, ${now}, ${now}
        where (select count(*) from users where user_id = any(${personIds}::uuid[])) = ${personIds.length}
        returning conversation_id`,
      statement`
        with joined as (
          insert into members (conversation_id, user_id, role, joined_at, read_at)
          select conversation_id, person, case when person = ${me} then 'owner' else 'member' end, ${now}, ${now}
          from conversations, unnest(${me} || ${personIds}::uuid[]) person where conversation_id = ${id}
          returning user_id
        )
        select note_team_event(${id}, 'conversation-changed', null, user_id) from joined`,
    )
    return made.length > 0
  },

  async findOrCreateDirect(actor, { id, personId, now }) {
    const pair = [actor.userId, personId].toSorted()
    const [, , [found]] = await db.asSystem('team.create', actor).batch(
      // Of two at once one waits here for the other, and finds the other's conversation below.
      statement`
        insert into conversations (conversation_id, kind, team_type, direct_pair, member_count, created_at, updated_at,
          active_at)
        select ${id}, 'team', 'direct', ${pair}::uuid[], 2, ${now}, ${now}, ${now}
        where exists (select from users where user_id = ${personId})
        on conflict (direct_pair) do nothing`,
      statement`
        with joined as (
          insert into members (conversation_id, user_id, role, joined_at, read_at)
          select conversation_id, unnest(direct_pair), 'member', ${now}, ${now}
          from conversations where conversation_id = ${id}
          returning user_id
        )
        select note_team_event(${id}, 'conversation-changed', null, user_id) from joined`,
      statement<{ conversation_id: string }>`
        select conversation_id from conversations where direct_pair = ${pair}::uuid[]`,
    )
    return found?.conversation_id
  },

  change: (actor, wish) =>
    db.asSystem('team.roster', actor).transaction(async (queries) => {
      const [[conversation], people] = await queries.batch(
        statement<{ team_type: TeamType; title: string | null; member_count: number }>`
          select team_type, title, member_count from conversations
          where conversation_id = ${wish.conversationId} and kind = 'team' for update`,
        statement<PersonRow & { role: Role | null }>`
          select u.user_id, u.name, m.role from users u
            left join members m on m.conversation_id = ${wish.conversationId} and m.user_id = u.user_id and m.left_at is null
          where u.user_id = any(${[actor.userId, ...wish.personIds]}::uuid[])`,
      )
      if (conversation === undefined) return false
      const roster: Roster = {
        type: conversation.team_type,
        title: conversation.title,
        memberCount: conversation.member_count,
        people: new Map(people.map((row) => [row.user_id, { ...toPerson(row), role: row.role }])),
      }
      const doing = statementsFor(wish, wish.decide(roster))
      if (doing.length > 0) await queries.batch(...doing)
      return true
    }),

  async markRead(actor, id, messageId) {
    const target =
      messageId === undefined
        ? raw<Date>`(select last_message_at from conversations where conversation_id = ${id})`
        : raw<Date>`(select created_at from messages where message_id = ${messageId} and conversation_id = ${id})`
    const [[conversation], , [row]] = await db.as(actor).batch(
      statement<{ known: boolean }>`
        select ${messageId ?? null}::uuid is null or ${target} is not null as known
        from conversations where conversation_id = ${id} and kind = 'team'`,
      statement`
        with moved as (
          update members set read_at = ${target}
          where conversation_id = ${id} and user_id = ${me} and left_at is null and read_at < ${target}
          returning user_id
        )
        select note_team_event(${id}, 'read-moved', null, user_id) from moved`,
      statement<UnreadRow>`
        select ${unreadColumns} from members t
        where t.conversation_id = ${id} and t.user_id = ${me} and t.left_at is null`,
    )
    if (conversation === undefined || row === undefined) return 'unreadable'
    return conversation.known ? toUnread(row) : 'unknown'
  },

  async findCompanions(actor, q, limit) {
    const rows = await db.as(actor).query(statement<PersonRow>`
      select u.user_id, u.name from users u
      where u.user_id in (select user_id from members where left_at is null)
        and u.user_id <> ${me} and strpos(u.name_key, name_key_of(${q})) > 0
      order by u.name_key, u.user_id limit ${literalInteger(limit)}`)
    return rows.map(toPerson)
  },

  async findByEmail(actor, email, limit) {
    const rows = await db.asSystem('team.find_by_email', actor).query(statement<PersonRow>`
      select u.user_id, u.name from users u where u.email = ${email} and u.user_id <> ${me}
      order by u.name_key, u.user_id limit ${literalInteger(limit)}`)
    return rows.map(toPerson)
  },
})

/** The order of the events is a promise of the port: see `TeamStore.change`. */
const statementsFor = (wish: RosterWish, change: RosterChange): Statement[] => {
  const { conversationId: id, now } = wish
  const { title, added = [], removed, roles = [], says, isDeleted = false } = change
  if (isDeleted) {
    return [
      statement`
        select note_team_event(${id}, 'conversation-gone', null, user_id) from members
        where conversation_id = ${id} and left_at is null`,
      // All at once: message by message, each would write a new version of what totals and quotas are kept in.
      statement`delete from files where conversation_id = ${id}`,
      statement`delete from conversations where conversation_id = ${id}`,
    ]
  }
  const changes = [
    ...(title === undefined ? [] : [renaming(id, title, now)]),
    ...(added.length === 0 ? [] : [adding(id, added, now)]),
    ...(removed === undefined ? [] : [removing(id, removed, now)]),
    ...roles.map(
      ({ personId, role }) => statement`
        update members set role = ${role} where conversation_id = ${id} and user_id = ${personId}`,
    ),
  ]
  if (changes.length === 0) return []
  return [
    ...changes,
    statement`
      update conversations set updated_at = ${now},
        member_count = (select count(*) from members where conversation_id = ${id} and left_at is null)
      where conversation_id = ${id}`,
    statement`select note_team_event(${id}, 'conversation-changed')`,
    ...(says === undefined ? [] : [telling(wish, says)]),
  ]
}

const renaming = (id: string, title: string, now: Date): Statement => statement`
  update conversations set title = ${title}, updated_at = ${now} where conversation_id = ${id}`

/** Whoever has been a member before is one again, and has seen what was said meanwhile no more than anybody new. */
const adding = (id: string, personIds: readonly string[], now: Date): Statement => statement`
  with joined as (
    insert into members as m (conversation_id, user_id, role, joined_at, read_at)
    select conversation_id, person, 'member', ${now}, greatest(${now}, last_message_at)
    from conversations, unnest(${personIds}::uuid[]) person where conversation_id = ${id}
    on conflict (conversation_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at,
      left_at = null, read_at = excluded.read_at
    returning user_id
  )
  select note_team_event(${id}, 'conversation-changed', null, user_id) from joined`

const removing = (id: string, personId: string, now: Date): Statement => statement`
  with gone as (
    update members set left_at = ${now} where conversation_id = ${id} and user_id = ${personId} returning user_id
  )
  select note_team_event(${id}, 'conversation-gone', null, user_id) from gone`

/** Times within a conversation only grow, as where a person's message is stored. */
const telling = ({ conversationId, messageId, now }: RosterWish, says: string): Statement => statement`
  with c as (
    update conversations set
      message_count = message_count + 1,
      last_message_at = greatest(${now}, last_message_at + interval '1 millisecond'),
      active_at = greatest(${now}, last_message_at + interval '1 millisecond')
    where conversation_id = ${conversationId} returning *
  )
  insert into messages (message_id, conversation_id, role, type, content, created_at, updated_at)
  select ${messageId}, conversation_id, 'system', 'system', ${says}, last_message_at, last_message_at from c`
