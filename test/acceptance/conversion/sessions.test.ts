/** /session/init, /session, /session/close: whose session it is, how long it lives, and that nothing of it stays. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/conversion/index.ts'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { copyingEngine, hangingEngine } from '#test/support/stub-engines.ts'
import { beginSession, blobsOf, expectError, rowsOf, SECRET, visitorWith } from './world.ts'

const HOUR = 60 * 60_000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    engines: [copyingEngine(), hangingEngine({ id: 'media', conversions: [{ from: ['txt'], to: ['rst'] }] })],
    env: { SESSION_RATE_LIMIT: '0' },
  })
})
afterAll(() => server.close())

const init = (headers?: Record<string, string>) => send(server.url, 'GET', '/session/init', undefined, headers)

describe('a session', () => {
  it('begins with a CSRF token in the body and a secret in a cookie that scripts and other sites never get', async () => {
    const answer = await init()
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ success: true, data: { csrf_token: expect.stringMatching(SECRET) } })
    expect(contract.initSession.reply.body!.parse(answer.body)).toEqual(answer.body)
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^session_id=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('has a cookie on https that no subdomain and no plain http can set', async () => {
    const https = await startTestServer({ env: { PUBLIC_URL: 'https://convert.example.org' } })
    try {
      const answer = await send(https.url, 'GET', '/session/init')
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(
          /^__Host-session_id=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
        ),
      ])
      const cookie = answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
      expect((await send(https.url, 'GET', '/session', undefined, { cookie })).status).toBe(200)
      const renamed = cookie.replace('__Host-', '')
      expectError(
        await send(https.url, 'GET', '/session', undefined, { cookie: renamed }),
        401,
        'SessionValidationError',
      )
    } finally {
      await https.close()
    }
  })

  it('is found again by its cookie, with the same token and without another cookie', async () => {
    const visitor = await beginSession(server.url)
    const again = await init({ cookie: visitor.cookie })
    expect(again.body.data.csrf_token).toBe(visitor.csrf)
    expect(again.headers.getSetCookie()).toEqual([])
  })

  it('is another one for everybody else, and for whoever makes up a secret', async () => {
    const [one, two] = [await beginSession(server.url), await beginSession(server.url)]
    expect(one.cookie).not.toBe(two.cookie)
    expect(one.csrf).not.toBe(two.csrf)
    for (const cookie of [
      'session_id=',
      `session_id=${'a'.repeat(43)}`,
      `${one.cookie}; session_id=x`,
      'session_id=%00',
    ]) {
      const answer = await init({ cookie })
      expect(answer.status).toBe(200)
      expect([one.csrf, two.csrf]).not.toContain(answer.body.data.csrf_token)
      expectError(await send(server.url, 'GET', '/session', undefined, { cookie }), 401, 'SessionValidationError')
    }
  })

  it('keeps no secret: the database has hashes', async () => {
    const visitor = await beginSession(server.url)
    const secret = visitor.cookie.slice('session_id='.length)
    const { rows } = await server.database.owner.query(
      `select encode(session_hash, 'hex') as hash, to_jsonb(s)::text as everything from conversion_sessions s
       where csrf_token = $1`,
      [visitor.csrf],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0].hash).toBe(createHash('sha256').update(secret).digest('hex'))
    expect(rows[0].everything).not.toContain(secret)
  })

  it.each(['cross-site', 'same-site'])(
    'is not begun by a %s page, which would replace the one there is',
    async (site) => {
      const answer = await init({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' })
      expectError(answer, 403, 'CSRFValidationError')
      expect(answer.headers.getSetCookie()).toEqual([])
    },
  )

  it('lives 24 hours to the second, however much it is used', async () => {
    const visitor = await beginSession(server.url)
    const { body } = await visitor.request('GET', '/session')
    expect(contract.readSession.reply.body!.parse(body)).toEqual(body)
    const end = Date.parse(body.data.expires_at)
    const left = () => end - server.clock.now().getTime()
    expect(left()).toBeGreaterThan(24 * HOUR - 10_000)
    expect(left()).toBeLessThanOrEqual(24 * HOUR)

    server.clock.moveBy(left() - 1000)
    expect((await visitor.request('GET', '/session')).body.data.expires_at).toBe(body.data.expires_at)
    expect((await init({ cookie: visitor.cookie })).body.data.csrf_token).toBe(visitor.csrf)
    server.clock.moveBy(1000)
    expectError(await visitor.request('GET', '/session'), 401, 'SessionValidationError')
    expect((await init({ cookie: visitor.cookie })).body.data.csrf_token).not.toBe(visitor.csrf)
  })

  it('is no page of ours: `GET /session` without one says so', async () => {
    expectError(await send(server.url, 'GET', '/session'), 401, 'SessionValidationError')
  })
})

describe('every request that changes something', () => {
  const job = '0b0e7f3c-4a55-4b31-9f5e-6a4a61c2a111'
  const posts: [string, unknown][] = [
    ['/upload', undefined],
    ['/convert', { job_id: job, target_format: 'md' }],
    ['/convert/cancel', { job_id: job }],
    ['/download_token', { job_id: job }],
    ['/download_token/all', {}],
    ['/session/remove', { job_id: job }],
    ['/session/close', {}],
  ]
  it.each(posts)('POST %s wants a session', async (path, body) => {
    expectError(await send(server.url, 'POST', path, body, { 'x-csrf-token': 'a' }), 401, 'SessionValidationError')
  })

  it.each(posts)('POST %s wants the CSRF token of this session', async (path, body) => {
    const [visitor, other] = [await beginSession(server.url), await beginSession(server.url)]
    const { cookie } = visitor
    const wrong = [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': other.csrf }, { 'x-csrf-token': `${visitor.csrf}a` }]
    for (const headers of wrong) {
      const answer = await send(server.url, 'POST', path, body, { cookie, ...(headers as Record<string, string>) })
      expectError(answer, 403, 'CSRFValidationError')
    }
    expect((await visitor.request('GET', '/session')).status).toBe(200)
  })

  it.each(posts)('POST %s is refused to another site, which has no business with tokens either', async (path, body) => {
    const visitor = await beginSession(server.url)
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await visitor.request('POST', path, body, headers as unknown as Record<string, string>)
      expectError(answer, 403, 'CSRFValidationError')
    }
  })
})

describe('closing a session', () => {
  it('removes everything of it at once, and nothing of anybody else', async () => {
    const [visitor, other] = [await beginSession(server.url), await beginSession(server.url)]
    const finished = await visitor.finished('finished')
    const waiting = await visitor.uploaded('waiting')
    const token = await visitor.token(finished)
    const kept = await other.finished('kept')

    const answer = await visitor.request('POST', '/session/close', {})
    expect([answer.status, answer.body]).toEqual([
      200,
      { success: true, data: { message: 'Session closed and cleaned up.' } },
    ])
    expect(answer.headers.getSetCookie()).toEqual(['session_id=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
    expect(await blobsOf(server, visitor)).toEqual([])
    expect((await blobsOf(server, other)).map((name) => name.replace(/-.*/, ''))).toContain('out')
    for (const path of [`/job_status?job_id=${waiting}`, '/session', `/download?token=${token}`]) {
      expectError(await visitor.request('GET', path), 401, 'SessionValidationError')
    }
    expectError(await visitor.request('POST', '/session/close', {}), 401, 'SessionValidationError')

    expect((await other.download(await other.token(kept))).bytes.toString()).toBe('kept')
    await other.request('POST', '/session/close', {})
    expect(await blobsOf(server, other)).toEqual([])
  })

  it('ends what is being converted, and the streams that follow it', async () => {
    const visitor = await beginSession(server.url)
    const job = await visitor.uploaded()
    const reader = await visitor.events()
    await visitor.request('POST', '/convert', { job_id: job, target_format: 'rst' })
    await reader.next((event) => event.type === 'job' && event.job.status === 'processing')
    expect((await visitor.request('POST', '/session/close', {})).status).toBe(200)
    await reader.ended
    const { rows } = await server.database.owner.query('select from conversion_jobs where job_id = $1', [job])
    expect(rows).toEqual([])
  })

  it('leaves no row at all when it was the last one', async () => {
    await server.database.owner.query('delete from conversion_sessions')
    const visitor = await beginSession(server.url)
    await visitor.token(await visitor.finished())
    await visitor.request('POST', '/session/close', {})
    expect(await rowsOf(server)).toMatchObject({ sessions: 0, tokens: 0, jobs: 0 })
  })

  it('is refused a body that is something else', async () => {
    const visitor = await beginSession(server.url)
    const answer = await visitor.request('POST', '/session/close', { all: true })
    expect(expectError(answer, 400, 'ValidationError')).toBe('all should not exist')
    expect((await visitor.request('GET', '/session')).status).toBe(200)
    const twin = visitorWith(server.url, visitor.cookie, visitor.csrf)
    expect((await twin.request('POST', '/session/close')).status).toBe(200)
  })
})
