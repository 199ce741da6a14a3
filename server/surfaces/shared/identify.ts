/** Who is asking: the request's credential → Actor. It verifies nothing itself; it knows where credentials are carried. */
import type { FastifyRequest } from 'fastify'
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Authenticate } from '#server/features/accounts/index.ts'
import type { RefuseCrossSite } from './cross-site.ts'
import type { SessionCookie } from './session-cookie.ts'

/**
 * Finds out who is asking. Fails with `identity.missing` without a credential, `identity.invalid` with a bad one,
 * `request.cross_site` when a cookie came with an unsafe method from another site.
 */
export type Identify = (request: FastifyRequest) => Promise<Actor>

export interface IdentifyOptions {
  readonly authenticate: Pick<Authenticate, 'session' | 'bearer'>
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
}

/**
 * `Authorization: Bearer` (RFC 6750, 2.1), else the session cookie. A header that is no good is never made up for by a
 * cookie, and no other header says who somebody is.
 */
export const makeIdentify =
  ({ authenticate, cookie, refuseCrossSite }: IdentifyOptions): Identify =>
  async (request) => {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const [, token] = /^bearer +([\x21-\x7e]+)$/i.exec(authorization) ?? []
      if (token === undefined) throw new AppError('identity.invalid')
      return authenticate.bearer(token)
    }
    const text = cookie.read(request)
    if (text === undefined) throw new AppError('identity.missing')
    refuseCrossSite(request)
    return authenticate.session(text)
  }
