/** The account endpoints of one surface on a bare Fastify and a real database: no sockets, the surface's own envelope. */
import Fastify, { type InjectOptions } from 'fastify'
import { toAppError } from '#kernel/errors.ts'
import { openAccounts } from '#server/features/accounts/for-tests.ts'
import { type Accounts, SESSION_IDLE } from '#server/features/accounts/index.ts'
import { type RefuseCrossSite, refusingCrossSite } from './cross-site.ts'
import { type Identify, makeIdentify } from './identify.ts'
import { readJson } from './read-json.ts'
import { type Serve, serving } from './serve.ts'
import { type SessionCookie, sessionCookie } from './session-cookie.ts'
import type { Envelope } from './surface.ts'

const PUBLIC_URL = 'http://127.0.0.1:3000'

/** What the cookie says when the browser is to forget it. */
export const CLEARED = 'parlance_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'

export interface Sent {
  readonly body?: object
  /** Text of a session, for the cookie. */
  readonly session?: string
  readonly headers?: Record<string, string>
  /** IP address of the client. */
  readonly from?: string
}

interface Needs {
  readonly accounts: Accounts
  readonly identify: Identify
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
}

export const openAccountRoutes = async (envelope: Envelope, register: (serve: Serve, needs: Needs) => void) => {
  const slice = await openAccounts()
  const { accounts, clock } = slice
  const cookie = sessionCookie(PUBLIC_URL, SESSION_IDLE)
  const refuseCrossSite = refusingCrossSite(PUBLIC_URL)
  const identify = makeIdentify({ authenticate: accounts.authenticate, cookie, refuseCrossSite })

  const server = Fastify()
  server.decorate('endpointRegistry', { add: () => {}, endpoints: [] })
  server.decorate('giveTime', () => {})
  server.decorateRequest('actor', null)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readJson(body),
  )
  server.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown)
    const answer = envelope(error, { requestId: request.id, time: clock.now(), params: {} })
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    return reply.code(answer.status).type(answer.contentType).send(JSON.stringify(answer.body))
  })
  register(serving(server, { identify }), { accounts, identify, cookie, refuseCrossSite })

  const send = async (method: InjectOptions['method'], url: string, { body, session, headers, from }: Sent = {}) => {
    const response = await server.inject({
      method,
      url,
      ...(body === undefined ? {} : { payload: body }),
      ...(from === undefined ? {} : { remoteAddress: from }),
      headers: { ...(session === undefined ? {} : { cookie: `parlance_session=${session}` }), ...headers },
    })
    return {
      status: response.statusCode,
      body: response.body === '' ? undefined : response.json(),
      cookie: response.headers['set-cookie'],
      headers: response.headers,
    }
  }

  return {
    ...slice,
    send,
    async close() {
      await server.close()
      await slice.close()
    },
  }
}
