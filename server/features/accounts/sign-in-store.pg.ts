/** Sessions and access tokens alike, in PostgreSQL. */
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { SESSION_IDLE } from './person.ts'
import type { SignInStore } from './sign-in-store.ts'

export const pgSignInStore = (db: Database): SignInStore => ({
  async listEnded(hashes, now) {
    // The conditions are those of the database function `enter`.
    const rows = await db.asSystem('sign_in.check').query(statement<{ hash: Buffer }>`
      select hash from unnest(${hashes}::bytea[]) as given (hash)
      where not exists (
        select from sessions where token_hash = hash and expires_at > ${now}
          and last_seen_at > ${new Date(now.getTime() - SESSION_IDLE)})
      and not exists (
        select from access_tokens where token_hash = hash and (expires_at is null or expires_at > ${now}))`)
    return rows.map((row) => row.hash)
  },
})
