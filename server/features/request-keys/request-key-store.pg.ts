/** Keys of requests in PostgreSQL, and the database through which a claim joins the transaction of what it stands for. */
import { fragment, statement } from '#db/statement.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, DatabaseSession, Statement } from '#kernel/database.ts'
import { type ConversationRow, toConversation } from '../conversations/index.ts'
import { type MessageRow, toMessage } from '../messages/index.ts'
import {
  AlreadyClaimed,
  type Claim,
  type ClaimingActor,
  KEPT_MS,
  type RequestKeyStore,
  type Written,
} from './request-key-store.ts'

const me = fragment('(select app_user())')

export const pgRequestKeyStore = (db: Database): RequestKeyStore => ({
  async find(actor, key, expiredAt) {
    const [row] = await db.as(actor).query(statement<{ fingerprint: Buffer; answer: unknown }>`
      select fingerprint, answer from request_keys
      where owner_id = ${me} and request_key = ${key} and created_at > ${expiredAt}`)
    return row
  },

  async sweep(expiredAt) {
    const [row] = await db.asSystem('request_key.sweep').query(statement<{ removed: number }>`
      with gone as (delete from request_keys where created_at <= ${expiredAt} returning 1)
      select count(*)::int as removed from gone`)
    return row!.removed
  },
})

/**
 * The same database, except that what a `ClaimingActor` writes is recorded under its claim in the same transaction, or
 * fails with `AlreadyClaimed` and writes nothing. Everybody else's statements go through as they are.
 */
export const pgClaimingDatabase = (db: Database, clock: Clock): Database => ({
  as(actor) {
    const session = db.as(actor)
    const claim = claimOf(actor)
    return claim === undefined ? session : claiming(session, claim, clock)
  },
  asSystem: (reason, onBehalfOf) => db.asSystem(reason, onBehalfOf),
})

const claimOf = (actor: Actor): Claim | undefined => (actor as Partial<ClaimingActor>).claim

const claiming = (session: DatabaseSession, claim: Claim, clock: Clock): DatabaseSession => {
  const run = (statements: readonly Statement[]): Promise<unknown[][]> =>
    session.transaction(async (queries) => {
      const results: unknown[][] = await queries.batch(...statements)
      const written = writtenIn(results.flat() as Record<string, unknown>[])
      const isWritten = (claim.conversationId === null ? written.conversation : written.message) !== undefined
      // Last: who waits here for somebody else's claim of the key can't be waited for by them, for they are done.
      if (isWritten && (await queries.query(recording(claim, written, clock.now()))).length === 0) {
        throw new AlreadyClaimed()
      }
      return results
    })
  return {
    query: async (one) => (await run([one]))[0] as never,
    batch: async (...statements) => (await run(statements)) as never,
    transaction: () => Promise.reject(new Error('A claim is for one batch of statements.')),
  }
}

/** Rows tell what they are: of those with an id only a conversation has a preview, and only a message a role. */
const writtenIn = (rows: readonly Record<string, unknown>[]): Written => {
  const conversation = rows.find((row) => 'conversation_id' in row && 'preview' in row)
  const message = rows.find((row) => 'message_id' in row && 'role' in row)
  return {
    ...(conversation && { conversation: toConversation(conversation as unknown as ConversationRow) }),
    ...(message && { message: toMessage(message as unknown as MessageRow) }),
  }
}

/** No row when the key stands for something; one that has expired and was not swept yet is taken over. */
const recording = (claim: Claim, written: Written, now: Date): Statement => statement`
  insert into request_keys as k (owner_id, request_key, fingerprint, conversation_id, answer, created_at)
  values (${me}, ${claim.key}, ${claim.fingerprint}, ${claim.conversationId}, ${JSON.stringify(claim.answer(written))},
    ${now})
  on conflict (owner_id, request_key) do update set fingerprint = excluded.fingerprint,
    conversation_id = excluded.conversation_id, answer = excluded.answer, created_at = excluded.created_at
  where k.created_at <= ${new Date(now.getTime() - KEPT_MS)}
  returning request_key`
