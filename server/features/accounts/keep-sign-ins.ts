/** What people do with their sessions and access tokens: list, make, revoke; and the sweep that removes dead ones. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import type { AttemptLog } from './attempt-log.ts'
import { WINDOW } from './limit-attempts.ts'
import { type AccessToken, DAY, EXPIRED_TOKEN_KEPT, MAX_ACCESS_TOKENS, type Session, SESSION_IDLE } from './person.ts'
import type { CredentialSigner, OnRevoked } from './ports.ts'
import type { SessionStore } from './session-store.ts'
import type { SignInStore } from './sign-in-store.ts'

/** The actor's living sessions, latest use first. */
export const makeListSessions =
  ({ sessions, clock }: { sessions: SessionStore; clock: Clock }) =>
  (actor: Actor): Promise<Session[]> =>
    sessions.list(actor, clock.now())

/** Ends one session of the actor's; its very next query is refused. Foreign and missing: `session.not_found`. */
export const makeRevokeSession =
  ({ sessions, onRevoked }: { sessions: SessionStore; onRevoked: OnRevoked }) =>
  async (actor: Actor, id: string): Promise<{ wasCurrent: boolean }> => {
    const ended = await sessions.end(actor, id)
    if (ended === undefined) throw new AppError('session.not_found')
    onRevoked([ended.hash])
    return { wasCurrent: ended.wasCurrent }
  }

/** Ends all sessions of the actor's but the one that asks. */
export const makeRevokeOtherSessions =
  ({ sessions, onRevoked }: { sessions: SessionStore; onRevoked: OnRevoked }) =>
  async (actor: Actor): Promise<void> =>
    onRevoked(await sessions.endOthers(actor))

/** The actor's access tokens, newest first. */
export const makeListAccessTokens =
  ({ accessTokens }: { accessTokens: AccessTokenStore }) =>
  (actor: Actor): Promise<AccessToken[]> =>
    accessTokens.list(actor)

/**
 * Makes an access token; `text` is what the person keeps, and nothing can show it again.
 * Fails with `access_token.too_many` at a hundred.
 */
export const makeCreateAccessToken =
  ({
    accessTokens,
    credentials,
    newId,
    clock,
  }: {
    accessTokens: AccessTokenStore
    credentials: CredentialSigner
    newId: NewId
    clock: Clock
  }) =>
  async (
    actor: Actor,
    { name, expiresInDays }: { readonly name: string; readonly expiresInDays: number | null },
  ): Promise<{ token: AccessToken; text: string }> => {
    const { text, hash } = credentials.issue('access_token', actor.userId)
    const createdAt = clock.now()
    const expiresAt = expiresInDays === null ? null : new Date(createdAt.getTime() + expiresInDays * DAY)
    const token = { id: newId(), name: name.trim(), createdAt, expiresAt }
    const isAdded = await accessTokens.add(actor, { ...token, hash }, MAX_ACCESS_TOKENS)
    if (!isAdded) throw new AppError('access_token.too_many')
    return { token: { ...token, lastUsedAt: null }, text }
  }

/** Ends one access token of the actor's. Foreign and missing: `access_token.not_found`. */
export const makeRevokeAccessToken =
  ({ accessTokens, onRevoked }: { accessTokens: AccessTokenStore; onRevoked: OnRevoked }) =>
  async (actor: Actor, id: string): Promise<void> => {
    const hash = await accessTokens.remove(actor, id)
    if (hash === undefined) throw new AppError('access_token.not_found')
    onRevoked([hash])
  }

/** Of these sessions and access tokens, by hash, the ones that let nobody in any more; for whoever may not have heard of it. */
export const makeListEndedSignIns =
  ({ signIns, clock }: { signIns: SignInStore; clock: Clock }) =>
  async (hashes: readonly Buffer[]): Promise<Buffer[]> =>
    hashes.length === 0 ? [] : signIns.listEnded(hashes, clock.now())

export interface Swept {
  readonly sessions: number
  readonly accessTokens: number
  readonly attempts: number
}

/** Removes what is dead anyway: ended sessions, tokens long expired, counts of attempts that no longer matter. */
export const makeSweepSessions =
  ({
    sessions,
    accessTokens,
    attempts,
    clock,
  }: {
    sessions: SessionStore
    accessTokens: AccessTokenStore
    attempts: AttemptLog
    clock: Clock
  }) =>
  async (): Promise<Swept> => {
    const now = clock.now()
    const before = (milliseconds: number): Date => new Date(now.getTime() - milliseconds)
    return {
      sessions: await sessions.sweep(now, before(SESSION_IDLE)),
      accessTokens: await accessTokens.sweep(before(EXPIRED_TOKEN_KEPT)),
      attempts: await attempts.sweep(before(2 * WINDOW)),
    }
  }
