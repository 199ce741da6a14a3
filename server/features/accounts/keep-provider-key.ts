/** A person's key of a model provider: sealed when saved, opened only to be used, never shown. */
import type { Actor, Credential } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { SecretBox } from './ports.ts'
import { OPENROUTER, type ProviderKeyStore, type SealedKey } from './provider-key-store.ts'

const BATCH = 100

interface Needs {
  readonly providerKeys: ProviderKeyStore
  readonly box: SecretBox
  readonly clock: Clock
}

/** The place that an envelope belongs to; the box adds its purpose. */
const placeOf = (userId: string, provider: string): readonly string[] => [userId, provider]

/** Saves the key in place of an older one. */
export const makeSaveProviderKey =
  ({ providerKeys, box, clock }: Needs) =>
  (actor: Actor, key: string): Promise<void> =>
    providerKeys.save(actor, OPENROUTER, box.seal(key, placeOf(actor.userId, OPENROUTER)), clock.now())

export const makeHasProviderKey =
  ({ providerKeys }: Pick<Needs, 'providerKeys'>) =>
  (actor: Actor): Promise<boolean> =>
    providerKeys.has(actor, OPENROUTER)

/** Forgets the key; without one it does nothing. */
export const makeDeleteProviderKey =
  ({ providerKeys }: Pick<Needs, 'providerKeys'>) =>
  (actor: Actor): Promise<void> =>
    providerKeys.delete(actor, OPENROUTER)

/**
 * The key itself, for a request to the provider, in the person's name: without a credential where a reply goes on after
 * its reader has signed out, and with it where somebody waits, so that a revoked one is refused (`identity.invalid`).
 * Undefined when none is saved; `provider_key.unreadable` when it can't be opened.
 */
export const makeReadProviderKey =
  ({ providerKeys, box }: Pick<Needs, 'providerKeys' | 'box'>) =>
  async (userId: string, credential?: Credential): Promise<string | undefined> => {
    const actor = { userId, subject: userId, ...(credential === undefined ? {} : { credential }) }
    const sealed = await providerKeys.find(actor, OPENROUTER)
    return sealed === undefined ? undefined : makeOpenProviderKey({ box })(userId, sealed)
  }

/** The key itself where it was read sealed, with `sealedOpenRouterKey`; `provider_key.unreadable` when it can't be opened. */
export const makeOpenProviderKey =
  ({ box }: Pick<Needs, 'box'>) =>
  (userId: string, sealed: string): string => {
    const key = box.open(sealed, placeOf(userId, OPENROUTER))
    if (key === undefined) throw new AppError('provider_key.unreadable')
    return key
  }

/**
 * After a change of `SECRET_KEY`: seals every key anew that an older secret sealed. People save and use keys meanwhile,
 * and it may be stopped and begun again at any point. What can't be opened is left for its person to save again.
 */
export const makeRotateProviderKeys =
  ({ providerKeys, box }: Pick<Needs, 'providerKeys' | 'box'>) =>
  async (): Promise<{ resealed: number; unreadable: number }> => {
    let resealed = 0
    let unreadable = 0
    let last: SealedKey | undefined
    for (;;) {
      const batch = await providerKeys.listSealedOtherwise(box.currentPrefix, BATCH, last)
      for (const key of batch) {
        const secret = box.open(key.sealed, placeOf(key.userId, key.provider))
        if (secret === undefined) unreadable++
        else {
          await providerKeys.reseal(key, box.seal(secret, placeOf(key.userId, key.provider)))
          resealed++
        }
      }
      last = batch.at(-1)
      if (batch.length < BATCH) return { resealed, unreadable }
    }
  }
