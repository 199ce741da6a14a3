/** Verifies JWTs of the one issuer that the operator trusts; it does not know which person a subject is here. */
import { jwtVerify, type JWTHeaderParameters } from 'jose'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { TokenVerifier } from '#server/features/accounts/ports.ts'
import { remoteKeys } from './remote-keys.ts'
import { readStrictly } from './strict-jwt.ts'

export interface JwtOptions {
  /** `AUTH_ISSUER`: compared with `iss`, character by character. */
  readonly issuer: string
  /** `AUTH_AUDIENCE`: must be in `aud`. */
  readonly audience: string
  /** `AUTH_JWKS_URL`; default `<issuer>/.well-known/jwks.json`. */
  readonly jwksUrl?: string
  readonly clock: Clock
  /** Hears why the issuer's keys could not be fetched. */
  readonly onProblem?: (error: unknown) => void
}

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA']
/** By how many seconds the issuer's clock and ours may differ. */
const CLOCK_SKEW = 60
const MAX_SUBJECT = 255

/** Where an issuer publishes its keys when nothing else is said. */
export const defaultJwksUrl = (issuer: string): string => `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json`

/**
 * Follows RFC 8725: the algorithm comes from our list, the key from the configured address (never from `jku`, `x5u`,
 * `jwk` or `x5c` in the token), issuer, audience and expiry are demanded, and `crit` and `b64` are refused.
 */
export const jwtVerifier = ({ issuer, audience, jwksUrl, clock, onProblem }: JwtOptions): TokenVerifier => {
  const keys = remoteKeys({ url: jwksUrl ?? defaultJwksUrl(issuer), clock, onProblem })
  return {
    async verify(token) {
      const unverified = readStrictly(token)
      // A wrong issuer is told apart before its key id can make us ask ours for new keys.
      if (!unverified || !isAcceptable(unverified.header) || unverified.payload['iss'] !== issuer) {
        throw new AppError('identity.invalid')
      }
      try {
        const { payload } = await jwtVerify(token, (header: JWTHeaderParameters) => keys.find(header), {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: CLOCK_SKEW,
          currentDate: clock.now(),
        })
        const { sub, exp } = payload
        if (!isSubject(sub)) throw new AppError('identity.invalid')
        return {
          issuer,
          subject: sub,
          name: [payload['name'], payload['email'], payload['nickname']].find(isFilled) ?? null,
          email: isFilled(payload['email']) ? payload['email'] : null,
          // Beyond what a Date can hold (8.64e15 ms) is as good as never; JSON's 1e999 is Infinity.
          expiresAt: new Date(Math.min((exp! + CLOCK_SKEW) * 1000, 8.64e15)),
        }
      } catch (error) {
        throw error instanceof AppError ? error : new AppError('identity.invalid', { cause: error })
      }
    },
  }
}

const isAcceptable = ({ alg, typ, kid, ...header }: Readonly<Record<string, unknown>>): boolean =>
  typeof alg === 'string' &&
  ALGORITHMS.includes(alg) &&
  (kid === undefined || typeof kid === 'string') &&
  (typ === undefined || (typeof typ === 'string' && /^(application\/)?(at\+jwt|jwt)$/i.test(typ))) &&
  !Object.hasOwn(header, 'crit') &&
  !Object.hasOwn(header, 'b64')

/** Text that PostgreSQL can store. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed()

const isSubject = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_SUBJECT && isStorable(value)

const isFilled = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && isStorable(value)
