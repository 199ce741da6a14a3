/** Replies in PostgreSQL; the only file of the slice with SQL. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database, RowsOf, Statement } from '#kernel/database.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import { NOTICE_CHANNEL } from '#kernel/notices.ts'
import { sealedOpenRouterKey } from '../accounts/index.ts'
import { type ConversationRow, conversationColumns, toConversation } from '../conversations/index.ts'
import { type MessageRow, messageColumns, onlyWords, toMessage } from '../messages/index.ts'
import { usesOwnKey } from './choose-model.ts'
import type { ModelTurn } from './language-model.ts'
import type { FinishReason, Reply, ReplyProgress, ReplyStatus } from './reply.ts'
import { type Brief, DIALOGUE_LENGTH, type Exchange, type NewConversationFor } from './reply-store.ts'
import type { Question, ReplyStore } from './reply-store.ts'

const replyColumns = `r.reply_id, r.conversation_id, r.owner_id, r.ordinal, r.message_id, r.question_id, r.model,
  r.model_choice, r.makes_title, r.status, r.finish_reason, r.error_code, r.created_at, r.started_at, r.ended_at`

interface ReplyRow {
  reply_id: string
  conversation_id: string
  owner_id: string
  ordinal: number
  message_id: string
  question_id: string
  model: string
  model_choice: string
  makes_title: boolean
  status: ReplyStatus
  finish_reason: FinishReason | null
  error_code: ErrorCode | null
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
}

const toReply = (row: ReplyRow): Reply => ({
  id: row.reply_id,
  conversationId: row.conversation_id,
  ownerId: row.owner_id,
  ordinal: row.ordinal,
  messageId: row.message_id,
  questionId: row.question_id,
  model: row.model,
  modelChoice: row.model_choice,
  makesTitle: row.makes_title,
  status: row.status,
  finishReason: row.finish_reason,
  errorCode: row.error_code,
  createdAt: row.created_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
})

const conversation = fragment(conversationColumns)
const message = fragment(messageColumns)
const reply = fragment(replyColumns)
const me = fragment('(select app_user())')
const ownKey = fragment(sealedOpenRouterKey)

/** How many replies a reader that was away for long is told about one by one. */
const MAX_MISSED = 20

export const pgReplyStore = (db: Database): ReplyStore => ({
  async ask(actor, conversationId, question, serverId) {
    const { modelChoice } = question
    const [, [replyRow], [conversationRow], [messageRow], ...brief] = await db
      .as(actor)
      .batch(
        locked(conversationId),
        ...asking(conversationId, question, serverId, modelChoice),
        ...briefing(conversationId, question.messageId, modelChoice),
      )
    if (replyRow !== undefined) return asked(replyRow, conversationRow!, messageRow!, brief)
    const { sealedKey } = toBrief(brief)
    return conversationRow !== undefined || (usesOwnKey(modelChoice) && sealedKey === undefined) ? 'no-key' : undefined
  },

  async askInNew(actor, given, question, serverId) {
    const [, [replyRow], [conversationRow], [messageRow], ...brief] = await db
      .as(actor)
      .batch(
        opening(given, question.now, question.modelChoice),
        ...asking(given.id, question, serverId),
        ...briefing(given.id, question.messageId, question.modelChoice),
      )
    return replyRow === undefined ? 'no-key' : asked(replyRow, conversationRow!, messageRow!, brief)
  },

  async askAgain(actor, conversationId, again, serverId) {
    const [found, [created], ...brief] = await db.as(actor).batch(
      locked(conversationId),
      statement<ReplyRow>`
        with question as (
          select message_id from messages where conversation_id = ${conversationId} and role = 'user'
          order by created_at desc, message_id desc limit 1
        ), c as (
          update conversations set reply_count = reply_count + 1, updated_at = ${again.now},
            running_reply_id = ${takingTurn(conversationId, again.replyId)}
          from question
          where conversation_id = ${conversationId} and kind = 'assistant' and ${hasKeyFor(again.modelChoice)} and not exists (
            select from replies where replies.conversation_id = ${conversationId} and question_id = question.message_id
              and status in ('queued', 'running'))
          returning conversations.*, question.message_id as question_id
        )
        insert into replies as r (reply_id, conversation_id, owner_id, ordinal, message_id, question_id, model,
          model_choice, makes_title, status, server_id, created_at, started_at)
        select ${again.replyId}, conversation_id, owner_id, reply_count, ${again.replyMessageId}, question_id,
          ${again.model}, ${again.modelChoice}, title is null,
          case when running_reply_id = ${again.replyId} then 'running' else 'queued' end,
          ${serverId}, ${again.now}, ${again.now}
        from c returning ${reply}`,
      ...briefing(
        conversationId,
        raw<string>`(select question_id from replies where reply_id = ${again.replyId})`,
        again.modelChoice,
      ),
    )
    if (created !== undefined) return { reply: toReply(created), brief: toBrief(brief) }
    if (usesOwnKey(again.modelChoice) && toBrief(brief).sealedKey === undefined) return 'no-key'
    return found.length === 0 ? undefined : 'nothing-to-answer'
  },

  async askInTeam(actor, conversationId, questionId, { replyId, replyMessageId, model, modelChoice, now }, serverId) {
    const [, [created], turns, [key]] = await db.as(actor).batch(
      locked(conversationId, 'team'),
      statement<ReplyRow>`
        with c as (
          update conversations set reply_count = reply_count + 1, updated_at = ${now},
            running_reply_id = ${takingTurn(conversationId, replyId)}
          where conversation_id = ${conversationId} and kind = 'team' and ${hasKeyFor(modelChoice)} and exists (
            select from messages where message_id = ${questionId} and conversation_id = ${conversationId}
              and sender_id = ${me} and deleted_at is null)
            and not exists (
              select from replies where replies.conversation_id = ${conversationId} and question_id = ${questionId})
          returning *
        ), told as (
          select note_team_event(conversation_id, 'reply-started') from c where running_reply_id = ${replyId}
        )
        insert into replies as r (reply_id, conversation_id, owner_id, ordinal, message_id, question_id, model,
          model_choice, makes_title, status, server_id, created_at, started_at)
        select ${replyId}, conversation_id, ${me}, reply_count, ${replyMessageId}, ${questionId}, ${model},
          ${modelChoice}, false, case when running_reply_id = ${replyId} then 'running' else 'queued' end,
          ${serverId}, ${now}, ${now}
        from c, (select count(*) from told) as once returning ${reply}`,
      teamDialogueOf(conversationId, questionId),
      ownKeyFor(modelChoice),
    )
    const sealedKey = key?.sealed_key ?? undefined
    if (created !== undefined) return { reply: toReply(created), brief: { turns, sealedKey } }
    return usesOwnKey(modelChoice) && sealedKey === undefined ? 'no-key' : undefined
  },

  async hasKeyFor(actor, modelChoice) {
    const [row] = await db.as(actor).query(statement<{ has: boolean }>`select ${hasKeyFor(modelChoice)} as has`)
    return row!.has
  },

  async storeExchange(actor, conversationId, exchange) {
    const [[conversationRow], messageRows] = await db.as(actor).batch(...exchanging(conversationId, exchange))
    return conversationRow && exchanged(conversationRow, messageRows, exchange)
  },

  async storeExchangeInNew(actor, given, exchange) {
    const [, [conversationRow], messageRows] = await db
      .as(actor)
      .batch(opening(given, exchange.now), ...exchanging(given.id, exchange))
    return exchanged(conversationRow!, messageRows, exchange)
  },

  async dialogue(actor, conversationId, limit) {
    const [conversations, turns] = await db
      .as(actor)
      .batch(
        statement`select from conversations where conversation_id = ${conversationId}`,
        dialogueOf(conversationId, limit, null),
      )
    return conversations.length === 0 ? undefined : turns
  },

  async findBrief({ ownerId, conversationId, questionId, modelChoice }) {
    const [[question], teamTurns, ...brief] = await db.as({ userId: ownerId, subject: ownerId }).batch(
      statement<{ is_team: boolean }>`
        select owner_id is null as is_team from messages
        where message_id = ${questionId} and conversation_id = ${conversationId} and deleted_at is null`,
      teamDialogueOf(conversationId, questionId),
      ...briefing(conversationId, questionId, modelChoice),
    )
    if (question === undefined) return undefined
    return question.is_team ? { ...toBrief(brief), turns: teamTurns } : toBrief(brief)
  },

  async dialogueUpTo(actor, conversationId, limit, messageId) {
    const [sources, turns] = await db.as(actor).batch(
      statement`
        select from messages
        where message_id = ${messageId} and conversation_id = ${conversationId} and owner_id is not null`,
      statement<ModelTurn>`
        select role, content from (
          select role, content, created_at, message_id from messages
          where conversation_id = ${conversationId} and content <> ''
            and (created_at, message_id) <= (
              (select created_at from messages where message_id = ${messageId}), ${messageId}::uuid)
          order by created_at desc, message_id desc limit ${limit}
        ) latest order by created_at, message_id`,
    )
    return sources.length === 0 ? undefined : turns
  },

  async journal(pieces, notice) {
    await db.asSystem('reply.journal').batch(
      // Locked: whoever ends or deletes a reply at this moment goes first, and then there is nowhere to write to.
      statement`
        insert into reply_pieces (reply_id, owner_id, text_offset, content)
        select piece.reply_id, replies.owner_id, piece.text_offset, piece.content
        from unnest(${pieces.map((piece) => piece.replyId)}::uuid[], ${pieces.map((piece) => piece.offset)}::int[],
          ${pieces.map((piece) => piece.text)}::text[]) as piece (reply_id, text_offset, content)
        join replies using (reply_id) where replies.status = 'running'
        for share of replies
        on conflict do nothing`,
      statement`select pg_notify(${NOTICE_CHANNEL}, ${notice})`,
    )
  },

  async end(ended, ending, notice) {
    const status = messageStatus(ending)
    const [replies, messages] = await db.asSystem('reply.end').batch(
      // The conversation is locked first, as everybody else does who takes both.
      statement<ReplyRow>`
        with locked as (
          select conversation_id from conversations where conversation_id = ${ended.conversationId} for update
        ), r as (
          update replies set status = ${ending.status}, finish_reason = ${ending.finishReason},
            error_code = ${ending.errorCode}, model = ${ending.model}, ended_at = ${ending.now}
          from locked
          where reply_id = ${ended.id} and status = 'running' returning replies.*
        ), c as (
          update conversations c set
            running_reply_id = null,
            message_count = message_count + ${ending.text === '' ? 0 : 1},
            last_message_at = case when ${ending.text !== ''} then
              greatest(${ending.now}, last_message_at + interval '1 millisecond') else last_message_at end,
            active_at = case when ${ending.text !== ''} then
              greatest(${ending.now}, last_message_at + interval '1 millisecond') else active_at end,
            updated_at = ${ending.now}
          from r where c.conversation_id = r.conversation_id returning c.*
        ), stored as (
          -- In a team conversation the owner of the reply is whoever asked, and the message belongs to nobody.
          insert into messages (message_id, conversation_id, owner_id, role, content, model, prompt_tokens,
            completion_tokens, status, thread_id, created_at, updated_at)
          select r.message_id, r.conversation_id, c.owner_id, 'assistant', ${ending.text}, ${ending.model},
            ${ending.promptTokens}, ${ending.completionTokens}, ${status},
            (select root.message_id from messages q join messages root on root.message_id = q.thread_id
             where q.message_id = r.question_id and c.owner_id is null and root.deleted_at is null),
            c.last_message_at, c.last_message_at
          from r, c where ${ending.text !== ''} returning thread_id
        ), threaded as (
          update messages set reply_count = reply_count + 1 from stored where message_id = stored.thread_id
        ), emptied as (
          delete from reply_pieces using r where reply_pieces.reply_id = r.reply_id
        )
        select ${reply} from r`,
      statement<MessageRow>`select ${message} from messages m where message_id = ${ended.messageId}`,
      statement`select pg_notify(${NOTICE_CHANNEL}, ${notice})`,
    )
    const [row] = replies
    return row && { reply: toReply(row), message: messages[0] ? toMessage(messages[0]) : null }
  },

  async startNext(conversationId, serverId, now) {
    const [row] = await db.asSystem('reply.start-next').query(statement<ReplyRow>`
      with next as (
        select reply_id from replies where conversation_id = ${conversationId} and status = 'queued'
        order by ordinal limit 1
      ), c as (
        update conversations set running_reply_id = next.reply_id from next
        where conversation_id = ${conversationId} and running_reply_id is null returning *
      ), told as (
        select note_team_event(conversation_id, 'reply-started') from c where kind = 'team'
      )
      update replies r set status = 'running', server_id = ${serverId}, started_at = ${now}
      from c, (select count(*) from told) as once where r.reply_id = c.running_reply_id and r.status = 'queued' returning ${reply}`)
    return row && toReply(row)
  },

  async stopQueued(actor, conversationId, now) {
    const rows = await db.as(actor).query(statement`
      update replies set status = 'stopped', ended_at = ${now}
      where conversation_id = ${conversationId} and status = 'queued' returning reply_id`)
    return rows.length > 0
  },

  async setTitle(titled, title, notice) {
    await db.as({ userId: titled.ownerId, subject: titled.ownerId }).batch(
      statement`
        update conversations set title = ${title} where conversation_id = ${titled.conversationId} and title is null`,
      statement`select pg_notify(${NOTICE_CHANNEL}, ${notice})`,
    )
  },

  async progressSince(actor, conversationId, ordinal) {
    const [conversations, rows] = await db
      .as(actor)
      .batch(
        statement`select from conversations where conversation_id = ${conversationId}`,
        progress(conversationId, ordinal ?? 0, ordinal === undefined ? 1 : MAX_MISSED),
      )
    return conversations.length === 0 ? undefined : rows.map(toProgress)
  },

  async progressForReaders(conversationId, ordinal) {
    const [conversations, rows] = await db
      .asSystem('reply.follow')
      .batch(
        statement`select from conversations where conversation_id = ${conversationId}`,
        progress(conversationId, ordinal, MAX_MISSED),
      )
    return conversations.length === 0 ? undefined : rows.map(toProgress)
  },

  async findRunning(actor, conversationId) {
    const [row] = await db.as(actor).query(statement<ReplyRow>`
      select ${reply} from replies r where conversation_id = ${conversationId} and status = 'running'`)
    return row && toReply(row)
  },

  async findLatest(actor, conversationId) {
    const [[conversationRow], [replyRow]] = await db.as(actor).batch(
      statement<ConversationRow>`select ${conversation} from conversations c where conversation_id = ${conversationId}`,
      statement<ReplyRow>`
        select ${reply} from replies r where conversation_id = ${conversationId} and status <> 'queued'
        order by status = 'running' desc, ordinal desc limit 1`,
    )
    return conversationRow && { conversation: toConversation(conversationRow), reply: replyRow && toReply(replyRow) }
  },

  async beat(serverId, isAlone) {
    await db.asSystem('server.beat').batch(
      statement`
        insert into servers (server_id, started_at, seen_at) values (${serverId}, now(), now())
        on conflict (server_id) do update set seen_at = excluded.seen_at`,
      statement`delete from servers where ${isAlone} and server_id <> ${serverId}`,
    )
  },

  async leave(serverId) {
    await db.asSystem('server.leave').query(statement`delete from servers where server_id = ${serverId}`)
  },

  async listAbandoned(deadAfterMs, limit) {
    const rows = await db.asSystem('reply.reap').query(statement<ProgressRow>`
      select ${reply}, coalesce(
        (select string_agg(content, '' order by text_offset) from reply_pieces p where p.reply_id = r.reply_id), ''
      ) as text, null as written
      from replies r left join servers s using (server_id)
      where r.status = 'running'
        and (s.server_id is null or s.seen_at < now() - ${deadAfterMs}::float8 * interval '1 millisecond')
      order by r.created_at limit ${limit}`)
    return rows.map(toProgress)
  },

  async listStalled(limit) {
    const rows = await db.asSystem('reply.reap').query(statement<{ conversation_id: string }>`
      select distinct r.conversation_id from replies r join conversations c using (conversation_id)
      where r.status = 'queued' and c.running_reply_id is null limit ${limit}`)
    return rows.map((row) => row.conversation_id)
  },
})

/** First of a batch: what comes after it sees everything that was done to the conversation before. */
const locked = (conversationId: string, kind = 'assistant'): Statement => statement`
  select from conversations where conversation_id = ${conversationId} and kind = ${kind} for update`

/**
 * The reply that may be written once `replyId` is asked for: the new one only when nothing runs and nothing waits.
 * Between the end of one reply and the start of the next, nothing runs, and a new one must not jump the queue.
 * The conversation must be locked by an earlier statement of the batch.
 */
const takingTurn = (conversationId: string, replyId: string) => raw<string | null>`
  case when running_reply_id is null and not exists (
    select from replies where replies.conversation_id = ${conversationId} and status = 'queued'
  ) then ${replyId}::uuid else running_reply_id end`

/**
 * The question goes last: while it waited in the queue, the answer to an earlier one may have been stored after it.
 * Of several answers to one question only the latest is shown, and none to the question that is asked now.
 * An answer without a reply (stored with its question, or copied into a branch) belongs to the question before it.
 * Replies are read once and looked up in hashes: joined with themselves they took 30 to 300 ms in a conversation of 200
 * to 400 messages of which PostgreSQL had no statistics yet.
 */
const dialogueOf = (
  conversationId: string,
  limit: number,
  questionId: string | ReturnType<typeof raw<string>> | null,
) => statement<ModelTurn>`
  with answers as materialized (
    select message_id, question_id, ordinal,
      max(case when ended_at is null or has_message then ordinal end) over (partition by question_id) as latest
    from (
      select r.*, exists (
        select from messages m where m.message_id = r.message_id and m.conversation_id = ${conversationId}) as has_message
      from replies r where r.conversation_id = ${conversationId}
    ) r
  )
  select role, content from (
    select role, content, created_at, message_id from messages answer
    where conversation_id = ${conversationId} and content <> ''
      and message_id not in (select message_id from answers where ordinal < latest)
      and not (role = 'assistant' and message_id not in (select message_id from answers) and coalesce((
        select q.message_id from messages q
        where q.conversation_id = ${conversationId} and q.role = 'user'
          and (q.created_at, q.message_id) < (answer.created_at, answer.message_id)
        order by q.created_at desc, q.message_id desc limit 1
      ) in (select question_id from answers where latest is not null), false))
    order by created_at desc, message_id desc limit ${literalInteger(limit)}
  ) latest
  order by message_id is not distinct from ${questionId}::uuid, created_at, message_id`

/**
 * What was said in a team conversation, or in the thread in which the question stands, up to the question: several people
 * speak as `user`, so that each line says who.
 */
const teamDialogueOf = (conversationId: string, questionId: string) => statement<ModelTurn>`
  with question as (
    select thread_id, created_at, message_id from messages
    where message_id = ${questionId} and conversation_id = ${conversationId} and owner_id is null
  ), latest as (
    select m.role, m.content, m.sender_id, m.created_at, m.message_id
    from question q, messages m
    where m.conversation_id = ${conversationId} and m.role <> 'system' and m.content <> ''
      and (m.thread_id is not distinct from q.thread_id or m.message_id = q.thread_id)
      and (m.created_at, m.message_id) <= (q.created_at, q.message_id)
    order by m.created_at desc, m.message_id desc limit ${literalInteger(DIALOGUE_LENGTH)}
  )
  select role, case when role = 'user' then coalesce(u.name, 'Somebody') || ': ' || content else content end as content
  from latest left join users u on u.user_id = latest.sender_id
  order by latest.created_at, latest.message_id`

const ownKeyFor = (modelChoice: string) =>
  statement<{ sealed_key: string | null }>`select ${ownKey} as sealed_key where ${usesOwnKey(modelChoice)}`

/** What a model is told in answer to a question, and the person's own key where it is asked with that. */
const briefing = (conversationId: string, questionId: string | ReturnType<typeof raw<string>>, modelChoice: string) =>
  [dialogueOf(conversationId, DIALOGUE_LENGTH, questionId), ownKeyFor(modelChoice)] as const

const toBrief = ([turns, keys]: RowsOf<ReturnType<typeof briefing>>): Brief => ({
  turns,
  sealedKey: keys[0]?.sealed_key ?? undefined,
})

/** Whether a model can be asked: always where it needs no key of the person. */
const hasKeyFor = (modelChoice: string) => raw<boolean>`(${!usesOwnKey(modelChoice)} or ${ownKey} is not null)`

/** A new conversation for a first message; none when the choice of a model needs a key that is not there. */
const opening = ({ id, title }: NewConversationFor, now: Date, modelChoice = ''): Statement => statement`
  insert into conversations (conversation_id, kind, owner_id, title, created_at, updated_at, active_at)
  select ${id}, 'assistant', ${me}, ${title}, ${now}, ${now}, ${now} where ${hasKeyFor(modelChoice)}`

/**
 * The conversation counts the message, then the message, then its reply: one statement, so that the key it needs is there
 * for all of them or for none.
 */
const asking = (id: string, question: Question, serverId: string, modelChoice = '') =>
  [
    statement<ReplyRow>`
      with c as (
        update conversations set
          message_count = message_count + 1,
          reply_count = reply_count + 1,
          last_message_at = greatest(${question.now}, last_message_at + interval '1 millisecond'),
          active_at = greatest(${question.now}, last_message_at + interval '1 millisecond'),
          updated_at = ${question.now},
          preview = ${question.preview},
          running_reply_id = ${takingTurn(id, question.replyId)}
        where conversation_id = ${id} and kind = 'assistant' and ${hasKeyFor(modelChoice)} returning *
      ), stored as (
        insert into messages (message_id, conversation_id, owner_id, sender_id, role, content, metadata, created_at,
          updated_at)
        select ${question.messageId}, conversation_id, owner_id, owner_id, 'user', ${question.content},
          coalesce(${question.metadata}::jsonb, case when message_count = 1 then metadata end),
          last_message_at, last_message_at
        from c
      )
      insert into replies as r (reply_id, conversation_id, owner_id, ordinal, message_id, question_id, model,
        model_choice, makes_title, status, server_id, created_at, started_at)
      select ${question.replyId}, conversation_id, owner_id, reply_count, ${question.replyMessageId},
        ${question.messageId}, ${question.model}, ${question.modelChoice}, ${question.makesTitle},
        case when running_reply_id = ${question.replyId} then 'running' else 'queued' end,
        ${serverId}, ${question.now}, ${question.now}
      from c returning ${reply}`,
    statement<ConversationRow>`
      select ${conversation} from conversations c where conversation_id = ${id} and kind = 'assistant'`,
    statement<MessageRow>`select ${message} from messages m where message_id = ${question.messageId}`,
  ] as const

const asked = (
  replyRow: ReplyRow,
  conversationRow: ConversationRow,
  messageRow: MessageRow,
  brief: RowsOf<ReturnType<typeof briefing>>,
) => ({
  asked: { conversation: toConversation(conversationRow), message: toMessage(messageRow), reply: toReply(replyRow) },
  brief: toBrief(brief),
})

const exchanging = (id: string, exchange: Exchange) =>
  [
    statement<ConversationRow>`
      update conversations c set
        message_count = message_count + 2,
        last_message_at = greatest(${exchange.now}, last_message_at + interval '1 millisecond') + interval '1 millisecond',
        active_at = greatest(${exchange.now}, last_message_at + interval '1 millisecond') + interval '1 millisecond',
        updated_at = ${exchange.now},
        preview = ${exchange.preview}
      where conversation_id = ${id} and kind = 'assistant' returning ${conversation}`,
    statement<MessageRow>`
      insert into messages as m (message_id, conversation_id, owner_id, sender_id, role, content, model, prompt_tokens,
        completion_tokens, status, metadata, created_at, updated_at)
      select ${exchange.questionId}::uuid, conversation_id, owner_id, owner_id, 'user', ${exchange.question}, null, null,
        null::int, 'complete', coalesce(${exchange.metadata}::jsonb, case when message_count = 2 then metadata end),
        last_message_at - interval '1 millisecond', last_message_at - interval '1 millisecond'
      from conversations where conversation_id = ${id} and kind = 'assistant'
      union all
      select ${exchange.answerId}::uuid, conversation_id, owner_id, null, 'assistant', ${exchange.answer},
        ${exchange.model}, ${exchange.promptTokens}::int, ${exchange.completionTokens}::int, ${exchange.answerStatus},
        null, last_message_at, last_message_at
      from conversations where conversation_id = ${id} and kind = 'assistant'
      returning ${message}`,
  ] as const

const exchanged = (conversationRow: ConversationRow, rows: MessageRow[], { questionId }: Exchange) => {
  const [first, second] = rows.map(toMessage) as [ReturnType<typeof toMessage>, ReturnType<typeof toMessage>]
  const messages: [typeof first, typeof second] = first.id === questionId ? [first, second] : [second, first]
  return { conversation: toConversation(conversationRow), messages }
}

const messageStatus = ({ status, finishReason }: { status: string; finishReason: FinishReason | null }) => {
  if (status === 'complete') return finishReason === 'length' ? 'truncated' : 'complete'
  return status === 'stopped' ? 'stopped' : 'interrupted'
}

interface ProgressRow extends ReplyRow {
  text: string
  written: WrittenColumns | null
}

/** What of the message the reply does not know itself, as JSON. */
interface WrittenColumns {
  model: string
  prompt_tokens: number | null
  completion_tokens: number | null
  status: MessageRow['status']
  created_at: string
}

/** Replies from an ordinal on, oldest first: the ended ones with their message, the running ones with their journal. */
const progress = (
  conversationId: string,
  ordinal: number,
  limit: number,
): Statement<ProgressRow> => statement<ProgressRow>`
  select * from (
    select ${reply}, coalesce(
        m.content,
        (select string_agg(content, '' order by text_offset) from reply_pieces p where p.reply_id = r.reply_id), ''
      ) as text,
      case when m.message_id is not null then json_build_object('model', m.model, 'prompt_tokens', m.prompt_tokens,
        'completion_tokens', m.completion_tokens, 'status', m.status, 'created_at', m.created_at) end as written
    from replies r left join messages m on m.message_id = r.message_id
    where r.conversation_id = ${conversationId} and r.ordinal >= ${ordinal} and r.status <> 'queued'
      and not exists (
        select from replies before where before.conversation_id = ${conversationId} and before.status = 'running'
          and before.ordinal < r.ordinal)
    order by r.ordinal desc limit ${limit}
  ) latest order by ordinal`

const toProgress = (row: ProgressRow): ReplyProgress => ({
  reply: toReply(row),
  text: row.text,
  message: row.written && {
    ...onlyWords,
    id: row.message_id,
    conversationId: row.conversation_id,
    ownerId: row.owner_id,
    senderId: null,
    senderName: null,
    role: 'assistant',
    content: row.text,
    model: row.written.model,
    promptTokens: row.written.prompt_tokens,
    completionTokens: row.written.completion_tokens,
    status: row.written.status,
    metadata: null,
    createdAt: new Date(row.written.created_at),
    updatedAt: new Date(row.written.created_at),
  },
})
