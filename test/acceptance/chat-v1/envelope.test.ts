/** What is the same under all of `/api/v1`: every failure leaves in this surface's envelope. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/chat-v1/index.ts'
import { connected, testCluster } from '#test/support/database.ts'
import { type Answer, send } from '#test/support/server.ts'
import { type Caller, failed, startWorld, succeeded, UNKNOWN_ID, type World } from './world.ts'

let world: World
let person: Caller
beforeAll(async () => {
  world = await startWorld()
  person = await world.newCaller()
})
afterAll(() => world.close())

const CONVERSATIONS = '/api/v1/chat/conversations'
const request = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  send(world.server.url, method, path, body, { authorization: `Bearer ${person.token}`, ...headers })

describe('an address that does not exist', () => {
  it.each([
    '/api/v1',
    '/api/v1/',
    '/api/v1?x=1',
    '/api/v1/users',
    '/api/v1/chat',
    '/api/v1/chat/messages',
    '/api/v1/health/live',
    `${CONVERSATIONS}/${UNKNOWN_ID}`,
    `${CONVERSATIONS}/${UNKNOWN_ID}/history/more`,
    `${CONVERSATIONS}/${'x'.repeat(300)}/history`,
    '/api/v1/%zz',
    `${CONVERSATIONS}/%/history`,
    '/api/v1/%E0%A4%A',
  ])('is not found, signed in or not: %s', async (path) => {
    for (const answer of [await request('GET', path), await send(world.server.url, 'GET', path)]) {
      expect(failed(answer, 404, 'NOT_FOUND').details).toEqual({})
    }
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is not found by %s either', async (method) => {
    failed(await request(method, '/api/v1/users', '{}'), 404, 'NOT_FOUND')
  })
})

describe('a method that an address does not have', () => {
  it.each([
    [CONVERSATIONS, ['GET', 'HEAD', 'POST'], ['PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    [`${CONVERSATIONS}/${UNKNOWN_ID}/history`, ['GET', 'HEAD'], ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    [`${CONVERSATIONS}/${UNKNOWN_ID}/messages`, ['POST'], ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    [`${CONVERSATIONS}/${UNKNOWN_ID}/stream`, ['GET'], ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    [`${CONVERSATIONS}/${UNKNOWN_ID}/stream-ticket`, ['POST'], ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    ['/api/v1/health', ['GET', 'HEAD'], ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    ['/api/v1/health/ready', ['GET', 'HEAD'], ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
  ])('is refused with the ones that it has: %s', async (path, allowed, others) => {
    for (const method of others) {
      const answer = await request(method, path)
      failed(answer, 405, 'METHOD_NOT_ALLOWED')
      expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(allowed)
    }
  })

  it('is refused on HEAD without a body, as HTTP wants it', async () => {
    const answer = await request('HEAD', `${CONVERSATIONS}/${UNKNOWN_ID}/messages`)
    expect(answer).toMatchObject({ status: 405, body: undefined })
  })
})

describe('a body that cannot be read', () => {
  it.each([
    ['broken off', '{"title":"a"'],
    ['not JSON', 'title=a'],
    ['with a comma too many', '{"title":"a",}'],
    ['with a key twice', '{"title":"a","title":"b"}'],
    ['with __proto__ as a key', '{"__proto__":{"title":"a"}}'],
    ['nested too deeply', `{"metadata":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`],
    ['with a byte order mark', '\ufeff{}'],
    ['of two values', '{} {}'],
  ])('is refused: %s', async (_what, body) => {
    const error = failed(await request('POST', CONVERSATIONS, body), 400, 'VALIDATION_ERROR')
    expect(error.details).toEqual({})
    expect(error.message).toMatch(/JSON/)
  })

  it('is refused when it is no UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    failed(await request('POST', CONVERSATIONS, body), 400, 'VALIDATION_ERROR')
  })

  it('is as good as {} when there is none', async () => {
    for (const headers of [undefined, { 'content-type': 'application/json' }]) {
      succeeded(contract.createConversation, await request('POST', CONVERSATIONS, undefined, headers))
    }
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'json',
  ])('is refused as %s', async (type) => {
    const answer = await request('POST', CONVERSATIONS, '{"title":"a"}', { 'content-type': type })
    failed(answer, 415, 'UNSUPPORTED_MEDIA_TYPE')
  })

  it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])(
    'is read as %s',
    async (type) => {
      const answer = await request('POST', CONVERSATIONS, '{"title":"a"}', { 'content-type': type })
      expect(succeeded(contract.createConversation, answer).title).toBe('a')
    },
  )

  it('is refused when it is too large, whether or not it says so beforehand', async () => {
    const huge = JSON.stringify({ initialMessage: 'x'.repeat(3 * 1024 * 1024) })
    failed(await request('POST', CONVERSATIONS, huge), 413, 'PAYLOAD_TOO_LARGE')
    const response = await fetch(world.server.url + CONVERSATIONS, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: new Blob([huge]).stream(),
      duplex: 'half',
    })
    const answer = { status: response.status, headers: response.headers, body: await response.json() }
    failed(answer, 413, 'PAYLOAD_TOO_LARGE')
  })

  it('is not looked at before it is known who asks', async () => {
    for (const [body, type] of [
      ['{', 'application/json'],
      ['x', 'text/plain'],
    ] as const) {
      const answer = await send(world.server.url, 'POST', CONVERSATIONS, body, { 'content-type': type })
      failed(answer, 401, 'UNAUTHORIZED')
    }
  })
})

describe('a request from a browser', () => {
  it('is let in by the session cookie from our own pages only', async () => {
    const local = await world.server.newPerson()
    const post = (headers: Record<string, string>) =>
      send(world.server.url, 'POST', CONVERSATIONS, {}, { cookie: local.cookie, ...headers })
    succeeded(contract.createConversation, await post({ 'sec-fetch-site': 'same-origin' }))
    failed(await post({ 'sec-fetch-site': 'cross-site' }), 403, 'FORBIDDEN')
    failed(await post({ 'sec-fetch-site': 'same-site' }), 403, 'FORBIDDEN')
    failed(await post({ origin: 'https://evil.test' }), 403, 'FORBIDDEN')
  })

  it('is judged by its token where it has one, whatever the cookie', async () => {
    const local = await world.server.newPerson()
    failed(
      await request('GET', CONVERSATIONS, undefined, { cookie: local.cookie, authorization: 'Bearer x' }),
      401,
      'UNAUTHORIZED',
    )
    const made = await request('POST', CONVERSATIONS, {}, { cookie: local.cookie, 'sec-fetch-site': 'cross-site' })
    expect(succeeded(contract.createConversation, made).userId).toBe(person.subject)
  })
})

describe('every answer', () => {
  it('has a request id of its own, which no client chooses', async () => {
    const ids = new Set<string>()
    for (const name of ['x-request-id', 'request-id', 'x-correlation-id']) {
      for (const path of [CONVERSATIONS, '/api/v1/nothing', '/api/v1/health']) {
        const { body } = await request('GET', path, undefined, { [name]: 'mine' })
        ids.add(body.requestId)
      }
    }
    expect(ids.size).toBe(9)
    expect(ids.has('mine')).toBe(false)
  })

  it('says when it was made', async () => {
    for (const path of [CONVERSATIONS, '/api/v1/nothing']) {
      const before = world.server.clock.now().getTime()
      const { body } = await request('GET', path)
      const at = Date.parse(body.timestamp)
      expect(at).toBeGreaterThanOrEqual(before)
      expect(at).toBeLessThanOrEqual(world.server.clock.now().getTime())
    }
  })

  it('is not to be sniffed, framed or kept', async () => {
    const { headers } = await request('GET', CONVERSATIONS)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
  })
})

describe('the health of the server', () => {
  it('is told to everybody', async () => {
    expect(await world.stranger.ask(contract.health)).toMatchObject({ status: 'ok' })
    expect(await world.stranger.ask(contract.ready)).toMatchObject({
      status: 'ok',
      checks: { database: 'ok', redis: 'not configured' },
    })
  })
})

describe('trouble on the server', () => {
  it('has not been met so far', () => {
    expect(world.server.problems).toEqual([])
  })

  it('is told in the envelope and without a word of what is inside', async () => {
    const { owner } = world.server.database
    const { id } = await person.ask(contract.createConversation)
    await owner.query('alter table messages rename to elsewhere')
    const error = await person.fail(contract.readHistory, { id }, 500, 'INTERNAL_ERROR')
    await owner.query('alter table elsewhere rename to messages')
    expect(error.details).toEqual({})
    expect(error.message).not.toMatch(/messages|relation|select/i)
    expect(await person.ask(contract.readHistory, { id })).toEqual([])
  })

  it('is passing while the database is away, and over when it is back', async () => {
    const { name } = world.server.database
    const { superuser } = await testCluster()
    const operate = (sql: string) =>
      connected({ ...superuser, database: 'postgres' }, (client) => client.query(sql).then(() => {}))
    const { id } = await person.ask(contract.createConversation)
    await operate(`alter database ${name} allow_connections false`)
    await operate(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = '${name}' and usename <> '${superuser.user}'`)
    for (const [endpoint, options] of [
      [contract.createConversation, { body: {} }],
      [contract.listConversations, {}],
      [contract.readHistory, { id }],
      [contract.postMessage, { id, body: { content: 'x' } }],
      [contract.streamConversation, { id }],
      [contract.createStreamTicket, { id }],
      [contract.ready, {}],
    ] as const) {
      const error = await person.fail(endpoint, options, 503, 'SERVICE_UNAVAILABLE')
      expect(error.details).toEqual({})
      expect(error.message).not.toMatch(/postgres|connection|database/i)
    }
    await person.ask(contract.health)

    await operate(`alter database ${name} allow_connections true`)
    expect(await person.ask(contract.readHistory, { id })).toEqual([])
    await person.ask(contract.ready)
  })
})
