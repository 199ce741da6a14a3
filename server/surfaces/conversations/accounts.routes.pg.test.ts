import type { InjectOptions } from 'fastify'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY, MINUTE, somebody } from '#server/features/accounts/for-tests.ts'
import { CLEARED, openAccountRoutes, type Sent } from '../shared/for-tests.ts'
import { registerAccountRoutes } from './accounts.routes.ts'
import { conversationsEnvelope } from './envelope.ts'

const slice = await openAccountRoutes(conversationsEnvelope, registerAccountRoutes)
const { accounts, clock, database } = slice
afterAll(() => slice.close())
beforeEach(() => clock.set(0))

const SET = /^parlance_session=([\w-]{88}); Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/

const send = async (method: InjectOptions['method'], url: string, sent?: Sent) => {
  const answer = await slice.send(method, url, sent)
  return { ...answer, session: SET.exec(String(answer.cookie))?.[1] }
}

const registered = async () => {
  const { email, password, client: from } = somebody()
  const answer = await send('POST', '/api/auth/register', { body: { email, password }, from })
  expect(answer.status).toBe(201)
  const { user } = answer.body as { user: { id: string; email: string } }
  return { email, password, from, user, session: answer.session! }
}
const signedInAs = async (session: string) => (await send('GET', '/api/auth/session', { session })).body

describe('POST /api/auth/register', () => {
  it('makes an account and signs in', async () => {
    const { email, password } = somebody()
    const answer = await send('POST', '/api/auth/register', { body: { email: ` ${email.toUpperCase()} `, password } })
    expect(answer).toMatchObject({
      status: 201,
      body: { user: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), email } },
    })
    expect(answer.cookie).toMatch(SET)
    expect(await signedInAs(answer.session!)).toEqual(answer.body)
  })

  it('answers 409 when somebody has that address', async () => {
    const { email } = await registered()
    const answer = await send('POST', '/api/auth/register', { body: { email, password: 'another horse' } })
    expect(answer).toMatchObject({
      status: 409,
      body: { statusCode: 409, message: 'An account with this e-mail address exists already.' },
      cookie: undefined,
    })
  })

  it.each([
    {},
    { email: 'ada@example.test' },
    { password: 'correct horse' },
    { email: 'no address', password: 'correct horse' },
    { email: 'ada@example.test', password: 'short' },
    { email: 'ada@example.test', password: 'x'.repeat(201) },
    { email: 'ada@example.test', password: 'correct \u0000 horse' },
    { email: { $ne: '' }, password: 'correct horse' },
    { email: ['ada@example.test'], password: 'correct horse' },
    { email: 'ada@example.test', password: 'correct horse', user_id: 'x' },
  ])('answers 400 to %j', async (body) => {
    expect(await send('POST', '/api/auth/register', { body })).toMatchObject({ status: 400, cookie: undefined })
  })
})

describe('POST /api/auth/login', () => {
  it('opens a session of its own and ends the one that the browser had', async () => {
    const { email, password, user, session } = await registered()
    const answer = await send('POST', '/api/auth/login', { body: { email, password }, session })
    expect(answer).toMatchObject({ status: 200, body: { user } })
    expect(answer.session).not.toBe(session)
    expect(await signedInAs(answer.session!)).toEqual({ user })
    expect(await signedInAs(session)).toEqual({ user: null })
  })

  it('does not take over a session that was put into the browser before (fixation)', async () => {
    const [attacker, victim] = [await registered(), await registered()]
    const { email, password } = victim
    const answer = await send('POST', '/api/auth/login', { body: { email, password }, session: attacker.session })
    expect(answer.session).not.toBe(attacker.session)
    expect(await signedInAs(attacker.session)).toEqual({ user: null })
  })

  it('answers a wrong password and an unknown address alike', async () => {
    const { email } = await registered()
    for (const body of [
      { email, password: 'wrong horse' },
      { email: 'nobody@example.test', password: 'wrong horse' },
    ]) {
      expect(await send('POST', '/api/auth/login', { body })).toMatchObject({
        status: 401,
        body: { statusCode: 401, message: 'Invalid email or password' },
        cookie: undefined,
      })
    }
  })

  it('answers 429 after ten wrong passwords, and says when to come again', async () => {
    const { email, password, from } = await registered()
    for (let index = 0; index < 10; index++) {
      expect((await send('POST', '/api/auth/login', { body: { email, password: 'wrong horse' }, from })).status).toBe(
        401,
      )
    }
    const refused = await send('POST', '/api/auth/login', { body: { email, password }, from })
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '900' }, cookie: undefined })
    clock.set(15 * MINUTE)
    expect((await send('POST', '/api/auth/login', { body: { email, password }, from })).status).toBe(200)
  })

  it('does not believe the client about where it is', async () => {
    const { email, from } = await registered()
    const statuses = []
    for (let index = 0; index < 11; index++) {
      const headers = {
        'x-forwarded-for': `203.0.113.${index}`,
        forwarded: `for=203.0.113.${index}`,
        'x-real-ip': `203.0.113.${index}`,
      }
      statuses.push(
        (await send('POST', '/api/auth/login', { body: { email, password: 'wrong horse' }, from, headers })).status,
      )
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
  })
})

describe('POST /api/auth/logout', () => {
  it('ends the session and clears the cookie', async () => {
    const { session } = await registered()
    expect(await send('POST', '/api/auth/logout', { session })).toMatchObject({
      status: 204,
      body: undefined,
      cookie: CLEARED,
    })
    expect((await send('GET', '/api/api-key', { session })).status).toBe(401)
    expect(await send('POST', '/api/auth/logout', { session })).toMatchObject({ status: 204, cookie: CLEARED })
  })

  it.each([undefined, '', 'forged', 'A'.repeat(88)])('answers 204 without a session too: %j', async (session) => {
    expect(await send('POST', '/api/auth/logout', session === undefined ? {} : { session })).toMatchObject({
      status: 204,
      cookie: CLEARED,
    })
  })
})

describe('GET /api/auth/session', () => {
  it('says who is signed in, and lets the browser keep the cookie for as long again', async () => {
    const { user, session } = await registered()
    expect(await send('GET', '/api/auth/session', { session })).toMatchObject({ status: 200, body: { user }, session })
  })

  it('answers null to a stranger, and sets no cookie', async () => {
    expect(await send('GET', '/api/auth/session')).toMatchObject({
      status: 200,
      body: { user: null },
      cookie: undefined,
    })
  })

  it.each(['', 'forged', 'A'.repeat(88), 'a b;c'])(
    'answers null to a forged cookie and clears it: %j',
    async (session) => {
      expect(await send('GET', '/api/auth/session', { session })).toMatchObject({
        status: 200,
        body: { user: null },
        cookie: CLEARED,
      })
    },
  )

  it('answers null to an expired cookie and clears it', async () => {
    const { session } = await registered()
    clock.set(30 * DAY)
    expect(await send('GET', '/api/auth/session', { session })).toMatchObject({ body: { user: null }, cookie: CLEARED })
  })

  it('knows a token, and leaves the cookie alone', async () => {
    const { user, session } = await registered()
    const actor = accounts.authenticate.session(session)
    const { text } = await accounts.createAccessToken(actor, { name: 'x', expiresInDays: null })
    const stranger = (await registered()).session
    const answer = await send('GET', '/api/auth/session', {
      session: stranger,
      headers: { authorization: `Bearer ${text}` },
    })
    expect(answer).toMatchObject({ body: { user }, cookie: undefined })
    const bad = await send('GET', '/api/auth/session', { session, headers: { authorization: 'Bearer bad' } })
    expect(bad).toMatchObject({ status: 200, body: { user: null }, cookie: undefined })
  })
})

describe('POST /api/auth/update-password', () => {
  it('changes the password and ends every other session', async () => {
    const { email, password, user, session, from } = await registered()
    const other = (await send('POST', '/api/auth/login', { body: { email, password } })).session!
    const body = { currentPassword: password, newPassword: 'a new horse' }
    expect(await send('POST', '/api/auth/update-password', { body, session, from })).toMatchObject({
      status: 200,
      body: { success: true, message: 'Password updated successfully.' },
    })
    expect(await signedInAs(session)).toEqual({ user })
    expect(await signedInAs(other)).toEqual({ user: null })
    expect((await send('POST', '/api/auth/login', { body: { email, password: 'a new horse' } })).status).toBe(200)
  })

  it('answers 401 to a wrong current password, and the session goes on', async () => {
    const { user, session } = await registered()
    const body = { currentPassword: 'wrong horse', newPassword: 'a new horse' }
    expect(await send('POST', '/api/auth/update-password', { body, session })).toMatchObject({
      status: 401,
      body: { statusCode: 401, message: 'The current password is not right.' },
    })
    expect(await signedInAs(session)).toEqual({ user })
  })

  it('answers 401 to a stranger', async () => {
    const body = { currentPassword: 'correct horse', newPassword: 'a new horse' }
    expect(await send('POST', '/api/auth/update-password', { body })).toMatchObject({
      status: 401,
      body: { statusCode: 401, message: 'Unauthorized' },
    })
  })
})

describe('/api/api-key', () => {
  it('saves, tells of, and forgets the key, and never shows it', async () => {
    const { session, user } = await registered()
    expect(await send('GET', '/api/api-key', { session })).toMatchObject({ status: 200, body: { exists: false } })
    expect(await send('PUT', '/api/api-key', { session, body: { apiKey: 'sk-or-v1-canary' } })).toMatchObject({
      status: 200,
      body: { success: true, message: 'API key saved successfully.' },
    })
    expect(await send('GET', '/api/api-key', { session })).toMatchObject({ status: 200, body: { exists: true } })
    expect(await accounts.readProviderKey(user.id)).toBe('sk-or-v1-canary')
    for (let again = 0; again < 2; again++) {
      expect(await send('DELETE', '/api/api-key', { session })).toMatchObject({ status: 204, body: undefined })
    }
    expect(await send('GET', '/api/api-key', { session })).toMatchObject({ body: { exists: false } })
  })

  it.each([
    {},
    { apiKey: '' },
    { apiKey: 'sk-proj-1' },
    { apiKey: 'sk-or-' },
    { apiKey: 'sk-or-é' },
    { apiKey: `sk-or-${'x'.repeat(500)}` },
    { apiKey: 7 },
  ])('answers 400 to %j, and does not repeat the key', async (body) => {
    const { session } = await registered()
    const answer = await send('PUT', '/api/api-key', { session, body })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).not.toContain('xxx')
  })

  it.each(['GET', 'PUT', 'DELETE'] as const)('answers 401 to a stranger (%s)', async (method) => {
    const body = method === 'PUT' ? { body: { apiKey: 'sk-or-v1-x' } } : {}
    expect(await send(method, '/api/api-key', body)).toMatchObject({
      status: 401,
      body: { statusCode: 401, message: 'Unauthorized' },
    })
  })
})

describe('another site', () => {
  const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  const tables = async () =>
    (
      await database.owner
        .query(`select (select count(*) from users) as users, (select count(*) from sessions) as sessions,
        (select count(*) from provider_keys) as keys, (select sum(attempts) from sign_in_attempts) as attempts`)
    ).rows[0] as unknown

  it('can make a browser do none of it, with or without a session', async () => {
    const { email, password, session } = await registered()
    const requests: [InjectOptions['method'], string, object?][] = [
      ['POST', '/api/auth/register', { email: 'evil@example.test', password }],
      ['POST', '/api/auth/login', { email, password }],
      ['POST', '/api/auth/logout'],
      ['POST', '/api/auth/update-password', { currentPassword: password, newPassword: 'evil horse' }],
      ['PUT', '/api/api-key', { apiKey: 'sk-or-v1-evil' }],
      ['DELETE', '/api/api-key'],
    ]
    const before = await tables()
    for (const [method, url, body] of requests) {
      const answer = await send(method, url, { session, headers, ...(body ? { body } : {}) })
      expect(answer).toMatchObject({ status: 403, body: { statusCode: 403 }, cookie: undefined })
    }
    for (const [method, url, body] of requests.slice(0, 3)) {
      expect((await send(method, url, { headers, ...(body ? { body } : {}) })).status).toBe(403)
    }
    expect(await tables()).toEqual(before)
  })
})
