/** Where people and their passwords are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Person } from './person.ts'
import type { NewSession } from './session-store.ts'

export interface AccountStore {
  /** The actor; undefined when they no longer exist. */
  find(actor: Actor): Promise<Person | undefined>
  /** Changes what is given. */
  update(actor: Actor, changes: { name?: string; defaultModel?: string | null }): Promise<Person | undefined>
  hasAny(): Promise<boolean>
  /** What signing up needs to know first. */
  findSignUpState(email: string): Promise<{ hasAccounts: boolean; isTaken: boolean }>
  /**
   * Account, password and first session, together or not at all. `exists`: somebody has that address; `closed`:
   * `mustBeFirst`, and it is not the first.
   */
  add(account: NewAccount): Promise<'added' | 'exists' | 'closed'>
  /** The person whom an issuer calls `subject`, made when there is none. Never a second one, however many ask at once. */
  findOrAddBySubject(person: NewSubject): Promise<{ userId: string }>
  /**
   * The person whom a gateway in front calls by this id, made when there is none. False: the id is somebody's who signs in
   * here or with an issuer.
   */
  findOrAddByGateway(userId: string, now: Date): Promise<boolean>
  findPasswordByEmail(email: string): Promise<{ userId: string; passwordHash: string } | undefined>
  /** Undefined for people who have none here. */
  findPassword(userId: string): Promise<string | undefined>
  /** Changes the password and ends all sessions but one, whose hashes it gives; undefined when it is no longer `from`. */
  changePassword(change: PasswordChange): Promise<{ endedSessions: Buffer[] } | undefined>
}

export interface NewAccount {
  readonly userId: string
  /** In lower case. */
  readonly email: string
  readonly name: string
  readonly passwordHash: string
  readonly session: NewSession
  readonly mustBeFirst: boolean
  readonly now: Date
}

export interface NewSubject {
  /** Becomes the id of somebody new. */
  readonly userId: string
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly email: string | null
  readonly now: Date
}

export interface PasswordChange {
  readonly userId: string
  readonly from: string
  readonly to: string
  /** Hash of the session that goes on; null ends all. */
  readonly keeps: Buffer | null
  readonly now: Date
}
