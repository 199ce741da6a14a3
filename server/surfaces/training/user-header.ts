/** The identity of seed 0: a header that a gateway in front of us sets (contracts, decision 5). Only where the operator says so. */
import { AppError } from '#kernel/errors.ts'
import type { Authenticate } from '../../features/accounts/index.ts'
import type { RefuseCrossSite } from '../shared/cross-site.ts'
import type { Identify } from '../shared/identify.ts'
import type { SessionCookie } from '../shared/session-cookie.ts'

/** Who it is without a header, as the document has it. */
const NOBODY_IN_PARTICULAR = '00000000-0000-0000-0000-000000000000'
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

interface Needs {
  readonly identify: Identify
  readonly authenticate: Pick<Authenticate, 'gateway'>
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
}

/** A Bearer always wins, then `x-user-id`, then the cookie of the page; with none of them it is the nil UUID. */
export const trustingUserHeader =
  ({ identify, authenticate, cookie, refuseCrossSite }: Needs): Identify =>
  async (request) => {
    const { authorization, 'x-user-id': header } = request.headers
    const hasHeader = header !== undefined && header !== ''
    if (authorization !== undefined || (!hasHeader && cookie.read(request) !== undefined)) return identify(request)
    refuseCrossSite(request)
    const userId = hasHeader ? String(header).toLowerCase() : NOBODY_IN_PARTICULAR
    if (!UUID.test(userId)) throw new AppError('identity.invalid')
    return authenticate.gateway(userId)
  }
