/** Changes a person's password; every other browser of theirs is signed out. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { AccountStore } from './account-store.ts'
import type { LimitAttempts } from './limit-attempts.ts'
import type { OnRevoked, PasswordHasher } from './ports.ts'
import { hashOfSession } from './sign-in.ts'

export interface PasswordChangeRequest {
  readonly currentPassword: string
  readonly newPassword: string
  /** IP address of whoever asks. */
  readonly client: string
}

/**
 * Fails with `identity.wrong_credentials` when the current password is wrong, with `account.no_password` for people of
 * an issuer, with `identity.too_many_attempts` after too many guesses. Access tokens go on working.
 */
export const makeChangePassword =
  ({
    accounts,
    passwords,
    limitAttempts,
    onRevoked,
    clock,
  }: {
    accounts: AccountStore
    passwords: PasswordHasher
    limitAttempts: LimitAttempts
    onRevoked: OnRevoked
    clock: Clock
  }) =>
  async (actor: Actor, { currentPassword, newPassword, client }: PasswordChangeRequest): Promise<void> => {
    // In the actor's own name first: what follows is done by the program, which asks for no credential.
    const person = await accounts.find(actor)
    if (person === undefined) throw new AppError('identity.invalid')
    if (!person.hasPassword) throw new AppError('account.no_password')
    await limitAttempts({ account: actor.userId, client }, async () => {
      const from = await accounts.findPassword(actor.userId)
      if ((await passwords.verify(currentPassword, from ?? null)) === 'wrong') throw wrongPassword()
      const to = await passwords.hash(newPassword)
      const keeps = hashOfSession(actor)
      const changed = await accounts.changePassword({
        userId: actor.userId,
        from: from!,
        to,
        keeps,
        now: clock.now(),
      })
      // Somebody changed it while this one was being verified.
      if (changed === undefined) throw wrongPassword()
      onRevoked(changed.endedSessions)
    })
  }

const wrongPassword = (): AppError =>
  new AppError('identity.wrong_credentials', { message: 'The current password is not right.' })
