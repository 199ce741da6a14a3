/** What every answer carries whatever it is, the page and its neighbours, and which requests another site can make a browser send. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectStatus } from './holding.ts'

let server: TestServer
let person: TestPerson
/** Whose browser only ever sends what another site makes it send. */
let victim: TestPerson
beforeAll(async () => {
  server = await startTestServer()
  person = await server.newPerson()
  victim = await server.newPerson()
})
afterAll(() => server.close())

const ID = randomUUID()
const call = (method: string, at: string, body?: unknown, headers?: Record<string, string>) =>
  send(server.url, method, at, body, headers)
/** A request by the browser in which somebody is signed in. */
const browse = (by: TestPerson, method: string, at: string, body?: unknown, headers?: Record<string, string>) =>
  call(method, at, body, { cookie: by.cookie, ...headers })

const isPageBuilt = existsSync(path.join(import.meta.dirname, '../../../dist/web/index.html'))

/** Failing inside is what a table that is away does. */
const withoutTable = async <Result>(table: string, work: () => Promise<Result>): Promise<Result> => {
  const { owner } = server.database
  await owner.query(`alter table ${table} rename to ${table}_away`)
  try {
    return await work()
  } finally {
    await owner.query(`alter table ${table}_away rename to ${table}`)
  }
}

const expectSafe = ({ headers }: { headers: Headers }): void => {
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/script-src (?!'self')/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("base-uri 'none'")
  expect(policy).not.toMatch(/unsafe|\*/)
  expect(headers.get('x-powered-by')).toBeNull()
  expect(headers.get('server')).toBeNull()
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
}

describe('every answer carries the headers that keep a browser safe', () => {
  it.each<[string, number, () => Promise<Answer>]>([
    ['JSON', 200, () => person.request('GET', '/api/conversations')],
    ['something new', 201, () => person.request('POST', '/api/v1/chat/conversations', {})],
    ['an empty answer', 204, () => person.request('DELETE', '/api/api-key')],
    ['what is not well formed', 400, () => person.request('GET', '/api/conversations/nonsense')],
    ['no JSON', 400, () => person.request('POST', '/api/conversations', '{')],
    ['an address that cannot be read', 404, () => call('GET', '/api/conversations/%zz')],
    ['an address that is far too long', 404, () => person.request('GET', `/api/conversations/${'a'.repeat(300)}`)],
    ['nobody', 401, () => call('GET', '/api/app/me')],
    ['no key', 400, () => person.request('POST', '/api/conversations', { content: 'a', model: 'b' })],
    [
      'another site',
      403,
      () => browse(person, 'PATCH', '/api/app/me', { name: 'a' }, { 'sec-fetch-site': 'cross-site' }),
    ],
    ['nothing there', 404, () => call('GET', '/api/nothing')],
    ['nothing there in a seed', 404, () => call('GET', '/session/nothing')],
    ['another method', 405, () => call('DELETE', '/api/app/me')],
    ['somebody else’s', 404, () => person.request('GET', `/api/conversations/${ID}`)],
    ['too large a body', 413, () => person.request('POST', '/api/conversations', 'x'.repeat(3_000_000))],
    ['another type', 415, () => person.request('POST', '/api/conversations', 'a', { 'content-type': 'text/plain' })],
    ['a failure inside', 500, () => withoutTable('conversations', () => person.request('GET', '/api/conversations'))],
    ['a model that does not answer', 502, () => withKey(() => person.request('GET', '/api/models'))],
    ['health', 200, () => call('GET', '/health')],
  ])('%s (%i)', async (_, status, ask) => {
    const answer = await ask()
    expectStatus(answer, status)
    expectSafe(answer)
  })

  /** Nothing listens where OpenRouter should be. */
  const withKey = async (ask: () => Promise<Answer>) => {
    await person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-a' })
    try {
      return await ask()
    } finally {
      await person.request('DELETE', '/api/api-key')
    }
  }

  it('a stream', async () => {
    await person.request('POST', '/api/v1/chat/conversations', {})
    const { id } = (await person.request('GET', '/api/app/conversations')).body.data[0]
    const controller = new AbortController()
    const answer = await fetch(`${server.url}/api/app/conversations/${id}/events`, {
      headers: { authorization: `Bearer ${person.token}` },
      signal: controller.signal,
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform')
    expectSafe(answer)
    controller.abort()
  })

  it.runIf(isPageBuilt)('the page and its files', async () => {
    const page = await call('GET', '/', undefined, { accept: 'text/html' })
    expectSafe(page)
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)![1]!
    expectSafe(await call('GET', script))
    expectSafe(await call('GET', '/assets/nothing.js'))
  })
})

describe('nothing of a person is kept by a cache', () => {
  it.each([
    '/api/conversations',
    '/api/app/me',
    '/api/auth/session',
    `/api/conversations/${ID}`,
    '/api/app/nothing',
    '/api/v1/chat/conversations',
  ])('%s', async (at) => {
    expect((await browse(person, 'GET', at)).headers.get('cache-control')).toBe('no-store')
  })
})

describe('/health', () => {
  it('is JSON, for everybody, and never cached', async () => {
    const answer = await call('GET', '/health')
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }])
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
})

describe('GET /', () => {
  it('is the page, or says that it was not built', async () => {
    const answer = await call('GET', '/', undefined, { accept: 'text/html' })
    expect(answer.status).toBe(isPageBuilt ? 200 : 503)
    expect(answer.headers.get('content-type')).toMatch(isPageBuilt ? /^text\/html/ : /^text\/plain/)
    expect(answer.body).toMatch(isPageBuilt ? /<!doctype html>/i : /not been built/)
    expect(answer.headers.get('cache-control')).toBe('no-cache')
  })

  it.runIf(isPageBuilt)('is the page at every address of the page, and nowhere else', async () => {
    const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const page = (await call('GET', '/', undefined, html)).body
    for (const at of ['/settings', `/c/${ID}`, '/sign-in?next=%2F']) {
      expect((await call('GET', at, undefined, html)).body).toBe(page)
    }
    for (const at of ['/api/nothing', '/api', '/assets/nothing.js', '/session/nothing', '/api/v1/nothing']) {
      expect((await call('GET', at, undefined, html)).status).toBe(404)
    }
    expect((await call('GET', '/settings', undefined, { accept: 'application/json' })).status).toBe(404)
    expect((await call('POST', '/settings', undefined, html)).status).toBe(404)
  })
})

describe('a browser that another site uses', () => {
  /** Everything that changes something, with a body that would be accepted. */
  const changing: [method: string, at: string, body?: unknown][] = [
    ['POST', '/api/conversations', { content: 'Evil', model: 'm' }],
    ['PATCH', `/api/conversations/${ID}`, { title: 'Evil' }],
    ['DELETE', `/api/conversations/${ID}`],
    ['POST', `/api/conversations/${ID}/messages`, { content: 'Evil', model: 'm' }],
    ['POST', `/api/conversations/${ID}/messages/${ID}/branch`, { type: 'full' }],
    ['PUT', '/api/api-key', { apiKey: 'sk-or-v1-evil' }],
    ['DELETE', '/api/api-key'],
    ['POST', '/api/auth/register', { email: 'evil@example.org', password: 'evil horse' }],
    ['POST', '/api/auth/login', { email: 'evil@example.org', password: 'evil horse' }],
    ['POST', '/api/auth/logout'],
    ['POST', '/api/auth/update-password', { currentPassword: 'a', newPassword: 'evil horse' }],
    ['POST', '/api/v1/chat/conversations', {}],
    ['POST', `/api/v1/chat/conversations/${ID}/messages`, { content: 'Evil' }],
    ['POST', `/api/v1/chat/conversations/${ID}/stream-ticket`],
    ['PATCH', '/api/app/me', { name: 'Evil' }],
    ['DELETE', '/api/app/sessions'],
    ['DELETE', `/api/app/sessions/${ID}`],
    ['POST', '/api/app/access-tokens', { name: 'evil' }],
    ['DELETE', `/api/app/access-tokens/${ID}`],
    ['POST', '/api/app/conversations', { content: 'Evil', model: 'demo' }],
    ['POST', `/api/app/conversations/${ID}/messages`, { content: 'Evil', model: 'demo' }],
    ['POST', `/api/app/conversations/${ID}/replies`, { model: 'demo' }],
    ['DELETE', `/api/app/conversations/${ID}/replies/current`],
  ]
  const foreign: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]

  it.each(changing)('is refused: %s %s', async (method, at, body) => {
    for (const headers of foreign) expect((await browse(victim, method, at, body, headers)).status).toBe(403)
    // What has no body can be sent without asking first, and so can a form.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const form = await browse(victim, method, at, 'a=b', { ...foreign[0]!, 'content-type': type })
      // Whoever needs no credential is first told that a form is not read here.
      expect(form.status).toBe(at.startsWith('/api/auth/') && !at.endsWith('password') ? 415 : 403)
    }
  })

  it('has changed nothing', async () => {
    const read = async (at: string) => (await browse(victim, 'GET', at)).body
    expect(await read('/api/app/me')).toMatchObject({ name: victim.email.split('@')[0], hasApiKey: false })
    expect((await read('/api/app/access-tokens')).data).toHaveLength(1)
    expect((await read('/api/app/sessions')).data).toHaveLength(1)
    expect((await read('/api/conversations')).pagination.total).toBe(0)
    const evil = await call('POST', '/api/auth/login', { email: 'evil@example.org', password: 'evil horse' })
    expect(evil.status).toBe(401)
  })

  it.each(changing.filter(([, at]) => !at.startsWith('/api/auth/log')))(
    'is itself let in: %s %s',
    async (method, at, body) => {
      if (at === '/api/app/sessions') return
      for (const headers of [
        { 'sec-fetch-site': 'same-origin' },
        { 'sec-fetch-site': 'none' },
        { origin: server.url },
        {},
      ]) {
        const answer = await browse(person, method, at, body, headers as Record<string, string>)
        expect(answer.status).not.toBe(403)
      }
    },
  )

  it('reads nothing either: an answer lets no other origin see it', async () => {
    const answer = await browse(person, 'GET', '/api/app/me', undefined, {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })

  it('is no matter for a token, which no browser sends by itself', async () => {
    const answer = await person.request('PATCH', '/api/app/me', { name: 'Ada' }, foreign[2])
    expect(answer.status).toBe(200)
  })
})
