/** Files in PostgreSQL. Listings are in a store of their own. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { FileCategory, StoredFile } from './file.ts'
import type { FileStore } from './file-store.ts'
import { nameKeyOf } from './name-key.ts'

interface FileRow {
  file_id: string
  conversation_id: string
  message_id: string | null
  name: string
  content_type: string
  category: FileCategory
  size: number
  sha256: Buffer
  width: number | null
  height: number | null
  duration_seconds: number | null
  blob_key: string
  uploaded_at: Date
}

const toFile = (row: FileRow): StoredFile => ({
  id: row.file_id,
  conversationId: row.conversation_id,
  messageId: row.message_id,
  name: row.name,
  contentType: row.content_type,
  category: row.category,
  size: row.size,
  sha256: row.sha256,
  width: row.width,
  height: row.height,
  durationSeconds: row.duration_seconds,
  blobKey: row.blob_key,
  uploadedAt: row.uploaded_at,
})

const columns = fragment(`f.file_id, f.conversation_id, f.message_id, f.name, f.content_type, f.category, f.size,
  f.sha256, f.width, f.height, f.duration_seconds, f.blob_key, f.uploaded_at`)
const me = fragment('(select app_user())')
/** Longer than any upload takes (surfaces/shared/slow-body.ts). */
const UPLOAD_TIME = fragment(`interval '12 hours'`)
/** Longer than it takes to remove the blobs of one lease. */
const LEASE = fragment(`interval '10 minutes'`)

export const pgFileStore = (db: Database): FileStore => ({
  async findPlace(actor, conversationId) {
    const [row] = await db.as(actor).query(statement<{ kind: string | null; used: number }>`
      select (select kind from conversations where conversation_id = ${conversationId}) as kind,
        coalesce((select bytes from storage_use where user_id = ${me}), 0)
          + coalesce((select sum(size)::bigint from unfinished_uploads where uploader_id = ${me}), 0) as used`)
    const place = row!.kind === null ? 'hidden' : row!.kind === 'team' ? 'open' : 'personal'
    return { place, used: row!.used }
  },

  async noteBlob(actor, blobKey) {
    await db.as(actor).query(statement`
      insert into doomed_blobs (blob_key, doomed_at) values (${blobKey}, now() + ${UPLOAD_TIME})`)
  },

  async create(actor, file, quota) {
    const refused = new Refused()
    try {
      return await db.as(actor).transaction(async (queries) => {
        const [claims, rows, totals] = await queries.batch(
          // While it is leased its time is another, and it is no longer to be had.
          statement<{ blob_key: string }>`
            delete from doomed_blobs where blob_key = ${file.blobKey} and doomed_at > now() + ${LEASE}
            returning blob_key`,
          statement<FileRow>`
            insert into files as f (file_id, uploader_id, conversation_id, name, name_key, content_type, category, size,
              sha256, width, height, duration_seconds, blob_key, uploaded_at)
            select ${file.id}::uuid, ${me}, ${file.conversationId}::uuid, ${file.name}, ${nameKeyOf(file.name)},
              ${file.contentType}, ${file.category}, ${file.size}::bigint, ${file.sha256}::bytea, ${file.width}::integer,
              ${file.height}::integer, ${file.durationSeconds}::double precision, ${file.blobKey},
              ${file.uploadedAt}::timestamptz
            where exists (select from conversations
              where conversation_id = ${file.conversationId}::uuid and kind = 'team')
            returning ${columns}`,
          // The trigger of the insert holds this row until the end: of two uploads at once the second counts the first.
          statement<{ used: number }>`select bytes as used from storage_use where user_id = ${me}`,
        )
        const outcome =
          rows[0] === undefined
            ? 'hidden'
            : claims.length === 0
              ? 'expired'
              : totals[0]!.used > quota
                ? 'over_quota'
                : toFile(rows[0])
        if (typeof outcome === 'string') throw refused.because(outcome)
        return outcome
      })
    } catch (error) {
      if (error === refused) return refused.reason
      throw error
    }
  },

  async find(actor, fileId) {
    const [row] = await db.as(actor).query(statement<FileRow>`
      select ${columns} from files f where f.file_id = ${fileId}`)
    return row && toFile(row)
  },

  async existsForAnybody(fileId) {
    const rows = await db.asSystem('file.exists').query(statement`select from files where file_id = ${fileId}`)
    return rows.length > 0
  },

  async removeUnsent(actor, fileIds) {
    const rows = await db.as(actor).query(statement<{ file_id: string }>`
      delete from files where file_id = any(${fileIds}::uuid[]) and uploader_id = ${me} and message_id is null
      returning file_id`)
    return rows.length
  },

  async expireUnsent(hours, limit) {
    const rows = await db.asSystem('file.sweep').query(statement<{ file_id: string }>`
      delete from files where file_id in (
        select file_id from files where message_id is null and uploaded_at <= now() - ${hours} * interval '1 hour'
        order by uploaded_at limit ${literalInteger(limit)})
      -- Once more: it may be sent while this waits for it.
      and message_id is null
      returning file_id`)
    return rows.length
  },

  async expireUploads() {
    await db.asSystem('file.sweep').query(statement`delete from unfinished_uploads where expires_at <= now()`)
  },

  async expireNotes() {
    await db.asSystem('blob.sweep').query(statement`
      update doomed_blobs set doomed_at = '-infinity' where not exists (
        select from unfinished_uploads where file_id::text = blob_key)`)
  },

  async leaseDoomed(limit) {
    const rows = await db.asSystem('blob.sweep').query(statement<{ blob_key: string }>`
      update doomed_blobs set doomed_at = now() + ${LEASE} where blob_key in (
        select d.blob_key from doomed_blobs d where d.doomed_at <= now()
        order by d.doomed_at limit ${literalInteger(limit)} for update skip locked)
      returning blob_key`)
    return rows.map((row) => row.blob_key)
  },

  async forgetDoomed(blobKeys) {
    await db.asSystem('blob.sweep').query(statement`
      delete from doomed_blobs where blob_key = any(${blobKeys}::text[])`)
  },

  async listNoted(blobKeys) {
    const rows = await db.asSystem('blob.sweep').query(statement<{ blob_key: string }>`
      select blob_key from doomed_blobs where blob_key = any(${blobKeys}::text[]) and doomed_at > now()`)
    return rows.map((row) => row.blob_key)
  },
})

/** Thrown to roll a transaction back, and caught again. */
class Refused extends Error {
  reason: 'hidden' | 'over_quota' | 'expired' = 'hidden'
  because(reason: Refused['reason']): this {
    this.reason = reason
    return this
  }
}
