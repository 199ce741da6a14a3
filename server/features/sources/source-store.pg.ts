/** Real conversations, and whose words became training data, in PostgreSQL. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { logLine } from '../training/index.ts'
import { MAX_SOURCE_CHARACTERS, MAX_SOURCE_MESSAGES, type SourceKind, type SourceMessage } from './source.ts'
import type { Held, ListedSource, Page, SourceStore } from './source-store.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')

/** More than a group can have, and of those who left as many again. Whoever is beyond that is nobody known: left out. */
const MOST_PEOPLE = 10_000

/** Who may take a team conversation: `m` is their membership, `c` the conversation. The one place with this rule. */
export const leads = fragment(
  `m.user_id = (select app_user()) and m.left_at is null and (m.role in ('owner', 'admin') or c.team_type = 'direct')`,
)

/** The title of the team conversation `c`, as one of its people sees it. */
export const teamTitle = fragment(`coalesce(case c.team_type
  when 'direct' then (select name from users where user_id = (array_remove(c.direct_pair, (select app_user())))[1])
  else c.title end, '')`)

interface SourceRow {
  conversation_id: string
  kind: SourceKind
  title: string
  message_count: number
  active_at: Date
  taken_count: number
  last_taken_at: Date | null
}

const toListed = (row: SourceRow): ListedSource => ({
  id: row.conversation_id,
  kind: row.kind,
  title: row.title,
  messageCount: row.message_count,
  activeAt: row.active_at,
  takenCount: row.taken_count,
  lastTakenAt: row.last_taken_at,
})

const behind = (page: Page, at: string, id: string) =>
  page.after === undefined
    ? nothing
    : raw`and (${fragment(at)}, ${fragment(id)}) < (${page.after.at}::timestamptz, ${page.after.id}::uuid)`

interface MessageRow {
  message_id: string
  sender_id: string | null
  role: SourceMessage['role']
  content: string
  status: string
  question_id: string | null
  asker_id: string | null
}

const toMessage = (row: MessageRow): SourceMessage => ({
  id: row.message_id,
  senderId: row.sender_id,
  role: row.role,
  content: row.content,
  isComplete: row.status === 'complete',
  questionId: row.question_id,
  askerId: row.asker_id,
})

interface HeldRow {
  conversation_id: string
  owner_id: string
}

const toHeld = (row: HeldRow): Held => ({ trainingId: row.conversation_id, ownerId: row.owner_id })

/** The place of the message `m` in the order of reading: a thread stands where the message stands that it hangs on. */
const place = fragment(`(coalesce(root.created_at, m.created_at), coalesce(root.message_id, m.message_id))`)

const placeOf = (messageId: string | undefined, conversationId: string) => statement<{ at: Date; id: string }>`
  select coalesce(root.created_at, m.created_at) as at, coalesce(root.message_id, m.message_id) as id
  from messages m left join messages root on root.message_id = m.thread_id
  where m.message_id = ${messageId ?? null}::uuid and m.conversation_id = ${conversationId}`

export const pgSourceStore = (db: Database): SourceStore => ({
  async list(actor, kind, page) {
    const taken = fragment(`select count(*)::int as taken_count, max(t.created_at) as last_taken_at
      from training_conversations t where t.source_id = c.conversation_id and t.owner_id = (select app_user())`)
    const rows = await db.as(actor).query(
      kind === 'assistant'
        ? statement<SourceRow>`
            select c.conversation_id, c.kind, coalesce(c.title, '') as title, c.message_count, c.active_at, taken.*
            from conversations c, lateral (${taken}) taken
            where c.owner_id = ${me} and c.kind = 'assistant' ${behind(page, 'c.active_at', 'c.conversation_id')}
            order by c.active_at desc, c.conversation_id desc limit ${literalInteger(page.limit)}`
        : statement<SourceRow>`
            select c.conversation_id, c.kind, ${teamTitle} as title, c.message_count, c.active_at, taken.*
            from members m join conversations c using (conversation_id), lateral (${taken}) taken
            where ${leads} ${behind(page, 'c.active_at', 'c.conversation_id')}
            order by c.active_at desc, c.conversation_id desc limit ${literalInteger(page.limit)}`,
    )
    return rows.map(toListed)
  },

  async read(actor, id, { from, to }) {
    const [[source], [first], [last]] = await db.as(actor).batch(
      statement<{ kind: SourceKind; title: string }>`
        select c.kind, case c.kind when 'team' then ${teamTitle} else coalesce(c.title, '') end as title
        from conversations c
        where c.conversation_id = ${id} and (c.kind = 'assistant' and c.owner_id = ${me} or c.kind = 'team' and exists (
          select from members m where m.conversation_id = c.conversation_id and ${leads}))`,
      placeOf(from, id),
      placeOf(to, id),
    )
    if (source === undefined) return undefined
    if ((from !== undefined && first === undefined) || (to !== undefined && last === undefined))
      return 'unknown_message'
    const [messages, people] = await db.as(actor).batch(
      statement<MessageRow>`
        select message_id, sender_id, role, content, status, question_id, asker_id from (
          select *, sum(length(content)) over (order by place) - length(content) as characters_before from (
            select m.message_id, m.sender_id, m.role, m.content, m.status, r.question_id,
              question.sender_id as asker_id, row_number() over reading as place
            from messages m
              left join messages root on root.message_id = m.thread_id
              left join replies r on r.conversation_id = m.conversation_id and r.message_id = m.message_id
              left join messages question on question.message_id = r.question_id
            where m.conversation_id = ${id} and m.deleted_at is null and m.type <> 'system' and m.content <> ''
              ${first ? raw`and ${place} >= (${first.at}::timestamptz, ${first.id}::uuid)` : nothing}
              ${last ? raw`and ${place} <= (${last.at}::timestamptz, ${last.id}::uuid)` : nothing}
            window reading as (order by ${place}, m.thread_id is not null, m.created_at, m.message_id)
            order by place limit ${literalInteger(MAX_SOURCE_MESSAGES + 1)}
          ) first_ones
        ) said
        where characters_before <= ${literalInteger(MAX_SOURCE_CHARACTERS)} order by place`,
      source.kind === 'assistant'
        ? statement<{ id: string; name: string }>`select user_id as id, name from users where user_id = ${me}`
        : statement<{ id: string; name: string }>`
            select u.user_id as id, u.name from members m join users u using (user_id)
            where m.conversation_id = ${id} order by u.name_key, u.user_id limit ${literalInteger(MOST_PEOPLE)}`,
    )
    const answers =
      source.kind === 'assistant'
        ? []
        : await db.asSystem('consent.read', actor).query(statement<{ user_id: string; answer: 'granted' | 'declined' }>`
            select a.user_id, a.answer from consents a join consent_requests q using (request_id)
            where q.conversation_id = ${id} and q.asker_id = ${me}`)
    return {
      id,
      ...source,
      messages: messages.map(toMessage),
      people,
      answers: new Map(answers.map(({ user_id, answer }) => [user_id, answer])),
    }
  },

  async holdWords(actor, { trainingId, sourceId, words, now }) {
    const personIds = [...new Set(words.map(({ personId }) => personId))]
    const [, , held] = await db.asSystem('training.hold', actor).batch(
      // Whoever deletes a message, or takes their consent back, comes before this or after it.
      statement`select from conversations where conversation_id = ${sourceId} for no key update`,
      statement`
        select from consents a join consent_requests q using (request_id)
        where q.conversation_id = ${sourceId} and q.asker_id = ${me} for share of a`,
      statement<{ conversation_id: string }>`
        insert into training_words (conversation_id, owner_id, turn_number, message_id, person_id, source_id, taken_at)
        select t.conversation_id, t.owner_id, w.turn_number, w.message_id, w.person_id, t.source_id, ${now}
        from training_conversations t, unnest(
          ${words.map(({ turnNumber }) => turnNumber)}::integer[], ${words.map(({ messageId }) => messageId)}::uuid[],
          ${words.map(({ personId }) => personId)}::uuid[]) as w (turn_number, message_id, person_id)
        where t.conversation_id = ${trainingId} and t.owner_id = ${me} and t.source_id = ${sourceId} and t.revision = 0
          and exists (
            select from members m join conversations c using (conversation_id)
            where c.conversation_id = ${sourceId} and ${leads})
          and not exists (
            select from unnest(${words.map(({ messageId }) => messageId)}::uuid[]) wanted where not exists (
              select from messages m where m.message_id = wanted and m.conversation_id = ${sourceId}
                and m.deleted_at is null and m.content <> ''))
          and not exists (
            select from unnest(${personIds}::uuid[]) person where person <> ${me} and not exists (
              select from consents a join consent_requests q using (request_id)
              where q.conversation_id = ${sourceId} and q.asker_id = ${me} and a.user_id = person
                and a.answer = 'granted'))
        returning conversation_id`,
    )
    return held.length === words.length
  },

  async listHeld(actor, page) {
    const rows = await db.asSystem('training.my-data', actor).query(statement<{
      conversation_id: string
      owner_id: string
      owner_name: string
      source_id: string | null
      source_title: string
      message_count: number
      taken_at: Date
    }>`
      select w.*, o.name as owner_name, c.conversation_id as source_id, ${teamTitle} as source_title
      from (
        select conversation_id, owner_id, source_id as held_source, count(distinct message_id)::int as message_count,
          max(taken_at) as taken_at
        from training_words where person_id = ${me} and doomed_at is null
        group by conversation_id, owner_id, source_id
      ) w
        join users o on o.user_id = w.owner_id
        left join conversations c on c.conversation_id = w.held_source and exists (
          select from members m where m.conversation_id = c.conversation_id and m.user_id = ${me} and m.left_at is null)
      where true ${behind(page, 'w.taken_at', 'w.conversation_id')}
      order by w.taken_at desc, w.conversation_id desc limit ${literalInteger(page.limit)}`)
    return rows.map((row) => ({
      trainingId: row.conversation_id,
      owner: { id: row.owner_id, name: row.owner_name },
      source: row.source_id === null ? null : { id: row.source_id, title: row.source_title },
      messageCount: row.message_count,
      takenAt: row.taken_at,
    }))
  },

  async doomHeld(actor, trainingId, now) {
    const [row] = await db.asSystem('training.erase', actor).query(statement<HeldRow>`
      update training_words set doomed_at = coalesce(doomed_at, ${now})
      where conversation_id = ${trainingId} and person_id = ${me} returning conversation_id, owner_id`)
    return row && toHeld(row)
  },

  async listDoomed(limit) {
    const rows = await db.asSystem('training.erase').query(statement<HeldRow>`
      select conversation_id, owner_id from training_words where doomed_at is not null
      group by conversation_id, owner_id order by min(doomed_at), conversation_id limit ${literalInteger(limit)}`)
    return rows.map(toHeld)
  },

  async findDoomed(trainingId, revision) {
    const [row] = await db.asSystem('training.erase').query(statement<{ turn_numbers: number[] }>`
      select array(
        select distinct turn_number from training_words w
        where w.conversation_id = t.conversation_id and doomed_at is not null) as turn_numbers
      from training_conversations t where conversation_id = ${trainingId} and revision = ${revision}`)
    return row?.turn_numbers
  },

  async planErasure({ trainingId, ownerId, basedOn, contentHash, turnNumbers, sealedMap }) {
    await db.asSystem('training.erase').query(statement`
      insert into training_erasures (conversation_id, owner_id, based_on, content_hash, turns, sealed_map)
      values (${trainingId}, ${ownerId}, ${basedOn}, ${contentHash}, ${turnNumbers}::integer[], ${sealedMap ?? null})
      on conflict (conversation_id, content_hash) do update
        set based_on = excluded.based_on, turns = excluded.turns, sealed_map = excluded.sealed_map`)
  },

  async noteRemoval(owner, trainingId, now) {
    const details = { removed: true }
    await db.as(owner).query(logLine({ at: now, action: 'erase', conversationId: trainingId, details }))
  },

  async listHalfTaken(limit) {
    const rows = await db.asSystem('training.half-taken').query(statement<HeldRow>`
      select conversation_id, owner_id from training_conversations
      where origin = 'taken' and revision = 0 and created_at < now() - interval '1 hour'
      order by created_at limit ${literalInteger(limit)}`)
    return rows.map(toHeld)
  },

  async findSealedMap(actor, trainingId) {
    const [row] = await db.as(actor).query(statement<{ sealed_map: string }>`
      select sealed_map from training_redactions where conversation_id = ${trainingId}`)
    return row?.sealed_map
  },

  async saveSealedMap(actor, trainingId, sealedMap) {
    await db.as(actor).query(statement`
      insert into training_redactions (conversation_id, owner_id, sealed_map)
      select conversation_id, owner_id, ${sealedMap} from training_conversations
      where conversation_id = ${trainingId} and owner_id = ${me} and status <> 'approved'
      on conflict (conversation_id) do update set sealed_map = excluded.sealed_map`)
  },
})
