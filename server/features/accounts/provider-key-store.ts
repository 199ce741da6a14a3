/** Where people's keys of model providers are kept, sealed: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'

/** The one provider whose keys people keep here. */
export const OPENROUTER = 'openrouter'

export interface ProviderKeyStore {
  /** The sealed key. */
  find(actor: Actor, provider: string): Promise<string | undefined>
  has(actor: Actor, provider: string): Promise<boolean>
  save(actor: Actor, provider: string, sealed: string, now: Date): Promise<void>
  /** Deleting what isn't there is no error. */
  delete(actor: Actor, provider: string): Promise<void>
  /** At most `limit` of anybody's keys that don't begin with `prefix`, in the order of user and provider, after `after`. */
  listSealedOtherwise(prefix: string, limit: number, after: SealedKey | undefined): Promise<SealedKey[]>
  /** Replaces an envelope; does nothing when it is no longer `from`. */
  reseal(key: SealedKey, to: string): Promise<void>
}

export interface SealedKey {
  readonly userId: string
  readonly provider: string
  readonly sealed: string
}
