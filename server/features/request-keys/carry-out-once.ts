/** Carries a request out once, however often its client sends it (Idempotency-Key). */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { AlreadyClaimed, type Claim, type ClaimingActor, KEPT_MS, type RequestKeyStore } from './request-key-store.ts'

interface Needs {
  readonly store: RequestKeyStore
  readonly clock: Clock
}

/**
 * Runs `work` unless the person's key stands for this request already; then the answer that was given is given again.
 *
 * The guarantee: within 24 hours, what one person asks under one key is written at most once, whatever crashes and
 * however many servers are asked at once. The key is recorded, with its answer, by the transaction that writes: there is
 * no moment at which one is stored without the other. Of several that come together one commits; the others wait for
 * it, are rolled back whole, and answer as it did. A request that fails, or writes nothing, leaves its key free.
 *
 * `work` must write exactly once in the name of the actor that it is given. Fails with `request.idempotency_key_reused`
 * where the key stands for another request, and as `work` fails.
 */
export type CarryOutOnce = <Answer>(
  actor: Actor,
  claim: Claim,
  work: (actor: Actor) => Promise<Answer>,
) => Promise<{ readonly answer: Answer; readonly isRepeated: boolean }>

export const makeCarryOutOnce =
  ({ store, clock }: Needs): CarryOutOnce =>
  async <Answer>(actor: Actor, claim: Claim, work: (actor: Actor) => Promise<Answer>) => {
    const given = async () => {
      const found = await store.find(actor, claim.key, expiredAt(clock))
      if (found === undefined) return undefined
      if (!found.fingerprint.equals(claim.fingerprint)) throw new AppError('request.idempotency_key_reused')
      return { answer: found.answer as Answer, isRepeated: true }
    }
    const before = await given()
    if (before !== undefined) return before
    try {
      const claiming: ClaimingActor = { ...actor, claim }
      return { answer: await work(claiming), isRepeated: false }
    } catch (error) {
      if (!(error instanceof AlreadyClaimed)) throw error
      const meanwhile = await given()
      // Gone again: its conversation was deleted in this very moment.
      if (meanwhile === undefined) throw new AppError('server.unavailable', { cause: error, retryAfterSeconds: 1 })
      return meanwhile
    }
  }

/** Removes keys that stand for nothing any more; returns how many. */
export const makeSweepRequestKeys =
  ({ store, clock }: Needs) =>
  (): Promise<number> =>
    store.sweep(expiredAt(clock))

const expiredAt = (clock: Clock): Date => new Date(clock.now().getTime() - KEPT_MS)
