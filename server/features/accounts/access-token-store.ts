/** Where personal access tokens are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { AccessToken } from './person.ts'

export interface AccessTokenStore {
  /** The actor's, newest first. */
  list(actor: Actor): Promise<AccessToken[]>
  /** False when the actor has `most` already, however many are made at once. */
  add(actor: Actor, token: NewAccessToken, most: number): Promise<boolean>
  /** Its hash; undefined when there was none. */
  remove(actor: Actor, id: string): Promise<Buffer | undefined>
  /** Notes the use of a living token unless one was noted after `unlessSince`. */
  noteUse(hash: Buffer, now: Date, unlessSince: Date): Promise<void>
  /** Removes tokens that expired before `expiredBefore`; says how many. */
  sweep(expiredBefore: Date): Promise<number>
}

export interface NewAccessToken {
  readonly id: string
  readonly name: string
  readonly hash: Buffer
  readonly createdAt: Date
  readonly expiresAt: Date | null
}
