/** Who somebody is, as they and the program see it. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { AccountStore } from './account-store.ts'
import type { Person, SignupRule } from './person.ts'

/** The actor. `identity.invalid` when the account is gone. */
export const makeGetMe =
  ({ accounts }: { accounts: AccountStore }) =>
  async (actor: Actor): Promise<Person> =>
    present(await accounts.find(actor))

/** Changes what is given: the name, which is trimmed, and the default model, where null means none. */
export const makeChangeMe =
  ({ accounts }: { accounts: AccountStore }) =>
  async (actor: Actor, { name, defaultModel }: { name?: string; defaultModel?: string | null }): Promise<Person> =>
    present(await accounts.update(actor, { name: name?.trim(), defaultModel }))

/** Anybody, for work that goes on after they have left; undefined when there is no such person. */
export const makeFindPerson =
  ({ accounts }: { accounts: AccountStore }) =>
  (userId: string): Promise<Person | undefined> =>
    accounts.find({ userId, subject: userId })

/** Who an actor is; undefined when the credential is no longer good or the account is gone. */
export const makeFindSignedIn =
  ({ accounts }: { accounts: AccountStore }) =>
  async (actor: Actor): Promise<Person | undefined> => {
    try {
      return await accounts.find(actor)
    } catch (error) {
      if (error instanceof AppError && error.code === 'identity.invalid') return undefined
      throw error
    }
  }

/** What everybody may know before signing in. */
export const makeGetSetup =
  ({ accounts, signup }: { accounts: AccountStore; signup: SignupRule }) =>
  async (): Promise<{ signup: SignupRule; hasAccounts: boolean }> => ({ signup, hasAccounts: await accounts.hasAny() })

const present = (person: Person | undefined): Person => {
  if (person === undefined) throw new AppError('identity.invalid')
  return person
}
