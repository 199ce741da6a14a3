/** The public keys of an issuer, fetched from its JWKS address and kept through rotation and outage. It verifies nothing. */
import { createLocalJWKSet, type CryptoKey, errors, type JWTHeaderParameters } from 'jose'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'

export interface RemoteKeys {
  /**
   * The one key that fits a header's `kid` and `alg`. Throws jose's error when there is none, and
   * `identity.unverifiable` when no keys are known at all.
   */
  find(header: JWTHeaderParameters): Promise<CryptoKey>
}

export interface RemoteKeysOptions {
  readonly url: string
  readonly clock: Clock
  /** Hears why the keys could not be fetched. */
  readonly onProblem?: (error: unknown) => void
}

const SECOND = 1000
const FETCH_LIMIT = 2 * SECOND
/** Somebody who invents key ids makes us fetch no oftener than this. */
const BETWEEN_FETCHES = 30 * SECOND
/** With no keys at all nobody can sign in, so the issuer is asked again sooner. */
const BETWEEN_FIRST_FETCHES = 5 * SECOND
/** After this the keys are fetched again in the background, so that a withdrawn key stops working. */
const FRESH = 600 * SECOND
/** How long an outage of the issuer may last before its keys are no longer trusted. */
const TRUSTED = 24 * 3600 * SECOND
const MAX_ANSWER = 512 * 1024

/** Fetches lazily. jose's own remote set reads the machine's clock and forgets its keys in an outage. */
export const remoteKeys = ({ url, clock, onProblem }: RemoteKeysOptions): RemoteKeys => {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let loadedAt = 0
  let triedAt: number | undefined
  let pending: Promise<void> | undefined

  const load = async (): Promise<void> => {
    triedAt = clock.now().getTime()
    try {
      keys = createLocalJWKSet(await fetchJson(url))
      loadedAt = clock.now().getTime()
    } catch (error) {
      onProblem?.(error)
    }
  }
  /** Fetches unless that was done a moment ago; whoever comes meanwhile waits for the same answer. */
  const refresh = (): Promise<void> => {
    if (pending !== undefined) return pending
    const elapsed = triedAt === undefined ? Infinity : clock.now().getTime() - triedAt
    // Less than nothing: the machine's clock was set back.
    if (elapsed >= 0 && elapsed < (keys ? BETWEEN_FETCHES : BETWEEN_FIRST_FETCHES)) return Promise.resolve()
    return (pending = load().finally(() => (pending = undefined)))
  }
  const age = (): number => clock.now().getTime() - loadedAt

  return {
    async find(header) {
      if (keys === undefined || age() > TRUSTED) await refresh()
      else if (age() > FRESH) void refresh()
      if (keys === undefined || age() > TRUSTED) throw new AppError('identity.unverifiable')
      try {
        return await keys(header)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        await refresh()
        return keys(header)
      }
    },
  }
}

const fetchJson = async (url: string): Promise<Parameters<typeof createLocalJWKSet>[0]> => {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_LIMIT),
  })
  if (response.status !== 200 || response.body === null) throw new Error(`${url} answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > MAX_ANSWER) throw new Error(`${url} answered more than ${MAX_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Parameters<typeof createLocalJWKSet>[0]
}
