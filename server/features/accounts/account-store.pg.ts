/** People and passwords in PostgreSQL. */
import { fragment, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import type { AccountStore } from './account-store.ts'
import type { Person } from './person.ts'

interface PersonRow {
  user_id: string
  email: string | null
  name: string
  default_model: string | null
  has_password: boolean
  has_api_key: boolean
}

const columns = fragment(`u.user_id, u.email, u.name, u.default_model,
  exists (select from passwords p where p.user_id = u.user_id) as has_password,
  exists (select from provider_keys k where k.user_id = u.user_id) as has_api_key`)

const toPerson = (row: PersonRow): Person => ({
  id: row.user_id,
  email: row.email,
  name: row.name,
  defaultModel: row.default_model,
  hasPassword: row.has_password,
  hasApiKey: row.has_api_key,
})

export const pgAccountStore = (db: Database): AccountStore => ({
  async find(actor) {
    const [row] = await db.as(actor).query(statement<PersonRow>`
      select ${columns} from users u where u.user_id = (select app_user())`)
    return row && toPerson(row)
  },

  async update(actor, { name, defaultModel }) {
    const [row] = await db.as(actor).query(statement<PersonRow>`
      update users u set
        name = coalesce(${name ?? null}::text, u.name),
        default_model = case when ${defaultModel !== undefined}::boolean then ${defaultModel ?? null}::text
          else u.default_model end
      where u.user_id = (select app_user())
      returning ${columns}`)
    return row && toPerson(row)
  },

  async hasAny() {
    const [row] = await db.asSystem('account.any').query(statement<{ found: boolean }>`
      select exists (select from users) as found`)
    return row!.found
  },

  async findSignUpState(email) {
    const [row] = await db.asSystem('account.sign_up_state').query(statement<{
      has_accounts: boolean
      is_taken: boolean
    }>`
      select exists (select from users) as has_accounts,
        exists (select from users where email = ${email} and issuer is null) as is_taken`)
    return { hasAccounts: row!.has_accounts, isTaken: row!.is_taken }
  },

  async add({ userId, email, name, passwordHash, session, mustBeFirst, now }) {
    const [, added] = await db.asSystem('account.add').batch(
      // Two who both want to be the first: one waits here, and its next statement sees the other's account.
      statement`select pg_advisory_xact_lock(hashtext('parlance first account')) where ${mustBeFirst}::boolean`,
      statement<{ user_id: string }>`
        insert into users (user_id, email, name, created_at)
        select ${userId}::uuid, ${email}::text, ${name}::text, ${now}::timestamptz
        where not (${mustBeFirst}::boolean and exists (select from users))
        on conflict (email) where issuer is null do nothing
        returning user_id`,
      statement`
        insert into passwords (user_id, password_hash, changed_at)
        select user_id, ${passwordHash}, ${now}::timestamptz from users where user_id = ${userId}::uuid`,
      statement`
        insert into sessions (session_id, user_id, token_hash, user_agent, created_at, last_seen_at, expires_at)
        select ${session.id}::uuid, user_id, ${session.hash}::bytea, ${session.userAgent}, ${now}::timestamptz,
          ${now}::timestamptz, ${session.expiresAt}::timestamptz
        from users where user_id = ${userId}::uuid`,
    )
    if (added.length > 0) return 'added'
    return mustBeFirst ? 'closed' : 'exists'
  },

  async findOrAddBySubject({ userId, issuer, subject, name, email, now }) {
    // Two statements: the second has a snapshot of its own and sees what another process made at the same moment.
    const [, found] = await db.asSystem('account.first_sight').batch(
      statement`
        insert into users (user_id, issuer, subject, name, email, created_at)
        values (${userId}, ${issuer}, ${subject}, ${name}, lower(${email}), ${now})
        on conflict (issuer, subject) do nothing`,
      statement<{ user_id: string }>`
        select user_id from users where issuer = ${issuer} and subject = ${subject}`,
    )
    return { userId: found[0]!.user_id }
  },

  async findOrAddByGateway(userId, now) {
    const [, found] = await db.asSystem('account.gateway').batch(
      statement`
        insert into users (user_id, issuer, subject, name, created_at)
        values (${userId}, 'gateway', ${userId}::uuid::text, ${userId}::uuid::text, ${now})
        on conflict do nothing`,
      statement`select from users where user_id = ${userId} and issuer = 'gateway'`,
    )
    return found.length > 0
  },

  async findPasswordByEmail(email) {
    const [row] = await db.asSystem('sign_in.find').query(statement<{ user_id: string; password_hash: string }>`
      select user_id, password_hash from users join passwords using (user_id) where email = ${email} and issuer is null`)
    return row && { userId: row.user_id, passwordHash: row.password_hash }
  },

  async findPassword(userId) {
    const [row] = await db.asSystem('password.find').query(statement<{ password_hash: string }>`
      select password_hash from passwords where user_id = ${userId}`)
    return row?.password_hash
  },

  async changePassword({ userId, from, to, keeps, now }) {
    const [, changed, ended] = await db.asSystem('password.change').batch(
      // Whoever signs in at the same moment waits here too: see the session store.
      statement`select from users where user_id = ${userId} for no key update`,
      statement<{ user_id: string }>`
        update passwords set password_hash = ${to}, changed_at = ${now}
        where user_id = ${userId} and password_hash = ${from} returning user_id`,
      statement<{ token_hash: Buffer }>`
        delete from sessions where user_id = ${userId} and token_hash is distinct from ${keeps}::bytea
          and exists (select from passwords where user_id = ${userId} and password_hash = ${to})
        returning token_hash`,
    )
    return changed.length > 0 ? { endedSessions: ended.map((row) => row.token_hash) } : undefined
  },
})
