/** Uploads that come in pieces, in PostgreSQL. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { UnfinishedUpload, UploadStore } from './upload-store.ts'

interface UploadRow {
  file_id: string
  conversation_id: string
  name: string
  size: number
  expires_at: Date
}

const toUpload = (row: UploadRow): UnfinishedUpload => ({
  id: row.file_id,
  conversationId: row.conversation_id,
  name: row.name,
  size: row.size,
  expiresAt: row.expires_at,
})

const columns = fragment('file_id, conversation_id, name, size, expires_at')
const me = fragment('(select app_user())')
const TIME = fragment(`interval '24 hours'`)

export const pgUploadStore = (db: Database): UploadStore => ({
  async begin(actor, { id, conversationId, name, size }, most) {
    const [, [row]] = await db.as(actor).batch(
      statement`insert into doomed_blobs (blob_key, doomed_at) values (${id}, now() + ${TIME})`,
      statement<UploadRow>`
        insert into unfinished_uploads (file_id, uploader_id, conversation_id, name, size, expires_at)
        select ${id}::uuid, ${me}, ${conversationId}::uuid, ${name}, ${size}::bigint, now() + ${TIME}
        where (select count(*) from unfinished_uploads where uploader_id = ${me}) < ${literalInteger(most)}
        returning ${columns}`,
    )
    return row && toUpload(row)
  },

  async find(actor, id) {
    const [row] = await db.as(actor).query(statement<UploadRow>`
      select ${columns} from unfinished_uploads where file_id = ${id} and expires_at > now()`)
    return row && toUpload(row)
  },

  async end(actor, id) {
    const rows = await db.as(actor).query(statement<{ file_id: string }>`
      delete from unfinished_uploads where file_id = ${id} returning file_id`)
    return rows.length > 0
  },
})
