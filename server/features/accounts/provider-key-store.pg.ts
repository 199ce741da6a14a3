/** Sealed keys of model providers in PostgreSQL. */
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { OPENROUTER, type ProviderKeyStore } from './provider-key-store.ts'

/**
 * The OpenRouter key, sealed, of the person in whose name a statement runs, or null: an expression for batches of other
 * slices, which can't afford a round trip for it.
 */
export const sealedOpenRouterKey = `(select sealed_key from provider_keys where user_id = (select app_user()) and provider = '${OPENROUTER}')`

/** Before everything: no person and no provider. */
const START = { userId: '00000000-0000-0000-0000-000000000000', provider: '' }

export const pgProviderKeyStore = (db: Database): ProviderKeyStore => ({
  async find(actor, provider) {
    const [row] = await db.as(actor).query(statement<{ sealed_key: string }>`
      select sealed_key from provider_keys where user_id = (select app_user()) and provider = ${provider}`)
    return row?.sealed_key
  },

  async has(actor, provider) {
    const rows = await db.as(actor).query(statement`
      select from provider_keys where user_id = (select app_user()) and provider = ${provider}`)
    return rows.length > 0
  },

  async save(actor, provider, sealed, now) {
    await db.as(actor).query(statement`
      insert into provider_keys (user_id, provider, sealed_key, created_at, updated_at)
      values ((select app_user()), ${provider}, ${sealed}, ${now}, ${now})
      on conflict (user_id, provider) do update set sealed_key = excluded.sealed_key, updated_at = excluded.updated_at`)
  },

  async delete(actor, provider) {
    await db.as(actor).query(statement`
      delete from provider_keys where user_id = (select app_user()) and provider = ${provider}`)
  },

  async listSealedOtherwise(prefix, limit, { userId, provider } = { ...START, sealed: '' }) {
    const rows = await db.asSystem('provider_key.rotate').query(statement<{
      user_id: string
      provider: string
      sealed_key: string
    }>`
        select user_id, provider, sealed_key from provider_keys
        where not starts_with(sealed_key, ${prefix}) and (user_id, provider) > (${userId}::uuid, ${provider}::text)
        order by user_id, provider limit ${limit}`)
    return rows.map((row) => ({ userId: row.user_id, provider: row.provider, sealed: row.sealed_key }))
  },

  async reseal({ userId, provider, sealed }, to) {
    await db.asSystem('provider_key.rotate').query(statement`
      update provider_keys set sealed_key = ${to}
      where user_id = ${userId} and provider = ${provider} and sealed_key = ${sealed}`)
  },
})
