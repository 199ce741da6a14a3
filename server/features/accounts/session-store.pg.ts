/** Sign-ins of browsers in PostgreSQL. */
import { statement } from '#db/statement.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Database } from '#kernel/database.ts'
import { SESSION_IDLE } from './person.ts'
import type { SessionStore } from './session-store.ts'

interface SessionRow {
  session_id: string
  created_at: Date
  last_seen_at: Date
  user_agent: string
  is_current: boolean
}

interface HashRow {
  token_hash: Buffer
}

const hashesOf = (rows: readonly HashRow[]): Buffer[] => rows.map((row) => row.token_hash)

/** The hash of the session that asks; null when the actor came with something else. */
const currentOf = ({ credential }: Actor): Buffer | null => (credential?.kind === 'session' ? credential.hash : null)

export const pgSessionStore = (db: Database): SessionStore => ({
  async open({ userId, session, provenBy, rehashed, replaces, most, now }) {
    const [, opened, , replaced, crowdedOut] = await db.asSystem('session.open').batch(
      // A change of the password holds the same lock: it ends this session, or this finds the old password gone.
      statement`select from users where user_id = ${userId} for no key update`,
      statement<{ session_id: string }>`
        insert into sessions (session_id, user_id, token_hash, user_agent, created_at, last_seen_at, expires_at)
        select ${session.id}::uuid, user_id, ${session.hash}::bytea, ${session.userAgent}, ${now}::timestamptz,
          ${now}::timestamptz, ${session.expiresAt}::timestamptz
        from passwords where user_id = ${userId} and password_hash = ${provenBy}
        returning session_id`,
      statement`
        update passwords set password_hash = ${rehashed}::text
        where user_id = ${userId} and password_hash = ${provenBy} and ${rehashed}::text is not null`,
      statement<HashRow>`delete from sessions where token_hash = ${replaces}::bytea returning token_hash`,
      statement<HashRow>`
        delete from sessions where session_id in (
          select session_id from sessions where user_id = ${userId} and session_id <> ${session.id}
          order by last_seen_at desc, session_id offset ${most - 1})
        returning token_hash`,
    )
    return opened.length > 0 ? { ended: hashesOf([...replaced, ...crowdedOut]) } : undefined
  },

  async list(actor, now) {
    const rows = await db.as(actor).query(statement<SessionRow>`
      select session_id, created_at, last_seen_at, user_agent,
        coalesce(token_hash = ${currentOf(actor)}::bytea, false) as is_current
      from sessions
      where user_id = (select app_user()) and expires_at > ${now}
        and last_seen_at > ${new Date(now.getTime() - SESSION_IDLE)}
      order by last_seen_at desc, session_id limit 100`)
    return rows.map((row) => ({
      id: row.session_id,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      userAgent: row.user_agent,
      isCurrent: row.is_current,
    }))
  },

  async end(actor, id) {
    const [row] = await db.as(actor).query(statement<HashRow & { is_current: boolean }>`
      delete from sessions where session_id = ${id}
      returning token_hash, coalesce(token_hash = ${currentOf(actor)}::bytea, false) as is_current`)
    return row && { wasCurrent: row.is_current, hash: row.token_hash }
  },

  async endOthers(actor) {
    const rows = await db.as(actor).query(statement<HashRow>`
      delete from sessions where user_id = (select app_user()) and token_hash is distinct from ${currentOf(actor)}::bytea
      returning token_hash`)
    return hashesOf(rows)
  },

  async endCurrent(actor) {
    const rows = await db.as(actor).query(statement<HashRow>`
      delete from sessions where token_hash = ${currentOf(actor)}::bytea returning token_hash`)
    return hashesOf(rows)
  },

  async noteUse(hash, now, unlessSince) {
    // Never revives what is dead: the conditions are those of the database function `enter`.
    await db.asSystem('session.note_use').query(statement`
      update sessions set last_seen_at = ${now}
      where token_hash = ${hash} and last_seen_at <= ${unlessSince} and expires_at > ${now}
        and last_seen_at > ${new Date(now.getTime() - SESSION_IDLE)}`)
  },

  async sweep(now, idleSince) {
    const [row] = await db.asSystem('session.sweep').query(statement<{ removed: number }>`
      with gone as (delete from sessions where expires_at <= ${now} or last_seen_at <= ${idleSince} returning 1)
      select count(*)::int as removed from gone`)
    return row!.removed
  },
})
