/** The log of training data in PostgreSQL, and the counts that are made of it. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import { raw } from '#db/sql.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import { type Allowance, DAY_MS, HOUR_MS } from './download-limits.ts'
import {
  DOWNLOAD_ACTIONS,
  type DownloadAction,
  type LogEntry,
  type LogFilter,
  type LogLine,
  type LogPlace,
  type TrainingAction,
} from './log-line.ts'
import type { LogStore } from './log-store.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')
const isDownload = raw`action = any(${[...DOWNLOAD_ACTIONS]}::text[])`

const columns = fragment('log_id, owner_id, actor_id, at, action, conversation_id, bytes, error_code, details')

const valuesOf = ({ at, action, bytes, errorCode, details }: Omit<LogLine, 'conversationId'>) => ({
  head: raw`gen_random_uuid(), ${me}, ${me}, ${at}::timestamptz, ${action}::text`,
  tail: raw`${bytes ?? null}::bigint, ${errorCode ?? null}::text, ${details === undefined ? null : JSON.stringify(details)}::jsonb`,
})

/** Adds a line about the person's own data, in their own name: for the transaction that does what it tells of. */
export const logLine = (line: LogLine): Statement => {
  const { head, tail } = valuesOf(line)
  return statement`
    insert into training_log (${columns}) select ${head}, ${line.conversationId ?? null}::uuid, ${tail}`
}

/** The same line about each of several conversations. */
export const logLines = ({
  conversationIds,
  ...line
}: Omit<LogLine, 'conversationId'> & { readonly conversationIds: readonly string[] }): Statement => {
  const { head, tail } = valuesOf(line)
  return statement`
    insert into training_log (${columns})
    select ${head}, conversation_id, ${tail} from unnest(${conversationIds}::uuid[]) as about (conversation_id)`
}

interface EntryRow {
  log_id: string
  at: Date
  action: TrainingAction
  actor_id: string | null
  conversation_id: string | null
  bytes: number | null
  error_code: ErrorCode | null
  details: Record<string, unknown> | null
}

const toEntry = (row: EntryRow): LogEntry => ({
  id: row.log_id,
  at: row.at,
  action: row.action,
  actorId: row.actor_id,
  conversationId: row.conversation_id,
  bytes: row.bytes,
  errorCode: row.error_code,
  details: row.details,
})

/** Of a list PostgreSQL can't read an index in order: with 600,000 lines one action that is rare took 140 ms. */
const isOneOf = (actions: readonly TrainingAction[]) =>
  actions.length === 1 ? raw`and action = ${actions[0]}` : raw`and action = any(${[...actions]}::text[])`

const entries = (
  { actions, conversationId, from, to }: LogFilter,
  { after, limit }: { readonly after?: LogPlace | undefined; readonly limit: number },
) => statement<EntryRow>`
  select log_id, at, action, actor_id, conversation_id, bytes, error_code, details from training_log
  where owner_id = ${me}
    ${actions === undefined ? nothing : isOneOf(actions)}
    ${conversationId === undefined ? nothing : raw`and conversation_id = ${conversationId}`}
    ${from === undefined ? nothing : raw`and at >= ${from}`}
    ${to === undefined ? nothing : raw`and at < ${to}`}
    ${after === undefined ? nothing : raw`and (at, log_id) < (${after.at}::timestamptz, ${after.id}::uuid)`}
  order by at desc, log_id desc limit ${literalInteger(limit)}`

/** One person's downloads one after the other, for their allowance. */
const inTurn = statement`select pg_advisory_xact_lock(hashtextextended('training download ' || ${me}::text, 0))`

interface Noted {
  is_noted: boolean
  retry_after: number
}

/** What was used is counted as far back as an allowance reaches, and no further. */
const noteIfAllowed = (
  line: LogLine & { readonly action: DownloadAction },
  { downloadsPerHour, bytesPerDay }: Allowance,
) => {
  const { at, conversationId, errorCode } = line
  const before = (milliseconds: number) => new Date(at.getTime() - milliseconds)
  const hourAgo = before(HOUR_MS)
  const reach = bytesPerDay > 0 ? before(DAY_MS) : downloadsPerHour > 0 ? hourAgo : at
  const { head, tail } = valuesOf(line)
  const refusal = valuesOf({ at, action: line.action, errorCode: 'training.download_limit' })
  const about = raw`${conversationId ?? null}::uuid`
  return statement<Noted>`
    with recent as materialized (
      select at, bytes, error_code from training_log where owner_id = ${me} and ${isDownload} and at > ${reach}
    ), used as materialized (
      select count(*) filter (where at > ${hourAgo}) as downloads, min(at) filter (where at > ${hourAgo}) as first_download,
        coalesce(sum(bytes), 0) as bytes, min(at) filter (where bytes > 0) as first_bytes
      from recent where error_code is distinct from 'training.download_limit'
    ), verdict as materialized (
      select ${downloadsPerHour}::bigint > 0 and downloads >= ${downloadsPerHour}::bigint as has_too_many,
        ${bytesPerDay}::bigint > 0 and bytes >= ${bytesPerDay}::bigint as has_too_much, used.*
      from used
    ), line as (
      insert into training_log (${columns}) select ${head}, ${about}, ${tail}
      from verdict where not (has_too_many or has_too_much)
      returning conversation_id
    ), refusal as (
      insert into training_log (${columns}) select ${refusal.head}, ${about}, ${refusal.tail}
      from verdict where (has_too_many or has_too_much) and not exists (
        select from recent where error_code = 'training.download_limit' and at > ${hourAgo})
    ), counted as (
      update training_conversations t set download_count = t.download_count + 1, last_downloaded_at = ${at}
      from line where t.conversation_id = line.conversation_id and ${errorCode === undefined}::boolean
    )
    select exists (select from line) as is_noted,
      ceil(extract(epoch from greatest(
        case when has_too_many then first_download + interval '1 hour' end,
        case when has_too_much then first_bytes + interval '1 day' end
      ) - ${at}::timestamptz))::integer as retry_after
    from verdict`
}

export const pgLogStore = (db: Database): LogStore => ({
  async findFiles(actor, conversationId) {
    const [row] = await db.as(actor).query(statement<{
      file_path: string | null
      file_size: number | null
      raw_response_path: string | null
      raw_response_size: number | null
      is_due: boolean
    }>`
      select file_path, file_size, raw_response_path, raw_response_size, file_written < file_due and revision > 0 as is_due
      from training_conversations
      where conversation_id = ${conversationId}`)
    return (
      row && {
        filePath: row.file_path,
        fileSize: row.file_size,
        rawPath: row.raw_response_path,
        rawSize: row.raw_response_size,
        isDue: row.is_due,
      }
    )
  },

  async noteDownload(actor, line, allowance) {
    const [, rows] = await db.as(actor).batch(inTurn, noteIfAllowed(line, allowance))
    const { is_noted, retry_after } = rows[0]!
    return is_noted ? undefined : { retryAfterSeconds: Math.max(1, retry_after) }
  },

  async list(actor, filter, page) {
    return (await db.as(actor).query(entries(filter, page))).map(toEntry)
  },

  async listDownloads(actor, conversationId, page) {
    const [conversations, rows] = await db.as(actor).batch(
      statement<{ download_count: number; last_downloaded_at: Date | null }>`
        select download_count, last_downloaded_at from training_conversations where conversation_id = ${conversationId}`,
      entries({ conversationId, actions: ['download', 'download_raw'] }, page),
    )
    const [counts] = conversations
    return counts && { entries: rows.map(toEntry), count: counts.download_count, lastAt: counts.last_downloaded_at }
  },

  async readAnalytics(actor, { from, to }) {
    // Moments, and not days that PostgreSQL would turn into them: row-level security keeps such a function away from the index.
    const [since, until] = [new Date(from), new Date(Date.parse(to) + DAY_MS)]
    const within = raw`owner_id = ${me} and at >= ${since}::timestamptz and at < ${until}::timestamptz`
    const [days, failures, top] = await db.as(actor).batch(
      statement<{ day: string; downloads: number; failures: number; exports: number; linked: number; served: number }>`
        select day, sum(downloads)::bigint as downloads, sum(failures)::bigint as failures,
          sum(exports)::bigint as exports, sum(linked)::bigint as linked, sum(served)::bigint as served
        from (
          select (at at time zone 'UTC')::date as day,
            count(*) filter (where ${isDownload} and error_code is null) as downloads,
            count(*) filter (where error_code is not null) as failures,
            count(*) filter (where action = 'export' and error_code is null) as exports,
            coalesce(sum(bytes) filter (where ${isDownload} and error_code is null), 0) as linked, 0 as served
          from training_log where ${within} and (${isDownload} or action = 'export') group by 1
          union all
          select day, 0, 0, 0, 0, bytes from training_served
          where owner_id = ${me} and day between ${from}::date and ${to}::date
        ) counted group by day order by day`,
      statement<{ error_code: ErrorCode; count: number }>`
        select error_code, count(*) as count from training_log
        where ${within} and (${isDownload} or action = 'export') and error_code is not null
        group by error_code order by count desc, error_code`,
      statement<{ conversation_id: string; title: string | null; downloads: number }>`
        select top.conversation_id, t.title, top.downloads from (
          select conversation_id, count(*) as downloads from training_log
          where ${within} and action in ('download', 'download_raw') and error_code is null
          group by conversation_id order by downloads desc, conversation_id limit 10
        ) top left join training_conversations t using (conversation_id)
        order by top.downloads desc, top.conversation_id`,
    )
    return {
      days: days.map((row) => ({
        date: row.day,
        downloads: row.downloads,
        failures: row.failures,
        exports: row.exports,
        bytesLinked: row.linked,
        bytesServed: row.served,
      })),
      failures: failures.map((row) => ({ errorCode: row.error_code, count: row.count })),
      top: top.map((row) => ({ conversationId: row.conversation_id, title: row.title, downloads: row.downloads })),
    }
  },

  async isKept(path) {
    const conversationId = /([0-9a-f-]{36})(\/conversation)?\.json$/.exec(path)?.[1]
    if (conversationId === undefined) return false
    const rows = await db.asSystem('training.link').query(statement`
      select from training_conversations
      where conversation_id = ${conversationId}::uuid and ${path} in (file_path, raw_response_path)`)
    return rows.length > 0
  },

  async addServed(served) {
    await db.asSystem('training.served').query(statement`
      insert into training_served as s (owner_id, day, bytes)
      select more.owner_id, more.day, more.bytes
      from unnest(${served.map(({ ownerId }) => ownerId)}::uuid[], ${served.map(({ day }) => day)}::date[],
        ${served.map(({ bytes }) => bytes)}::bigint[]) as more (owner_id, day, bytes)
      join users u on u.user_id = more.owner_id
      order by more.owner_id, more.day
      on conflict (owner_id, day) do update set bytes = s.bytes + excluded.bytes`)
  },
})
