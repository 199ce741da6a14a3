/** Sessions and download tokens in PostgreSQL. */
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { ConversionSessions } from './conversion-sessions.ts'
import { bytesOf } from './job-row.pg.ts'

interface SessionRow {
  csrf_token: string
  created_at: Date
  expires_at: Date
}

export const pgConversionSessions = (db: Database): ConversionSessions => ({
  async add({ hash, csrfToken, createdAt, expiresAt }) {
    await db.asSystem('conversion.session').query(statement`
      insert into conversion_sessions (session_hash, csrf_token, created_at, expires_at)
      values (${bytesOf(hash)}, ${csrfToken}, ${createdAt}, ${expiresAt})`)
  },

  async find(hash, now) {
    const [row] = await db.asSystem('conversion.session').query(statement<SessionRow>`
      select csrf_token, created_at, expires_at from conversion_sessions
      where session_hash = ${bytesOf(hash)} and expires_at > ${now}`)
    return row && { hash, csrfToken: row.csrf_token, createdAt: row.created_at, expiresAt: row.expires_at }
  },

  async remove(hash) {
    await db
      .asSystem('conversion.session')
      .batch(
        statement`delete from conversion_sessions where session_hash = ${bytesOf(hash)}`,
        statement`delete from download_tokens where session_hash = ${bytesOf(hash)}`,
      )
  },

  async addToken({ hash, sessionHash, jobId, expiresAt }) {
    await db.asSystem('conversion.token').query(statement`
      insert into download_tokens (token_hash, session_hash, job_id, expires_at)
      values (${bytesOf(hash)}, ${bytesOf(sessionHash)}, ${jobId}, ${expiresAt})`)
  },

  async takeToken(hash, sessionHash, now) {
    const [row] = await db.asSystem('conversion.token').query(statement<{ job_id: string | null }>`
      delete from download_tokens
      where token_hash = ${bytesOf(hash)} and session_hash = ${bytesOf(sessionHash)} and expires_at > ${now}
      returning job_id`)
    return row && { jobId: row.job_id }
  },

  // Whoever may read this database reads the jobs themselves.
  tellJob: async () => {},
  forgetJob: async () => {},

  async sweep() {
    await db
      .asSystem('conversion.sweep')
      .batch(
        statement`delete from conversion_sessions where expires_at <= now()`,
        statement`delete from download_tokens where expires_at <= now()`,
      )
  },
})
