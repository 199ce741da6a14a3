/**
 * What the acceptance tests of `/api/v1` share: a server that trusts a real issuer on loopback, a provider that is told what
 * to answer, and callers that hold every answer to its schema. It knows the contract and no part of the server.
 */
import { OAuth2Server } from 'oauth2-mock-server'
import { expect } from 'vitest'
import type { z } from 'zod'
import { failure } from '#contract/chat-v1/index.ts'
import type { Endpoint } from '#contract/endpoint.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import {
  type Answer,
  type MovableClock,
  send,
  startTestServer,
  type TestServer,
  type Environment,
} from '#test/support/server.ts'

export const AUDIENCE = 'https://api.betthink.test'

type AnyEndpoint = Endpoint<any, any, any, any>
type BodyOf<E> = E extends Endpoint<any, any, any, infer Reply> ? z.output<Reply> : never
/** What is inside of the envelope of success. */
type DataOf<E> = BodyOf<E> extends { data: infer Data } ? Data : never

export interface CallOptions {
  /** For the braces of the path. */
  readonly id?: string
  /** With its question mark. */
  readonly query?: string
  /** JSON, unless it is a string. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface Caller {
  readonly subject: string
  /** A JWT for an hour. */
  readonly token: string
  /** Sends the request and returns whatever comes. */
  send(endpoint: AnyEndpoint, options?: CallOptions): Promise<Answer>
  /** Sends the request, demands the promised answer and returns what the envelope holds. */
  ask<E extends AnyEndpoint>(endpoint: E, options?: CallOptions): Promise<DataOf<E>>
  /** Sends the request, demands this failure and returns its `error`. */
  fail(endpoint: AnyEndpoint, options: CallOptions, status: number, code: string): Promise<Failure>
}

type Failure = z.output<typeof failure>['error']

export interface World {
  readonly server: TestServer
  readonly provider: ScriptedProvider
  /** Somebody who has never been here, with a JWT whose subject is theirs alone unless it is given. */
  newCaller(claims?: { sub?: string; lifeSeconds?: number }): Promise<Caller>
  /** The same with an OpenRouter key, which the provider accepts whatever it is. */
  newCallerWithKey(): Promise<Caller>
  /** Nobody: requests without any credential. */
  readonly stranger: Caller
  callerWith(token: string, subject?: string): Caller
  /** A token of the issuer; `claims` replace the usual ones. */
  newToken(claims?: Record<string, unknown>): Promise<string>
  close(): Promise<void>
  /** Closes, and fails when the server has logged trouble. */
  closeInPeace(): Promise<void>
}

export interface WorldOptions {
  readonly clock?: MovableClock
  readonly env?: (provider: ScriptedProvider) => Environment
  readonly heartbeatMs?: number
}

/** Starts issuer, provider and server. The provider is OpenRouter for those who have a key; nobody else has a model. */
export const startWorld = async ({ clock, env, heartbeatMs }: WorldOptions = {}): Promise<World> => {
  const issuer = new OAuth2Server()
  await issuer.issuer.keys.generate('RS256')
  await issuer.start(0, '127.0.0.1')
  const provider = await startScriptedProvider()
  const server = await startTestServer({
    env: {
      AUTH_ISSUER: issuer.issuer.url!,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_JWKS_URL: `${issuer.issuer.url}/jwks`,
      OPENROUTER_BASE_URL: provider.url,
      ...env?.(provider),
    },
    ...(clock ? { clock } : {}),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  })

  const newToken = (claims: Record<string, unknown> = {}): Promise<string> => {
    const now = Math.floor(server.clock.now().getTime() / 1000)
    return issuer.issuer.buildToken({
      scopesOrTransform: (_header, payload) =>
        void Object.assign(payload, { aud: AUDIENCE, iat: now, nbf: now, exp: now + 3600, ...claims }),
    })
  }
  let people = 0
  const newCaller: World['newCaller'] = async ({ sub = `auth0|person-${++people}`, lifeSeconds = 3600 } = {}) => {
    const exp = Math.floor(server.clock.now().getTime() / 1000) + lifeSeconds
    return callerAt(server.url, await newToken({ sub, exp }), sub)
  }

  const close = async (): Promise<void> => {
    await server.close()
    await provider.close()
    await issuer.stop()
  }

  return {
    server,
    provider,
    newToken,
    newCaller,
    async newCallerWithKey() {
      const caller = await newCaller()
      const saved = await send(
        server.url,
        'PUT',
        '/api/api-key',
        { apiKey: 'sk-or-v1-of-a-test' },
        { authorization: `Bearer ${caller.token}` },
      )
      holdStatus(saved, 200)
      return caller
    },
    callerWith: (token, subject = '') => callerAt(server.url, token, subject),
    stranger: callerAt(server.url, '', ''),
    close,
    async closeInPeace() {
      await close()
      if (server.problems.length > 0) throw new Error(`the server logged ${JSON.stringify(server.problems, null, 2)}`)
    },
  }
}

/** The path of an endpoint with its braces filled. */
export const pathOf = (endpoint: AnyEndpoint, { id, query = '' }: CallOptions = {}): string =>
  endpoint.path.replace('{id}', () => id ?? '') + query

const callerAt = (url: string, token: string, subject: string): Caller => {
  const caller: Caller = {
    subject,
    token,
    send: (endpoint, options = {}) =>
      send(url, endpoint.method, pathOf(endpoint, options), options.body, {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers,
      }),
    ask: async (endpoint, options) => succeeded(endpoint, await caller.send(endpoint, options)),
    fail: async (endpoint, options, status, code) => failed(await caller.send(endpoint, options), status, code),
  }
  return caller
}

/** Demands the promised answer, in its envelope, and returns the data. */
export const succeeded = <E extends AnyEndpoint>(endpoint: E, answer: Answer): DataOf<E> => {
  holdStatus(answer, endpoint.reply.status)
  const body = endpoint.reply.body!.parse(answer.body) as { data: DataOf<E> }
  holdEnvelope(answer)
  return body.data
}

/** Demands a failure in its envelope and returns what is wrong. */
export const failed = (answer: Answer, status: number, code: string): Failure => {
  holdStatus(answer, status)
  const { error } = failure.parse(answer.body)
  holdEnvelope(answer)
  expect(error.code).toBe(code)
  return error
}

/** With the body in the complaint, which tells more than the status. */
const holdStatus = ({ status, body }: Answer, wanted: number): void => {
  if (status !== wanted) throw new Error(`answered ${status} instead of ${wanted}: ${JSON.stringify(body)}`)
}

/** What is the same for every answer: the fields tell what the headers and the status line tell. */
const holdEnvelope = ({ status, headers, body }: Answer): void => {
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.statusCode).toBe(status)
  expect(body.requestId).toBe(headers.get('x-request-id'))
  expect(new Date(body.timestamp).toISOString()).toBe(body.timestamp)
}

/** A clock that stands still until it is moved. */
export const stoppedClock = (at: string): MovableClock => {
  let time = Date.parse(at)
  return {
    now: () => new Date(time),
    moveBy: (milliseconds) => {
      time += milliseconds
    },
  }
}

/** The credentials that nobody is let in with, by what is wrong with them. */
export const badCredentials = async (world: World): Promise<[string, Record<string, string>][]> => {
  const now = Math.floor(world.server.clock.now().getTime() / 1000)
  const good = await world.newToken({ sub: 'auth0|somebody' })
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  return [
    ['no credential', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }],
    ['no token after Bearer', { authorization: 'Bearer' }],
    ['something that is no JWT', bearer('invalid-token')],
    ['an expired token', bearer(await world.newToken({ sub: 'auth0|late', exp: now - 61 }))],
    ['a token for another audience', bearer(await world.newToken({ sub: 'auth0|other', aud: 'https://other.test' }))],
    ['a token without a subject', bearer(await world.newToken({ sub: undefined }))],
    ['a token of another issuer', bearer(await world.newToken({ sub: 'auth0|other', iss: 'https://other.test/' }))],
    ['a changed signature', bearer(`${header}.${payload}.${changed(signature)}`)],
    ['a token that is not signed', bearer(`${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`)],
    ['the x-user-id of another surface', { 'x-user-id': '00000000-0000-0000-0000-000000000000' }],
    ['a session cookie that we did not make', { cookie: 'parlance_session=made-up' }],
  ]
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Another character in the middle, where all six bits count. */
export const changed = (text: string): string => {
  const middle = text.length >> 1
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
}

/** Demands that nobody is let in without a good credential, before anything else is looked at. */
export const expectStrangersRefused = async (
  world: World,
  endpoint: AnyEndpoint,
  options: CallOptions = {},
): Promise<void> => {
  for (const [what, headers] of await badCredentials(world)) {
    const answer = await world.stranger.send(endpoint, { ...options, headers })
    const error = { code: 'UNAUTHORIZED', message: 'Invalid or expired token', details: {} }
    expect({ what, error: failed(answer, 401, 'UNAUTHORIZED') }).toEqual({ what, error })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  }
}

/** An id in this surface's spelling that nothing has. */
export const UNKNOWN_ID = `c${'0'.repeat(24)}1`
