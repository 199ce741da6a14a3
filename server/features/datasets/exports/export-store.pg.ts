/** Exports in PostgreSQL: claims skip what others hold, and leases end by the database's clock. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { LEASE_SECONDS } from '#kernel/leased-work.ts'
import { logLine } from '../../training/index.ts'
import type { Export, ExportOrder, ExportResult, ExportScope, ExportStatus, LeasedExport } from './export.ts'
import type { ExportQueue, ExportStore } from './export-store.ts'

interface ExportRow {
  export_id: string
  owner_id: string
  dataset_id: string | null
  version: number | null
  conversation_ids: string[] | null
  revisions: number[] | null
  name: string
  wanted: ExportOrder
  status: ExportStatus
  done: number
  total: number
  lease_id: string | null
  folder: string | null
  result: ExportResult | null
  error_code: Export['errorCode']
  created_at: Date
  started_at: Date | null
  completed_at: Date | null
  expires_at: Date | null
}

/** After so many workers that died over it, it has failed. */
const MOST_LOSSES = 3

const columns =
  fragment(`e.export_id, e.owner_id, e.dataset_id, e.version, e.conversation_ids, e.revisions, e.name, e.wanted,
  e.status, e.done, e.total, e.lease_id, e.folder, e.result, e.error_code, e.created_at, e.started_at, e.completed_at,
  e.expires_at`)
const me = fragment('(select app_user())')
const LEASE = fragment(`interval '${LEASE_SECONDS} seconds'`)
/** What is no longer anybody's to work on. */
const released = fragment('lease_id = null, leased_until = null, folder = null, done = 0')

const toScope = (row: ExportRow): ExportScope =>
  row.dataset_id === null
    ? {
        kind: 'conversations',
        items: row.conversation_ids!.map((id, index) => ({ id, revision: row.revisions![index]! })),
      }
    : { kind: 'version', datasetId: row.dataset_id, version: row.version! }

const toExport = (row: ExportRow): Export => ({
  id: row.export_id,
  ownerId: row.owner_id,
  scope: toScope(row),
  name: row.name,
  order: row.wanted,
  status: row.status,
  done: row.done,
  total: row.total,
  folder: row.folder,
  result: row.result,
  errorCode: row.error_code,
  createdAt: row.created_at,
  startedAt: row.started_at,
  completedAt: row.completed_at,
  expiresAt: row.expires_at,
})

export const pgExportStore = (db: Database): ExportStore => ({
  create: (actor, { id, name, order, now, from }, mostUnfinished) =>
    db.as(actor).transaction(async (queries) => {
      const [, [waiting], chosen] = await queries.batch(
        // One after the other: of many that come at once each could see the same room.
        statement`select pg_advisory_xact_lock(hashtextextended('exports.' || app_user(), 0))`,
        statement<{ total: number }>`
          select count(*)::int as total from exports where owner_id = ${me} and status in ('queued', 'processing')`,
        statement<{ conversation_id: string; revision: number }>`
          select conversation_id, revision from training_conversations
          where conversation_id = any(${from.kind === 'conversations' ? from.ids : []}::uuid[]) and revision > 0
          order by conversation_id`,
      )
      if (waiting!.total >= mostUnfinished) return 'full'
      const isChoice = from.kind === 'conversations'
      if (isChoice && chosen.length < new Set(from.ids).size) return 'hidden'
      const [row] = await queries.query(statement<ExportRow>`
        insert into exports as e (export_id, owner_id, dataset_id, version, conversation_ids, revisions, name, wanted, status,
          total, created_at)
        values (${id}, ${me}, ${isChoice ? null : from.datasetId}, ${isChoice ? null : from.version},
          ${isChoice ? chosen.map((each) => each.conversation_id) : null}::uuid[],
          ${isChoice ? chosen.map((each) => each.revision) : null}::integer[],
          ${name}, ${JSON.stringify(order)}::json, 'queued', ${isChoice ? chosen.length : from.total}, ${now})
        returning ${columns}`)
      return toExport(row!)
    }),

  async find(actor, id) {
    const [row] = await db
      .as(actor)
      .query(statement<ExportRow>`select ${columns} from exports e where e.export_id = ${id}`)
    return row && toExport(row)
  },

  async list(actor, { after, limit }) {
    const rows = await db.as(actor).query(statement<ExportRow>`
      select ${columns} from exports e
      where e.owner_id = ${me} and (e.created_at, e.export_id)
        < (coalesce(${after?.at ?? null}::timestamptz, 'infinity'),
          coalesce(${after?.id ?? null}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      order by e.created_at desc, e.export_id desc limit ${literalInteger(limit)}`)
    return rows.map(toExport)
  },

  async cancel(actor, id, now) {
    const [, [row]] = await db.as(actor).batch(
      statement`
        update exports set status = 'cancelled', completed_at = ${now}, ${released}
        where export_id = ${id} and status in ('queued', 'processing')`,
      statement<ExportRow>`select ${columns} from exports e where e.export_id = ${id}`,
    )
    return row && toExport(row)
  },

  async remove(actor, id) {
    const rows = await db.as(actor).query(statement<{ export_id: string }>`
      delete from exports where export_id = ${id} returning export_id`)
    return rows.length > 0
  },
})

export const pgExportQueue = (db: Database): ExportQueue => ({
  async claim(leaseId) {
    // Of the person who has the fewest being made, the one that has waited longest.
    const [row] = await db.asSystem('export.claim').query(statement<ExportRow>`
      update exports e set status = 'processing', lease_id = ${leaseId}, leased_until = now() + ${LEASE},
        attempts = attempts + 1, folder = e.owner_id || '/' || e.export_id || '-' || (attempts + 1), done = 0,
        started_at = now(), error_code = null
      where e.export_id = (
        select q.export_id from exports q where q.status = 'queued'
        order by (select count(*) from exports p where p.status = 'processing' and p.owner_id = q.owner_id), q.created_at,
          q.export_id
        limit 1 for update of q skip locked)
      returning ${columns}`)
    return row && { ...toExport(row), leaseId, folder: row.folder! }
  },

  async renew(leaseIds) {
    const rows = await db.asSystem('export.renew').query(statement<{ lease_id: string }>`
      update exports set leased_until = now() + ${LEASE}
      where lease_id = any(${leaseIds}::uuid[]) and leased_until > now() returning lease_id`)
    return rows.map((row) => row.lease_id)
  },

  async putBack(task) {
    await db.asSystem('export.put_back').query(statement`
      update exports set status = 'queued', ${released} where export_id = ${task.id} and lease_id = ${task.leaseId}`)
  },

  async tellProgress(task, done) {
    await db.asSystem('export.progress').query(statement`
      update exports set done = ${done} where export_id = ${task.id} and lease_id = ${task.leaseId}`)
  },

  complete: (task, result, keptSeconds) =>
    db.as({ userId: task.ownerId, subject: task.ownerId }).transaction(async (queries) => {
      const [row] = await queries.query(statement<{ completed_at: Date }>`
        update exports set status = 'completed', lease_id = null, leased_until = null, done = total,
          result = ${JSON.stringify(result)}::json, completed_at = now(), expires_at = now() + ${keptSeconds} * interval '1 second'
        where export_id = ${task.id} and lease_id = ${task.leaseId} and leased_until > now()
        returning completed_at`)
      if (row === undefined) return false
      await queries.query(countExported(task, row.completed_at))
      await queries.query(
        logLine({
          at: row.completed_at,
          action: 'export',
          bytes: result.downloads.reduce((sum, { bytes }) => sum + bytes, 0),
          details: {
            export_id: task.id,
            name: task.name,
            targets: task.order.targets.map(({ id }) => id),
            conversations: task.total - result.erased,
          },
        }),
      )
      return true
    }),

  async fail(task, code) {
    const rows = await db.asSystem('export.fail').query(statement<{ export_id: string }>`
      update exports set status = 'failed', error_code = ${code}, completed_at = now(), ${released}
      where export_id = ${task.id} and lease_id = ${task.leaseId} and leased_until > now() returning export_id`)
    return rows.length > 0
  },

  async reap({ all = false } = {}) {
    const rows = await db.asSystem('export.reap').query(statement<{ export_id: string }>`
      update exports set losses = losses + 1, ${released},
        status = case when losses + 1 < ${MOST_LOSSES}::int then 'queued' else 'failed' end,
        error_code = case when losses + 1 < ${MOST_LOSSES}::int then null else 'export.lost' end,
        completed_at = case when losses + 1 < ${MOST_LOSSES}::int then null else now() end
      where export_id in (
        select export_id from exports where status = 'processing' and (leased_until <= now() or ${all}::boolean)
        order by leased_until limit 100 for update skip locked)
      returning export_id`)
    return rows.length
  },

  async expire(limit) {
    const rows = await db.asSystem('export.sweep').query(statement<{ export_id: string }>`
      update exports set status = 'expired', folder = null where export_id in (
        select export_id from exports where status = 'completed' and expires_at <= now()
        order by expires_at limit ${literalInteger(limit)} for update skip locked)
      returning export_id`)
    return rows.length
  },

  async listHeld(leaseIds) {
    const rows = await db.asSystem('export.sweep').query(statement<{ lease_id: string }>`
      select lease_id from exports where lease_id = any(${leaseIds}::uuid[]) and leased_until > now()`)
    return rows.map((row) => row.lease_id)
  },
})

/** Of a version its own row is counted up, and not those of its conversations: they may be half a million. */
const countExported = ({ scope }: LeasedExport, at: Date) =>
  scope.kind === 'version'
    ? statement`
        update dataset_versions set export_count = export_count + 1, last_exported_at = ${at}
        where dataset_id = ${scope.datasetId} and version = ${scope.version}`
    : statement`
        update training_conversations set export_count = export_count + 1, last_exported_at = ${at}
        where conversation_id = any(${scope.items.map(({ id }) => id)}::uuid[])`
