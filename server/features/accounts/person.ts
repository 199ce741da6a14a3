/** People, their sign-ins and what they have set: the words of the slice and its figures. Pure. */

export interface Person {
  readonly id: string
  readonly email: string | null
  readonly name: string
  readonly defaultModel: string | null
  readonly hasPassword: boolean
  readonly hasApiKey: boolean
}

/** A browser in which somebody is signed in. */
export interface Session {
  readonly id: string
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly userAgent: string
  /** The one that asks. */
  readonly isCurrent: boolean
}

/** A personal access token, without the token itself. */
export interface AccessToken {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
}

/** Who may make an account. `invite` is kept for invitations, which don't exist yet; until then it closes the door. */
export type SignupRule = 'open' | 'invite' | 'closed'

export const DAY = 24 * 3600 * 1000
/** A session ends this long after its last use; the database function `enter` says the same. */
export const SESSION_IDLE = 30 * DAY
/** A session ends this long after the sign-in, however much it is used. */
export const SESSION_LIFE = 90 * DAY
/** Sessions of one person; with one more the one that was unused longest ends. */
export const MAX_SESSIONS = 100
/** Access tokens of one person. */
export const MAX_ACCESS_TOKENS = 100
/** Expired tokens stay listed this long, so that a person can see why a script stopped. */
export const EXPIRED_TOKEN_KEPT = 30 * DAY
/** Times of last use are kept this exactly, in milliseconds. */
export const USE_NOTED_EVERY = 5 * 60 * 1000

const MAX_NAME = 100
const MAX_USER_AGENT = 400

/** Cut to `length` UTF-16 code units, never in the middle of a character. */
const clipped = (text: string, length: number): string => {
  const cut = text.slice(0, length)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

/** What a person is called until they say otherwise: what is before the @. */
export const nameFromEmail = (email: string): string => clipped(email.split('@', 1)[0]!, MAX_NAME)

/** What a person of an issuer is called. */
export const nameFromToken = (name: string | null, subject: string): string =>
  clipped((name ?? subject).trim() || subject, MAX_NAME)

export const clippedUserAgent = (userAgent: string): string => clipped(userAgent, MAX_USER_AGENT)
