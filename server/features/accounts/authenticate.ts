/** Credential → actor, with the database asked at most once for each person of an issuer. It knows no HTTP. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import type { AccountStore } from './account-store.ts'
import { lru } from './lru.ts'
import { nameFromToken, USE_NOTED_EVERY } from './person.ts'
import type { CredentialSigner, TokenVerifier } from './ports.ts'
import type { SessionStore } from './session-store.ts'

/** How many people of an issuer, and how many credentials in use, one process remembers. */
const REMEMBERED = 10_000

export interface Authenticate {
  /** What the browser keeps → actor; `identity.invalid` when we didn't make it. Whether it was revoked, the door asks. */
  session(text: string): Actor
  /** An access token of ours or a token of the issuer → actor; `identity.invalid`, `identity.unverifiable`. */
  bearer(token: string): Promise<Actor>
  /**
   * An id (a UUID in small letters) for which a gateway in front of us vouches → actor. Never somebody who signs in here or
   * with the issuer: `identity.invalid`.
   */
  gateway(userId: string): Promise<Actor>
}

interface Needs {
  readonly accounts: AccountStore
  readonly credentials: CredentialSigner
  /** Undefined: no issuer is configured, and only tokens of ours are accepted. */
  readonly tokens: TokenVerifier | undefined
  readonly noteUse: NoteUse
  readonly newId: NewId
  readonly clock: Clock
}

export const makeAuthenticate = ({ accounts, credentials, tokens, noteUse, newId, clock }: Needs): Authenticate => {
  // (issuer, subject) → user id never changes, so it is remembered for good.
  const known = lru<string, string>(REMEMBERED)

  // Only what was verified, each kind apart: a text that differs in one character is another key. Whether the credential
  // was revoked or has expired is asked of the database each time all the same.
  const verified = { session: lru<string, Actor>(REMEMBERED), access_token: lru<string, Actor>(REMEMBERED) }

  const own = (kind: 'session' | 'access_token', text: string): Actor => {
    let actor = verified[kind].get(text)
    if (actor === undefined) {
      const read = credentials.read(kind, text)
      if (read === undefined) throw new AppError('identity.invalid')
      actor = { userId: read.userId, subject: read.userId, credential: { kind, hash: read.hash } }
      verified[kind].set(text, actor)
    }
    noteUse(actor)
    return actor
  }

  const ofIssuer = async (token: string): Promise<Actor> => {
    if (tokens === undefined) throw new AppError('identity.invalid')
    const { issuer, subject, name, email, expiresAt } = await tokens.verify(token)
    const key = JSON.stringify([issuer, subject])
    let userId = known.get(key)
    if (userId === undefined) {
      const called = nameFromToken(name, subject)
      const found = await accounts.findOrAddBySubject({
        userId: newId(),
        issuer,
        subject,
        name: called,
        email: email === null || email.length > 254 ? null : email,
        now: clock.now(),
      })
      known.set(key, (userId = found.userId))
    }
    return { userId, subject, expiresAt }
  }

  const ofGateway = async (userId: string): Promise<Actor> => {
    const key = JSON.stringify(['gateway', userId])
    if (known.get(key) === undefined) {
      if (!(await accounts.findOrAddByGateway(userId, clock.now()))) throw new AppError('identity.invalid')
      known.set(key, userId)
    }
    return { userId, subject: userId }
  }

  return {
    session: (text) => own('session', text),
    bearer: async (token) =>
      token.startsWith(credentials.accessTokenPrefix) ? own('access_token', token) : ofIssuer(token),
    gateway: ofGateway,
  }
}

/** Notes in the background that a credential is being used; the request never waits for it. */
export type NoteUse = (actor: Actor) => void

/** @param onProblem hears of notes that could not be taken; nothing else depends on them */
export const makeNoteUse = ({
  sessions,
  accessTokens,
  clock,
  onProblem,
}: {
  sessions: SessionStore
  accessTokens: AccessTokenStore
  clock: Clock
  onProblem: (error: unknown) => void
}): NoteUse => {
  const noted = lru<string, number>(REMEMBERED)
  return ({ credential }) => {
    if (credential === undefined) return
    const now = clock.now()
    const key = credential.hash.toString('latin1')
    const last = noted.get(key)
    if (last !== undefined && now.getTime() - last < USE_NOTED_EVERY) return
    noted.set(key, now.getTime())
    const store = credential.kind === 'session' ? sessions : accessTokens
    // Other processes note uses too: the store leaves alone what is recent.
    store.noteUse(credential.hash, now, new Date(now.getTime() - USE_NOTED_EVERY)).catch(onProblem)
  }
}
