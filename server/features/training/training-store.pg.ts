/** Training conversations in PostgreSQL. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import { raw } from '#db/sql.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Database, Queries, Statement } from '#kernel/database.ts'
import { previewOf } from '../conversations/index.ts'
import {
  CRITERIA,
  finalPathOf,
  hashContent,
  parsedRow,
  rawPathOf,
  type ReviewStatus,
  type Scaffolding,
  type Tier,
  type TrainingContent,
  turnCountOf,
  type UnparsedRow,
} from './content.ts'
import type { ConsultantProfile } from './final-file.ts'
import type { LogLine, TrainingAction } from './log-line.ts'
import { logLine, logLines } from './log-store.pg.ts'
import { searchedText, searchQuery } from './search-words.ts'
import {
  type BulkAction,
  type BulkChoice,
  MAX_TRAINING_TOTAL,
  type NewRevision,
  type NewTraining,
  type Origin,
  type ParseMethod,
  type ProcessingStatus,
  type RevisionReason,
  type Scores,
  type TrainingFilter,
  type TrainingRecord,
  type TrainingSort,
  type TrainingStore,
  type TrainingWithContent,
  type WantedTrainings,
} from './training-store.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')

/** Longer than it takes to write a file. */
const LEASE = fragment(`interval '1 minute'`)

interface RecordRow {
  conversation_id: string
  owner_id: string
  title: string
  origin: Origin
  source_id: string | null
  tier: Tier
  scaffolding: Scaffolding | null
  revision: number
  turn_count: number
  token_count: number
  quality_score: number | null
  empathy_score: number | null
  clarity_score: number | null
  appropriateness_score: number | null
  brand_voice_alignment: number | null
  status: ReviewStatus
  reviewed_by: string | null
  reviewed_at: Date | null
  review_notes: string | null
  processing_status: ProcessingStatus
  file_path: string | null
  file_size: number | null
  raw_response_path: string | null
  raw_response_size: number | null
  raw_stored_at: Date | null
  parse_method: ParseMethod | null
  requires_manual_review: boolean
  validation_report: Record<string, unknown> | null
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  /** `numeric`, which the driver leaves a text. */
  cost: string | null
  download_count: number
  last_downloaded_at: Date | null
  export_count: number
  last_exported_at: Date | null
  created_at: Date
  updated_at: Date
}

/** Versions of datasets that hold the conversation. */
const ITS_VERSIONS = `from dataset_items i join dataset_versions v using (dataset_id, version)
    where i.conversation_id = t.conversation_id and i.split is not null`

const columns =
  fragment(`t.conversation_id, t.owner_id, t.title, t.origin, t.source_id, t.tier, t.scaffolding, t.revision,
  t.turn_count, t.token_count, t.quality_score, t.empathy_score, t.clarity_score, t.appropriateness_score,
  t.brand_voice_alignment, t.status, t.reviewed_by, t.reviewed_at, t.review_notes, t.processing_status, t.file_path,
  t.file_size, t.raw_response_path, t.raw_response_size, t.raw_stored_at, t.parse_method, t.requires_manual_review,
  t.validation_report, t.model, t.prompt_tokens, t.completion_tokens, t.cost, t.download_count, t.last_downloaded_at,
  t.export_count + (select coalesce(sum(v.export_count), 0)::int ${ITS_VERSIONS}) as export_count,
  greatest(t.last_exported_at, (select max(v.last_exported_at) ${ITS_VERSIONS})) as last_exported_at, t.created_at, t.updated_at`)

const SCORE_COLUMNS = {
  empathy: 'empathy_score',
  clarity: 'clarity_score',
  appropriateness: 'appropriateness_score',
  brand_voice: 'brand_voice_alignment',
} as const

const scoresOf = (row: Pick<RecordRow, (typeof SCORE_COLUMNS)[keyof typeof SCORE_COLUMNS]>): Scores =>
  Object.fromEntries(
    CRITERIA.flatMap((criterion) => {
      const score = row[SCORE_COLUMNS[criterion]]
      return score === null ? [] : [[criterion, score]]
    }),
  )

const toRecord = (row: RecordRow): TrainingRecord => ({
  id: row.conversation_id,
  ownerId: row.owner_id,
  title: row.title,
  origin: row.origin,
  sourceId: row.source_id,
  tier: row.tier,
  scaffolding: row.scaffolding ?? {},
  revision: row.revision,
  turnCount: row.turn_count,
  tokenCount: row.token_count,
  qualityScore: row.quality_score,
  scores: scoresOf(row),
  status: row.status,
  reviewedBy: row.reviewed_by,
  reviewedAt: row.reviewed_at,
  reviewNotes: row.review_notes,
  processingStatus: row.processing_status,
  filePath: row.file_path,
  fileSize: row.file_size,
  rawPath: row.raw_response_path,
  rawSize: row.raw_response_size,
  rawStoredAt: row.raw_stored_at,
  parseMethod: row.parse_method,
  requiresManualReview: row.requires_manual_review,
  validationReport: row.validation_report,
  model: row.model,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  cost: row.cost === null ? null : Number(row.cost),
  downloadCount: row.download_count,
  lastDownloadedAt: row.last_downloaded_at,
  exportCount: row.export_count,
  lastExportedAt: row.last_exported_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** One row of `trainingRowColumns`. */
export type TrainingRowRecord = Pick<
  RecordRow,
  | 'conversation_id'
  | 'title'
  | 'origin'
  | 'tier'
  | 'scaffolding'
  | 'revision'
  | 'quality_score'
  | 'empathy_score'
  | 'clarity_score'
  | 'appropriateness_score'
  | 'brand_voice_alignment'
  | 'status'
  | 'reviewed_at'
  | 'review_notes'
  | 'model'
  | 'created_at'
> & { content: string }

/** What an UnparsedRow is made of: `t` is the conversation, `r` its revision. */
export const trainingRowColumns =
  fragment(`t.conversation_id, t.title, t.origin, t.tier, t.scaffolding, r.revision, t.quality_score,
  t.empathy_score, t.clarity_score, t.appropriateness_score, t.brand_voice_alignment, t.status, t.reviewed_at,
  t.review_notes, t.model, t.created_at, r.content::text as content`)

export const toUnparsedRow = (row: TrainingRowRecord): UnparsedRow => ({
  id: row.conversation_id,
  revision: row.revision,
  title: row.title,
  origin: row.origin,
  tier: row.tier,
  status: row.status,
  qualityScore: row.quality_score,
  scores: scoresOf(row),
  isReviewed: row.reviewed_at !== null,
  reviewNotes: row.review_notes,
  scaffolding: row.scaffolding ?? {},
  model: row.model,
  createdAt: row.created_at,
  content: row.content,
})

/**
 * Which conversations pass a filter, as a condition on `t`, a row of training_conversations: only of what is asked for, so
 * that PostgreSQL plans for that alone.
 */
export const trainingMatches = (filter: TrainingFilter) => {
  const query = filter.text === undefined ? undefined : searchQuery(filter.text)
  return raw<boolean>`true
    ${filter.status === undefined ? nothing : raw`and t.status = ${filter.status}`}
    ${filter.tier === undefined ? nothing : raw`and t.tier = ${filter.tier}`}
    ${filter.personaKey === undefined ? nothing : raw`and t.persona_key = ${filter.personaKey}`}
    ${filter.arcKey === undefined ? nothing : raw`and t.arc_key = ${filter.arcKey}`}
    ${filter.topicKey === undefined ? nothing : raw`and t.topic_key = ${filter.topicKey}`}
    ${filter.qualityMin === undefined ? nothing : raw`and ${quality} >= ${scoreOf(filter.qualityMin)}::real`}
    ${filter.qualityMax === undefined ? nothing : raw`and ${quality} between 0 and ${scoreOf(filter.qualityMax)}::real`}
    ${filter.origin === undefined ? nothing : raw`and t.origin = ${literalWord(filter.origin)}`}
    ${filter.processingStatus === undefined ? nothing : raw`and t.processing_status = ${literalWord(filter.processingStatus)}`}
    ${
      filter.requiresManualReview === undefined
        ? nothing
        : fragment(`and ${filter.requiresManualReview ? '' : 'not '}t.requires_manual_review`)
    }
    ${query === undefined ? nothing : raw`and t.words @@ to_tsquery('simple', ${query})`}`
}

/** One of a few words of ours as SQL text: of a parameter PostgreSQL does not know whether a partial index fits. */
const literalWord = (word: Origin | ProcessingStatus) => {
  if (!/^[a-z_]+$/.test(word)) throw new RangeError('not a word of ours')
  return fragment(`'${word}'`)
}

/** To a hundredth: `real` holds no more of them, and refuses the smallest numbers that JavaScript has. */
const scoreOf = (score: number | undefined): number | null =>
  score === undefined ? null : Math.round(score * 100) / 100

/** What has no score is behind everything that has one, and before it in the other direction. */
const quality = fragment(`coalesce(t.quality_score, '-1'::real)`)

/** What each sort goes by; how a place in it is written, and read again as the very same value. */
const ORDERS: Readonly<
  Record<TrainingSort, { by: string; written: string; read: (key: string) => ReturnType<typeof raw> }>
> = {
  created_at: {
    by: 't.created_at',
    written: '(extract(epoch from t.created_at) * 1000000)::bigint::text',
    read: (key) => raw`'epoch'::timestamptz + ${key}::bigint * interval '1 microsecond'`,
  },
  quality_score: {
    by: `coalesce(t.quality_score, '-1'::real)`,
    written: `coalesce(t.quality_score, '-1'::real)::text`,
    read: (key) => raw`${key}::real`,
  },
  turn_count: { by: 't.turn_count', written: 't.turn_count::text', read: (key) => raw`${key}::integer` },
  title: { by: 'lower(t.title)', written: 'lower(t.title)', read: (key) => raw`${key}::text` },
}

const pageOf = ({ filter, sort, direction, limit, after }: WantedTrainings) => {
  const { by, written, read } = ORDERS[sort]
  const key = fragment(by)
  const way = fragment(direction)
  const isBehind = fragment(direction === 'desc' ? '<' : '>')
  const start =
    after === undefined
      ? nothing
      : raw`and (${key}, t.conversation_id) ${isBehind} (${read(after.key)}, ${after.id}::uuid)`
  return statement<RecordRow & { sort_key: string }>`
    select ${columns}, ${fragment(written)} as sort_key from training_conversations t
    where t.owner_id = ${me} and ${trainingMatches(filter)} ${start}
    order by ${key} ${way}, t.conversation_id ${way} limit ${literalInteger(limit + 1)}`
}

/** Whether anything but the status decides: the rest is kept in `training_totals`. */
const isNarrowed = (filter: TrainingFilter): boolean =>
  Object.entries(filter).some(([name, value]) => name !== 'status' && value !== undefined)

const countOf = (filter: TrainingFilter) =>
  isNarrowed(filter)
    ? statement<{ total: number }>`
        select count(*) as total from (
          select from training_conversations t where t.owner_id = ${me} and ${trainingMatches(filter)}
          limit ${literalInteger(MAX_TRAINING_TOTAL + 1)}
        ) found`
    : statement<{ total: number }>`
        select coalesce(sum(total), 0)::bigint as total from training_totals
        where owner_id = ${me} ${filter.status === undefined ? nothing : raw`and status = ${filter.status}`}`

type WithContentRow = RecordRow & { content: TrainingContent | null }

const withContent = (id: string, revision?: number) => statement<WithContentRow>`
  select ${columns}, r.content from training_conversations t
  left join training_revisions r on r.conversation_id = t.conversation_id
    and r.revision = coalesce(${revision ?? null}::integer, t.revision)
  where t.conversation_id = ${id} and t.owner_id = ${me}`

/** Undefined where a revision was asked for that is not there; a conversation without any says nothing. */
const toTrainingWithContent = (row: WithContentRow, revision?: number): TrainingWithContent | undefined =>
  revision !== undefined && row.content === null
    ? undefined
    : { record: toRecord(row), content: row.content ?? { turns: [] } }

const beginning = (ownerId: string, training: NewTraining) => statement`
  with conversation as (
    insert into conversations (conversation_id, kind, owner_id, title, created_at, updated_at, active_at)
    values (${training.id}, 'training', ${ownerId}, ${training.title}, ${training.now}, ${training.now}, ${training.now})
    on conflict (conversation_id) do nothing
  ), again as (
    update training_conversations set processing_status = 'processing', updated_at = ${training.now}
    where conversation_id = ${training.id} and owner_id = ${ownerId} and revision = 0
  )
  insert into training_conversations (conversation_id, owner_id, origin, source_id, title, persona_key, arc_key, topic_key,
    scaffolding, tier, processing_status, model, words, created_at, updated_at)
  values (${training.id}, ${ownerId}, ${training.origin}, ${training.sourceId ?? null}, ${training.title},
    ${training.scaffolding?.persona?.key ?? null}, ${training.scaffolding?.arc?.key ?? null},
    ${training.scaffolding?.topic?.key ?? null}, ${training.scaffolding ?? null}, ${training.tier}, 'processing',
    ${training.model ?? null}, ${titleWords(training.title)}, ${training.now}, ${training.now})
  on conflict (conversation_id) do nothing`

/** They are marked, so that they can be told from those of the turns. */
const titleWords = (title: string) => raw`setweight(to_tsvector('simple', ${searchedText(title)}), 'A')`

/**
 * Waits for whoever is changing the conversation; a row where there is one. A statement of its own, and first: one that waits
 * goes on with the row as it is then, but sees everything else as it was before it waited.
 */
const locking = (id: string) => statement<{ conversation_id: string }>`
  select conversation_id from training_conversations where conversation_id = ${id} and owner_id = ${me} for update`

/**
 * A new revision as two statements of one transaction, in this order. The first waits for others, so that the second sees
 * what they did: its messages are all replaced. Rows: the first has one where there is such
 * a conversation, the second where it was kept, with the number.
 */
const keepStatements = (id: string, revision: NewRevision): readonly [Statement, Statement<{ revision: number }>] => {
  const { content, scores = {}, now } = revision
  const said = content.turns.filter((turn) => turn.role !== 'tool' && turn.content !== null)
  const latest = said.findLast(({ role }) => role === 'user')
  const searched = content.turns.map((turn) => turn.content ?? '').join('\n')
  return [
    locking(id),
    statement<{ revision: number }>`
      with t as (
        update training_conversations set revision = revision + 1, turn_count = ${turnCountOf(content)},
          token_count = ${revision.tokenCount}, quality_score = ${scoreOf(revision.qualityScore)}::real,
          empathy_score = coalesce(${scoreOf(scores.empathy)}::real, empathy_score),
          clarity_score = coalesce(${scoreOf(scores.clarity)}::real, clarity_score),
          appropriateness_score = coalesce(${scoreOf(scores.appropriateness)}::real, appropriateness_score),
          brand_voice_alignment = coalesce(${scoreOf(scores.brand_voice)}::real, brand_voice_alignment),
          processing_status = 'completed', requires_manual_review = ${revision.requiresManualReview},
          parse_method = coalesce(${revision.parseMethod ?? null}, parse_method),
          validation_report = coalesce(${revision.validationReport ?? null}::jsonb, validation_report),
          prompt_tokens = coalesce(${revision.promptTokens ?? null}::integer, prompt_tokens),
          completion_tokens = coalesce(${revision.completionTokens ?? null}::integer, completion_tokens),
          cost = coalesce(${revision.cost ?? null}::numeric, cost),
          words = to_tsvector('simple', ${searchedText(searched)}) || ts_filter(words, '{a}'),
          file_due = file_due + 1, updated_at = ${now}
        where conversation_id = ${id} and owner_id = ${me}
          and revision = coalesce(${revision.basedOn ?? null}::integer, revision)
        returning conversation_id, owner_id, revision, created_at, model
      ), kept as (
        insert into training_revisions (conversation_id, owner_id, revision, content, content_hash, reason, changed_by, created_at)
        select conversation_id, owner_id, revision, ${JSON.stringify(content)}::json, ${hashContent(content)}::bytea,
          ${revision.reason}, ${me}, ${now}::timestamptz from t
      ), gone as (
        delete from messages m using t where m.conversation_id = t.conversation_id
      ), said as (
        insert into messages (message_id, conversation_id, owner_id, sender_id, role, content, model, created_at, updated_at)
        select gen_random_uuid(), t.conversation_id, t.owner_id, case said.role when 'user' then t.owner_id end, said.role,
          said.content, case said.role when 'assistant' then t.model end,
          t.created_at + said.place * interval '1 millisecond', ${now}::timestamptz
        from t, unnest(${said.map(({ role }) => role)}::text[], ${said.map((turn) => turn.content)}::text[])
          with ordinality as said (role, content, place)
      ), counted as (
        update conversations c set message_count = ${said.length}, last_message_at = ${now}::timestamptz,
          active_at = ${now}::timestamptz, updated_at = ${now}::timestamptz,
          preview = ${latest === undefined ? null : previewOf(latest.content!)}
        from t where c.conversation_id = t.conversation_id
      )
      select revision from t`,
  ]
}

const LOGGED_AS: Readonly<Record<RevisionReason, TrainingAction>> = {
  generated: 'generate',
  taken: 'take',
  imported: 'import',
  edited: 'edit',
  redacted: 'redact',
  restored: 'restore',
  erased: 'erase',
}

const lineOf = (id: string, { reason, loggedAs, details, now }: NewRevision): LogLine => ({
  at: now,
  action: loggedAs ?? LOGGED_AS[reason],
  conversationId: id,
  details,
})

const ACTION_OF: Readonly<Record<ReviewStatus, TrainingAction>> = {
  approved: 'approve',
  rejected: 'reject',
  archived: 'archive',
  pending_review: 'reopen',
}

const chosen = ({ ids, filter = {} }: BulkChoice) =>
  raw<boolean>`${trainingMatches(filter)} ${ids === undefined ? nothing : raw`and t.conversation_id = any(${ids}::uuid[])`}`

interface BulkStep {
  readonly logged: TrainingAction
  readonly details?: Readonly<Record<string, unknown>>
  /** For which it makes a difference. */
  readonly concerned: ReturnType<typeof raw<boolean>>
  /** Does it with the rows of `chosen`. */
  readonly apply: ReturnType<typeof raw>
}

const reviewing = (status: ReviewStatus, notes: string | null, now: Date) => raw`
  update training_conversations t set status = ${status}, reviewed_by = ${me}, reviewed_at = ${now},
    review_notes = ${notes}, requires_manual_review = false, file_due = t.file_due + 1, updated_at = ${now}
  from chosen where t.conversation_id = chosen.conversation_id returning t.conversation_id`

const stepOf = (action: BulkAction, now: Date): BulkStep => {
  switch (action.action) {
    case 'approve':
      return {
        logged: 'approve',
        concerned: raw`t.status <> 'approved' and t.processing_status = 'completed'`,
        apply: reviewing('approved', null, now),
      }
    case 'archive':
      return { logged: 'archive', concerned: raw`t.status <> 'archived'`, apply: reviewing('archived', null, now) }
    case 'reject':
      return {
        logged: 'reject',
        details: { notes: action.reason },
        concerned: raw`t.status <> 'rejected'`,
        apply: reviewing('rejected', action.reason, now),
      }
    case 'set_tier':
      return {
        logged: 'change',
        details: { tier: action.tier },
        concerned: raw`t.tier <> ${action.tier}`,
        apply: raw`
          update training_conversations t set tier = ${action.tier}, file_due = t.file_due + 1, updated_at = ${now}
          from chosen where t.conversation_id = chosen.conversation_id returning t.conversation_id`,
      }
    case 'delete':
      return {
        logged: 'delete',
        concerned: raw`true`,
        apply: raw`
          delete from conversations c using chosen where c.conversation_id = chosen.conversation_id
          returning c.conversation_id`,
      }
  }
}

export const pgTrainingStore = (db: Database): TrainingStore => {
  /** A change of one conversation with its line in the log; undefined where there is none. */
  const changed = (actor: Actor, change: Statement<RecordRow>, line: LogLine): Promise<TrainingRecord | undefined> =>
    db.as(actor).transaction(async (queries: Queries) => {
      const [row] = await queries.query(change)
      if (row === undefined) return undefined
      await queries.query(logLine(line))
      return toRecord(row)
    })

  /**
   * Under row-level security an index serves only operators that can leak nothing, and `@@` is none of these: a word that few
   * conversations have took 1.1 s among 200,000. These statements ask whose the rows are themselves.
   */
  const reading = (actor: Actor, filter: TrainingFilter): Queries =>
    filter.text === undefined ? db.as(actor) : db.asSystem('training.search', actor)

  /** The ids of those that are meant, where words say which: see `reading`. */
  const searched = async (
    actor: Actor,
    choice: BulkChoice,
    concerned: BulkStep['concerned'],
    limit: number,
  ): Promise<string[]> => {
    const rows = await reading(actor, choice.filter ?? {}).query(statement<{ conversation_id: string }>`
      select t.conversation_id from training_conversations t
      where t.owner_id = ${me} and ${chosen(choice)} and ${concerned}
      order by t.conversation_id limit ${literalInteger(limit)}`)
    return rows.map((row) => row.conversation_id)
  }

  return {
    async begin(actor, training) {
      await db.as(actor).query(beginning(actor.userId, training))
    },

    async add(actor, training, revision) {
      await db
        .as(actor)
        .batch(
          beginning(actor.userId, training),
          ...keepStatements(training.id, revision),
          logLine(lineOf(training.id, revision)),
        )
    },

    async noteRaw(actor, id, { size, now }) {
      const rows = await db.as(actor).query(statement`
        update training_conversations set raw_response_path = ${rawPathOf(actor.userId, id)}, raw_response_size = ${size},
          raw_stored_at = ${now}, processing_status = 'raw_stored', updated_at = ${now}
        where conversation_id = ${id} and owner_id = ${me} returning conversation_id`)
      return rows.length > 0
    },

    keep: (actor, id, revision) =>
      db.as(actor).transaction(async (queries) => {
        const [found, kept] = await queries.batch(...keepStatements(id, revision))
        const number = kept[0]?.revision
        if (number === undefined) return found.length === 0 ? undefined : 'moved'
        await queries.query(logLine(lineOf(id, revision)))
        return number
      }),

    async fail(actor, id, { status, validationReport, now }) {
      await db.as(actor).query(statement`
        update training_conversations set processing_status = ${status}, requires_manual_review = true,
          validation_report = coalesce(${validationReport ?? null}::jsonb, validation_report), updated_at = ${now}
        where conversation_id = ${id} and owner_id = ${me} and revision = 0`)
    },

    async claimFile(actor, id) {
      const [, [row]] = await db.as(actor).batch(
        locking(id),
        statement<TrainingRowRecord & { file_due: number; profile: ConsultantProfile | null }>`
          with t as (
            update training_conversations set file_lease_until = now() + ${LEASE}
            where conversation_id = ${id} and owner_id = ${me} and file_written < file_due and revision > 0
              and (file_lease_until is null or file_lease_until <= now())
            returning *
          )
          select ${trainingRowColumns}, t.file_due, p.profile from t
          join training_revisions r on r.conversation_id = t.conversation_id and r.revision = t.revision
          left join consultant_profiles p on p.owner_id = t.owner_id`,
      )
      return row && { row: parsedRow(toUnparsedRow(row)), profile: row.profile ?? undefined, due: row.file_due }
    },

    async noteFile(actor, id, { due, size }) {
      const [row] = await db.as(actor).query(statement<{ is_current: boolean }>`
        update training_conversations set file_path = ${finalPathOf(actor.userId, id)}, file_size = ${size},
          file_written = greatest(file_written, ${due}::integer), file_lease_until = null
        where conversation_id = ${id} and owner_id = ${me} returning file_written >= file_due as is_current`)
      return row && (row.is_current ? 'current' : 'stale')
    },

    async endFileClaims() {
      await db.asSystem('training.files').query(statement`
        update training_conversations set file_lease_until = null
        where file_written < file_due and file_lease_until is not null`)
    },

    async listDueFiles(limit) {
      const rows = await db.asSystem('training.files').query(statement<{ conversation_id: string; owner_id: string }>`
        select conversation_id, owner_id from training_conversations
        where file_written < file_due and revision > 0 and (file_lease_until is null or file_lease_until <= now())
        limit ${literalInteger(limit)}`)
      return rows.map((row) => ({ id: row.conversation_id, ownerId: row.owner_id }))
    },

    async find(actor, id) {
      const [row] = await db.as(actor).query(statement<RecordRow>`
        select ${columns} from training_conversations t where t.conversation_id = ${id} and t.owner_id = ${me}`)
      return row && toRecord(row)
    },

    async findWithContent(actor, id, revision) {
      const [row] = await db.as(actor).query(withContent(id, revision))
      return row && toTrainingWithContent(row, revision)
    },

    async findWithHistory(actor, id, { actions, limit }) {
      const [[row], lines] = await db.as(actor).batch(
        withContent(id),
        statement<{
          at: Date
          action: TrainingAction
          actor_id: string | null
          details: Record<string, unknown> | null
        }>`
          select at, action, actor_id, details from training_log
          where conversation_id = ${id} and owner_id = ${me} and action = any(${actions}::text[])
          order by at desc, log_id desc limit ${literalInteger(limit)}`,
      )
      const found = row && toTrainingWithContent(row)
      return found && { ...found, history: lines.map(({ actor_id, ...line }) => ({ ...line, actorId: actor_id })) }
    },

    async list(actor, wanted) {
      const [rows, [counted]] = await reading(actor, wanted.filter).batch(pageOf(wanted), countOf(wanted.filter))
      const { sort, direction, limit } = wanted
      const last = rows.length > limit ? rows[limit - 1] : undefined
      const total = counted!.total
      return {
        items: rows.slice(0, limit).map(toRecord),
        next: last && { sort, direction, key: last.sort_key, id: last.conversation_id },
        total: isNarrowed(wanted.filter) ? Math.min(total, MAX_TRAINING_TOTAL) : total,
        totalIsExact: !isNarrowed(wanted.filter) || total <= MAX_TRAINING_TOTAL,
      }
    },

    async listRevisions(actor, id, { before, limit }) {
      const rows = await db.as(actor).query(statement<{
        revision: number
        reason: RevisionReason
        changed_by: string | null
        created_at: Date
      }>`
        select revision, reason, changed_by, created_at from training_revisions
        where conversation_id = ${id} and owner_id = ${me}
          ${before === undefined ? nothing : raw`and revision < ${before}::integer`}
        order by revision desc limit ${literalInteger(limit)}`)
      return rows.map((row) => ({
        revision: row.revision,
        reason: row.reason,
        changedBy: row.changed_by,
        createdAt: row.created_at,
      }))
    },

    async totals(actor) {
      const rows = await db.as(actor).query(statement<{
        status: ReviewStatus
        tier: Tier
        total: number
        scored: number
        score_sum: number
      }>`
        select status, tier, total, scored, score_sum::double precision as score_sum from training_totals
        where owner_id = ${me} and total > 0 order by status, tier`)
      return rows.map(({ score_sum, ...row }) => ({ ...row, scoreSum: score_sum }))
    },

    async readRows(actor, items) {
      const rows = await db.as(actor).query(statement<TrainingRowRecord>`
        select ${trainingRowColumns} from unnest(${items.map(({ id }) => id)}::uuid[], ${items.map(({ revision }) => revision ?? null)}::integer[])
          with ordinality as wanted (id, revision, place)
        join training_conversations t on t.conversation_id = wanted.id and t.owner_id = ${me}
        join training_revisions r on r.conversation_id = wanted.id
          and r.revision = coalesce(wanted.revision, t.revision)
        order by wanted.place`)
      return rows.map(toUnparsedRow)
    },

    change: (actor, id, { title, tier, now }) =>
      changed(
        actor,
        statement<RecordRow>`
          with t as (
            update training_conversations t set title = coalesce(${title ?? null}, t.title),
              tier = coalesce(${tier ?? null}, t.tier), updated_at = ${now}, file_due = t.file_due + 1
              ${title === undefined ? nothing : raw`, words = ts_filter(t.words, '{d}') || ${titleWords(title)}`}
            where t.conversation_id = ${id} and t.owner_id = ${me} returning ${columns}
          ), c as (
            update conversations c set title = t.title, updated_at = ${now} from t
            where c.conversation_id = t.conversation_id and c.title is distinct from t.title
          )
          select ${columns} from t`,
        { at: now, action: 'change', conversationId: id, details: { ...(title && { title }), ...(tier && { tier }) } },
      ),

    review: (actor, id, { status, notes, now }) =>
      changed(
        actor,
        statement<RecordRow>`
          update training_conversations t set status = ${status}, review_notes = ${notes}, updated_at = ${now},
            reviewed_by = ${status === 'pending_review' ? null : actor.userId}::uuid,
            reviewed_at = ${status === 'pending_review' ? null : now}::timestamptz, file_due = t.file_due + 1,
            requires_manual_review = t.requires_manual_review and ${status === 'pending_review'}::boolean
          where t.conversation_id = ${id} and t.owner_id = ${me}
            and (${status !== 'approved'}::boolean or t.processing_status = 'completed')
          returning ${columns}`,
        { at: now, action: ACTION_OF[status], conversationId: id, ...(notes === null ? {} : { details: { notes } }) },
      ),

    score: (actor, id, { scores, now }) =>
      changed(
        actor,
        statement<RecordRow>`
          update training_conversations t set
            empathy_score = coalesce(${scoreOf(scores.empathy)}::real, t.empathy_score),
            clarity_score = coalesce(${scoreOf(scores.clarity)}::real, t.clarity_score),
            appropriateness_score = coalesce(${scoreOf(scores.appropriateness)}::real, t.appropriateness_score),
            brand_voice_alignment = coalesce(${scoreOf(scores.brand_voice)}::real, t.brand_voice_alignment),
            file_due = t.file_due + 1, updated_at = ${now}
          where t.conversation_id = ${id} and t.owner_id = ${me} and t.revision > 0 returning ${columns}`,
        { at: now, action: 'score', conversationId: id, details: { ...scores } },
      ),

    async changeMany(actor, choice, action, { limit, now }) {
      const { logged, details, concerned, apply } = stepOf(action, now)
      const wanted =
        choice.filter?.text === undefined ? choice : { ids: await searched(actor, choice, concerned, limit) }
      return db.as(actor).transaction(async (queries) => {
        const [found, rows] = await queries.batch(
          statement<{ found: number }>`
            select count(*) as found from training_conversations t
            where t.owner_id = ${me} and t.conversation_id = any(${choice.ids ?? []}::uuid[])`,
          statement<{ conversation_id: string }>`
            with chosen as materialized (
              select t.conversation_id from training_conversations t
              where t.owner_id = ${me} and ${chosen(wanted)} and ${concerned}
              order by t.conversation_id limit ${literalInteger(limit)} for update
            ) ${apply}`,
        )
        const ids = rows.map((row) => row.conversation_id)
        if (ids.length > 0) await queries.query(logLines({ at: now, action: logged, conversationIds: ids, details }))
        return { ids, found: choice.ids && found[0]!.found }
      })
    },

    remove: (actor, id, now) =>
      db.as(actor).transaction(async (queries) => {
        const rows = await queries.query(statement`
          delete from conversations where conversation_id = ${id} and owner_id = ${me} and kind = 'training'
          returning conversation_id`)
        if (rows.length > 0) await queries.query(logLine({ at: now, action: 'delete', conversationId: id }))
        return rows.length > 0
      }),

    async findProfile(actor) {
      const [row] = await db.as(actor).query(statement<{ profile: ConsultantProfile }>`
        select profile from consultant_profiles where owner_id = ${me}`)
      return row?.profile
    },

    async saveProfile(actor, profile, now) {
      await db.as(actor).query(statement`
        insert into consultant_profiles (owner_id, profile, updated_at) values (${me}, ${profile}, ${now})
        on conflict (owner_id) do update set profile = excluded.profile, updated_at = excluded.updated_at`)
    },
  }
}
