/** Where sign-ins of browsers are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Session } from './person.ts'

export interface NewSession {
  readonly id: string
  readonly hash: Buffer
  readonly userAgent: string
  readonly expiresAt: Date
}

export interface SessionStore {
  /**
   * Opens a session for whoever proved to know the password `provenBy`; undefined when that has been changed meanwhile.
   * The person's longest unused session ends when there would be more than `most`. Says which sessions ended, by hash.
   */
  open(opening: SessionOpening): Promise<{ ended: Buffer[] } | undefined>
  /** The actor's living sessions, latest use first. */
  list(actor: Actor, now: Date): Promise<Session[]>
  /** Undefined when there was none. */
  end(actor: Actor, id: string): Promise<{ wasCurrent: boolean; hash: Buffer } | undefined>
  /** All but the one that asks; their hashes. */
  endOthers(actor: Actor): Promise<Buffer[]>
  /** The one that asks; its hash. */
  endCurrent(actor: Actor): Promise<Buffer[]>
  /** Notes the use of a living session unless one was noted after `unlessSince`. */
  noteUse(hash: Buffer, now: Date, unlessSince: Date): Promise<void>
  /** Removes sessions that ended or were last used at `idleSince` or before; says how many. */
  sweep(now: Date, idleSince: Date): Promise<number>
}

export interface SessionOpening {
  readonly userId: string
  readonly session: NewSession
  readonly provenBy: string
  /** The same password, hashed with today's parameters. */
  readonly rehashed: string | null
  /** Hash of the session that this browser had until now, which ends. */
  readonly replaces: Buffer | null
  readonly most: number
  readonly now: Date
}
