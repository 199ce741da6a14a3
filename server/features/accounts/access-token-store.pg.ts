/** Personal access tokens in PostgreSQL. */
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { AccessTokenStore } from './access-token-store.ts'

interface AccessTokenRow {
  access_token_id: string
  name: string
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}

export const pgAccessTokenStore = (db: Database): AccessTokenStore => ({
  async list(actor) {
    const rows = await db.as(actor).query(statement<AccessTokenRow>`
      select access_token_id, name, created_at, expires_at, last_used_at from access_tokens
      where user_id = (select app_user()) order by created_at desc, access_token_id limit 100`)
    return rows.map((row) => ({
      id: row.access_token_id,
      name: row.name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
    }))
  },

  async add(actor, { id, name, hash, createdAt, expiresAt }, most) {
    const [, added] = await db.as(actor).batch(
      // Whoever makes another one at the same moment waits here and then counts this one too.
      statement`select from users where user_id = (select app_user()) for no key update`,
      statement<{ access_token_id: string }>`
        insert into access_tokens (access_token_id, user_id, name, token_hash, created_at, expires_at)
        select ${id}::uuid, app_user(), ${name}::text, ${hash}::bytea, ${createdAt}::timestamptz, ${expiresAt}::timestamptz
        where (select count(*) from access_tokens where user_id = (select app_user())) < ${most}::int
        returning access_token_id`,
    )
    return added.length > 0
  },

  async remove(actor, id) {
    const [row] = await db.as(actor).query(statement<{ token_hash: Buffer }>`
      delete from access_tokens where access_token_id = ${id} returning token_hash`)
    return row?.token_hash
  },

  async noteUse(hash, now, unlessSince) {
    await db.asSystem('access_token.note_use').query(statement`
      update access_tokens set last_used_at = ${now}
      where token_hash = ${hash} and (last_used_at is null or last_used_at <= ${unlessSince})
        and (expires_at is null or expires_at > ${now})`)
  },

  async sweep(expiredBefore) {
    const [row] = await db.asSystem('access_token.sweep').query(statement<{ removed: number }>`
      with gone as (delete from access_tokens where expires_at < ${expiredBefore} returning 1)
      select count(*)::int as removed from gone`)
    return row!.removed
  },
})
