/** Who may call: the session that the cookie names, its CSRF token on everything that changes something, and how often. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as contract from '#contract/conversion/index.ts'
import type { Endpoint } from '#contract/endpoint.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { networkOf } from '../../features/accounts/index.ts'
import type { ConversionSession, Sessions } from '../../features/conversion/index.ts'
import { addressOf } from '../shared/address-of.ts'
import type { RefuseCrossSite } from '../shared/cross-site.ts'
import { makeRateLimit } from '../shared/rate-limit.ts'
import type { SessionCookie } from '../shared/session-cookie.ts'

/** Requests a minute; 0: any number. */
export interface ConversionRates {
  /** New sessions from one network. */
  readonly sessions: number
  /** Of one session. */
  readonly uploads: number
  readonly conversions: number
  readonly downloads: number
}

/** How many times as much as one session everybody behind one address may do together: an office, a school. */
const SESSIONS_PER_NETWORK = 4

declare module 'fastify' {
  interface FastifyRequest {
    conversionSession: ConversionSession | null
  }
}

interface Needs {
  readonly sessions: Sessions
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
  readonly rates: ConversionRates
  readonly clock: Clock
}

/** Endpoints that need no session. */
const open: readonly Endpoint<any, any, any, any>[] = [contract.initSession, contract.listFormats, contract.listEngines]

export const makeAdmission = ({ sessions, cookie, refuseCrossSite, rates, clock }: Needs) => {
  const limits = new Map<Endpoint<any, any, any, any>, ReturnType<typeof doubleLimit>>()
  const limit = (perMinute: number, ...endpoints: Endpoint<any, any, any, any>[]) => {
    const both = doubleLimit(perMinute, clock)
    for (const endpoint of endpoints) limits.set(endpoint, both)
  }
  limit(rates.uploads, contract.upload)
  limit(rates.conversions, contract.convert)
  limit(rates.downloads, contract.issueDownloadToken, contract.issueArchiveToken)
  limit(rates.downloads, contract.download)
  const newSessions = makeRateLimit(rates.sessions, clock)

  return {
    /** The session of a request that was let in. */
    sessionOf: ({ conversionSession }: FastifyRequest): ConversionSession => conversionSession!,

    /**
     * Fails with `conversion.session_over`, `conversion.wrong_csrf_token`, `request.cross_site` and `request.rate_limited`,
     * before a body is read.
     */
    async admit(endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply): Promise<void> {
      reply.header('cache-control', 'no-store')
      if (open.includes(endpoint)) return
      refuseCrossSite(request)
      const session = await sessions.get(cookie.read(request))
      if (endpoint.method === 'POST') sessions.checkCsrf(session, csrfTokenOf(request))
      limits.get(endpoint)?.(session, request, reply)
      request.conversionSession = session
    },

    /** Before a new session is made. */
    admitNew(request: FastifyRequest, reply: FastifyReply): void {
      // Another site could navigate here, where no cookie is sent, and have the session replaced by a new one.
      const site = request.headers['sec-fetch-site']
      if (site === 'cross-site' || site === 'same-site') throw new AppError('request.cross_site')
      newSessions(networkOf(addressOf(request)), reply)
    },
  }
}

/** Of one session, and of everybody in its network together. */
const doubleLimit = (perMinute: number, clock: Clock) => {
  const ofNetwork = makeRateLimit(perMinute * SESSIONS_PER_NETWORK, clock)
  const ofSession = makeRateLimit(perMinute, clock)
  return ({ hash }: ConversionSession, request: FastifyRequest, reply: FastifyReply): void => {
    ofNetwork(networkOf(addressOf(request)), reply)
    ofSession(hash, reply)
  }
}

const csrfTokenOf = ({ headers }: FastifyRequest): string | undefined => {
  const token = headers['x-csrf-token']
  return typeof token === 'string' ? token : undefined
}
