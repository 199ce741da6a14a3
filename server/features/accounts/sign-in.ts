/** Signs people in, up and out. It does not know how a browser keeps its session. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { AccountStore } from './account-store.ts'
import type { LimitAttempts } from './limit-attempts.ts'
import { clippedUserAgent, MAX_SESSIONS, nameFromEmail, SESSION_LIFE, type SignupRule } from './person.ts'
import type { CredentialSigner, OnRevoked, PasswordHasher } from './ports.ts'
import type { NewSession, SessionStore } from './session-store.ts'

export interface SignInRequest {
  readonly email: string
  readonly password: string
  /** IP address of whoever asks. */
  readonly client: string
  readonly userAgent: string
  /** The session that this browser has until now. */
  readonly replaces?: Actor
}

export interface SignedIn {
  readonly user: { readonly id: string; readonly email: string }
  /** What the browser keeps. */
  readonly sessionText: string
}

interface Needs {
  readonly accounts: AccountStore
  readonly sessions: SessionStore
  readonly passwords: PasswordHasher
  readonly credentials: CredentialSigner
  readonly limitAttempts: LimitAttempts
  readonly onRevoked: OnRevoked
  readonly newId: NewId
  readonly clock: Clock
}

/**
 * Opens a new session. An unknown address and a wrong password are the same, `identity.wrong_credentials`, and take the
 * same time. Fails with `identity.too_many_attempts` before anything is compared.
 */
export const makeSignIn =
  ({ accounts, sessions, passwords, credentials, limitAttempts, onRevoked, newId, clock }: Needs) =>
  async ({ email: typed, password, client, userAgent, replaces }: SignInRequest): Promise<SignedIn> => {
    const email = typed.toLowerCase()
    return limitAttempts({ account: email, client }, async () => {
      const account = await accounts.findPasswordByEmail(email)
      const verdict = await passwords.verify(password, account?.passwordHash ?? null)
      if (account === undefined || verdict === 'wrong') throw new AppError('identity.wrong_credentials')
      const { userId, passwordHash: provenBy } = account
      const now = clock.now()
      const { session, sessionText } = newSession({ credentials, newId, userId, userAgent, now })
      const opened = await sessions.open({
        userId,
        session,
        provenBy,
        rehashed: verdict === 'outdated' ? await passwords.hash(password) : null,
        replaces: hashOfSession(replaces),
        most: MAX_SESSIONS,
        now,
      })
      // The password was changed while it was being verified.
      if (opened === undefined) throw new AppError('identity.wrong_credentials')
      onRevoked(opened.ended)
      return { user: { id: userId, email }, sessionText }
    })
  }

/**
 * Makes an account and signs in. `account.exists` when somebody has that address, `account.signup_closed` when the
 * operator has closed the door; the first account of all can always be made.
 */
export const makeSignUp =
  ({ accounts, passwords, credentials, limitAttempts, newId, clock, signup }: Needs & { signup: SignupRule }) =>
  async ({ email: typed, password, client, userAgent }: SignInRequest): Promise<SignedIn> => {
    const email = typed.toLowerCase()
    const mustBeFirst = signup !== 'open'
    return limitAttempts({ account: email, client }, async () => {
      const { hasAccounts, isTaken } = await accounts.findSignUpState(email)
      if (mustBeFirst && hasAccounts) throw new AppError('account.signup_closed')
      if (isTaken) throw new AppError('account.exists')
      const passwordHash = await passwords.hash(password)
      const userId = newId()
      const now = clock.now()
      const { session, sessionText } = newSession({ credentials, newId, userId, userAgent, now })
      const name = nameFromEmail(email)
      const outcome = await accounts.add({ userId, email, name, passwordHash, session, mustBeFirst, now })
      if (outcome === 'closed') throw new AppError('account.signup_closed')
      if (outcome === 'exists') throw new AppError('account.exists')
      return { user: { id: userId, email }, sessionText }
    })
  }

/** Ends the session that asks; one that has ended already is no error. */
export const makeSignOut =
  ({ sessions, onRevoked }: Pick<Needs, 'sessions' | 'onRevoked'>) =>
  async (actor: Actor): Promise<void> => {
    try {
      onRevoked(await sessions.endCurrent(actor))
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'identity.invalid')) throw error
    }
  }

/** The hash by which the database knows the session behind an actor; null when it is no session. */
export const hashOfSession = (actor: Actor | undefined): Buffer | null =>
  actor?.credential?.kind === 'session' ? actor.credential.hash : null

const newSession = ({
  credentials,
  newId,
  userId,
  userAgent,
  now,
}: Pick<Needs, 'credentials' | 'newId'> & { userId: string; userAgent: string; now: Date }): {
  session: NewSession
  sessionText: string
} => {
  const { text, hash } = credentials.issue('session', userId)
  const expiresAt = new Date(now.getTime() + SESSION_LIFE)
  return { session: { id: newId(), hash, userAgent: clippedUserAgent(userAgent), expiresAt }, sessionText: text }
}
