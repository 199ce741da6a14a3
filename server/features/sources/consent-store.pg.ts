/** Who was asked for consent and what they said, in PostgreSQL. It belongs to several people, so every statement asks who may. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { Consent, ConsentQuestion, ConsentStore } from './consent-store.ts'
import type { ConsentAnswer } from './source.ts'
import { leads, teamTitle } from './source-store.pg.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')

interface QuestionRow {
  request_id: string
  conversation_id: string
  purpose: string
  asked_at: Date
  waiting: number
  granted: number
  declined: number
}

const toQuestion = (row: QuestionRow): ConsentQuestion => ({
  id: row.request_id,
  conversationId: row.conversation_id,
  purpose: row.purpose,
  askedAt: row.asked_at,
  counts: { waiting: row.waiting, granted: row.granted, declined: row.declined },
})

/** What the actor asked in these conversations. */
const questionsIn = (conversationIds: readonly string[]): Statement<QuestionRow> => statement<QuestionRow>`
  select q.request_id, q.conversation_id, q.purpose, q.asked_at, said.granted, said.declined, (
    select count(*)::int from members m where m.conversation_id = q.conversation_id and m.left_at is null
      and m.user_id <> q.asker_id
      and not exists (select from consents a where a.request_id = q.request_id and a.user_id = m.user_id)) as waiting
  from consent_requests q, lateral (
    select count(*) filter (where answer = 'granted')::int as granted,
      count(*) filter (where answer = 'declined')::int as declined
    from consents a where a.request_id = q.request_id) said
  where q.conversation_id = any(${conversationIds}::uuid[]) and q.asker_id = ${me}`

interface ConsentRow {
  request_id: string
  conversation_id: string
  title: string
  asker_id: string
  asker_name: string
  purpose: string
  asked_at: Date
  answer: ConsentAnswer
  answered_at: Date | null
}

const toConsent = (row: ConsentRow): Consent => ({
  id: row.request_id,
  conversation: { id: row.conversation_id, title: row.title },
  asker: { id: row.asker_id, name: row.asker_name },
  purpose: row.purpose,
  askedAt: row.asked_at,
  answer: row.answer,
  answeredAt: row.answered_at,
})

/** Who is asked by the question `q`: who is in the conversation, and who was and wrote something. */
const isAsked = fragment(`q.asker_id <> (select app_user()) and exists (
  select from members m where m.conversation_id = q.conversation_id and m.user_id = (select app_user())
    and (m.left_at is null or exists (
      select from messages w where w.sender_id = m.user_id and w.conversation_id = m.conversation_id)))`)

const consents = (condition: ReturnType<typeof raw>, limit: number): Statement<ConsentRow> => statement<ConsentRow>`
  select q.request_id, q.conversation_id, ${teamTitle} as title, q.asker_id, asker.name as asker_name, q.purpose,
    q.asked_at, coalesce(a.answer, 'waiting') as answer, a.answered_at
  from consent_requests q
    join conversations c using (conversation_id)
    join users asker on asker.user_id = q.asker_id
    left join consents a on a.request_id = q.request_id and a.user_id = ${me}
  where ${isAsked} and ${condition}
  order by q.asked_at desc, q.request_id desc limit ${literalInteger(limit)}`

export const pgConsentStore = (db: Database): ConsentStore => ({
  async ask(actor, { id, conversationId, purpose, now }) {
    const [, , , [question]] = await db.asSystem('consent.ask', actor).batch(
      // Of two who ask the same at once, one waits here.
      statement`select from conversations where conversation_id = ${conversationId} and kind = 'team' for no key update`,
      statement`
        delete from consent_requests
        where conversation_id = ${conversationId} and asker_id = ${me} and purpose <> ${purpose}`,
      statement`
        with asked as (
          insert into consent_requests (request_id, conversation_id, asker_id, purpose, asked_at)
          select ${id}, c.conversation_id, ${me}, ${purpose}, ${now}
          from conversations c join members m using (conversation_id)
          where c.conversation_id = ${conversationId} and ${leads}
          on conflict (conversation_id, asker_id) do nothing
          returning conversation_id
        )
        select note_team_event(conversation_id, 'conversation-changed') from asked`,
      questionsIn([conversationId]),
    )
    return question && toQuestion(question)
  },

  async findQuestions(actor, conversationIds) {
    return (await db.asSystem('consent.read', actor).query(questionsIn(conversationIds))).map(toQuestion)
  },

  async listAnswers(actor, conversationId, { limit, after }) {
    const rows = await db.asSystem('consent.read', actor).query(statement<{
      user_id: string
      name: string
      answer: ConsentAnswer
      answered_at: Date | null
    }>`
      select u.user_id, u.name, coalesce(a.answer, 'waiting') as answer, a.answered_at
      from consent_requests q
        join members m using (conversation_id)
        join users u on u.user_id = m.user_id
        left join consents a on a.request_id = q.request_id and a.user_id = m.user_id
      where q.conversation_id = ${conversationId} and q.asker_id = ${me} and m.user_id <> ${me}
        and (m.left_at is null or a.answer is not null)
        and exists (select from members m join conversations c using (conversation_id)
          where c.conversation_id = q.conversation_id and ${leads})
        ${
          after === undefined
            ? nothing
            : raw`and (u.name_key, u.user_id) > ((select name_key from users where user_id = ${after}), ${after}::uuid)`
        }
      order by u.name_key, u.user_id limit ${literalInteger(limit)}`)
    return rows.map((row) => ({
      person: { id: row.user_id, name: row.name },
      answer: row.answer,
      answeredAt: row.answered_at,
    }))
  },

  async stopAsking(actor, conversationId) {
    const rows = await db.asSystem('consent.stop', actor).query(statement`
      delete from consent_requests where conversation_id = ${conversationId} and asker_id = ${me} returning request_id`)
    return rows.length > 0
  },

  async list(actor, { answer, conversationId }, { limit, after }) {
    const rows = await db.asSystem('consent.read', actor).query(
      consents(
        raw`true
          ${answer === undefined ? nothing : raw`and coalesce(a.answer, 'waiting') = ${answer}`}
          ${conversationId === undefined ? nothing : raw`and q.conversation_id = ${conversationId}::uuid`}
          ${after === undefined ? nothing : raw`and (q.asked_at, q.request_id) < (${after.at}::timestamptz, ${after.id}::uuid)`}`,
        limit,
      ),
    )
    return rows.map(toConsent)
  },

  async answer(actor, requestId, answer, now) {
    const [, doomed, [consent]] = await db.asSystem('consent.answer', actor).batch(
      statement`
        insert into consents (request_id, user_id, answer, answered_at)
        select q.request_id, ${me}, ${answer}, ${now} from consent_requests q
        where q.request_id = ${requestId} and ${isAsked}
        on conflict (request_id, user_id) do update set answer = excluded.answer, answered_at = excluded.answered_at
          where consents.answer <> excluded.answer`,
      // Whatever was granted before, and whenever it was taken.
      statement<{ conversation_id: string; owner_id: string }>`
        with doomed as (
          update training_words w set doomed_at = ${now}
          from consent_requests q join consents a using (request_id)
          where q.request_id = ${requestId} and a.user_id = ${me} and a.answer = 'declined'
            and w.source_id = q.conversation_id and w.owner_id = q.asker_id and w.person_id = ${me}
            and w.doomed_at is null
          returning w.conversation_id, w.owner_id
        )
        select distinct conversation_id, owner_id from doomed`,
      consents(raw`q.request_id = ${requestId}::uuid`, 1),
    )
    return (
      consent && {
        consent: toConsent(consent),
        doomed: doomed.map((row) => ({ trainingId: row.conversation_id, ownerId: row.owner_id })),
      }
    )
  },
})
