import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '#contract/app/index.ts'
import { DAY, MINUTE, somebody, T0 } from '#server/features/accounts/for-tests.ts'
import { CLEARED, openAccountRoutes } from '../shared/for-tests.ts'
import { registerAccountRoutes } from './accounts.routes.ts'
import { appEnvelope } from './envelope.ts'

const slice = await openAccountRoutes(appEnvelope, registerAccountRoutes)
const { accounts, clock, send } = slice
afterAll(() => slice.close())
beforeEach(() => clock.set(0))

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const signedUp = async () => {
  const person = somebody()
  const { user, sessionText: session } = await accounts.signUp(person)
  return { ...person, id: user.id, session }
}

describe('GET /api/app/setup', () => {
  it('tells a stranger who may make an account, and whether anybody has', async () => {
    expect(await send('GET', '/api/app/setup')).toMatchObject({
      status: 200,
      body: { signup: 'open', hasAccounts: false },
    })
    await signedUp()
    expect(await send('GET', '/api/app/setup')).toMatchObject({
      status: 200,
      body: { signup: 'open', hasAccounts: true },
    })
  })
})

describe('/api/app/me', () => {
  it('tells people who they are', async () => {
    const { id, email, session } = await signedUp()
    const { status, body } = await send('GET', '/api/app/me', { session })
    expect(status).toBe(200)
    expect(contract.person.parse(body)).toEqual({
      id,
      email,
      name: email.split('@')[0],
      hasPassword: true,
      hasApiKey: false,
      defaultModel: null,
    })
  })

  it('changes the name and the default model', async () => {
    const { session } = await signedUp()
    expect(
      await send('PATCH', '/api/app/me', { session, body: { name: 'Ада 🔑', defaultModel: 'demo' } }),
    ).toMatchObject({
      status: 200,
      body: { name: 'Ада 🔑', defaultModel: 'demo' },
    })
    expect(await send('PATCH', '/api/app/me', { session, body: { defaultModel: null } })).toMatchObject({
      status: 200,
      body: { name: 'Ада 🔑', defaultModel: null },
    })
  })

  it.each([
    { name: '' },
    { name: '  ' },
    { name: 'x'.repeat(101) },
    { email: 'eve@example.test' },
    { id: randomUUID() },
    { hasPassword: false },
  ])('answers 400 to %j', async (body) => {
    const { session } = await signedUp()
    expect((await send('PATCH', '/api/app/me', { session, body })).status).toBe(400)
  })
})

describe('/api/app/sessions', () => {
  it('lists the browsers, ends one, and ends the others', async () => {
    const person = await signedUp()
    const { session } = person
    clock.set(MINUTE)
    const second = (await accounts.signIn({ ...person, userAgent: 'second' })).sessionText
    const third = (await accounts.signIn({ ...person, userAgent: 'third' })).sessionText
    const list = async () =>
      (await send('GET', '/api/app/sessions', { session })).body.data as { id: string; userAgent: string }[]
    const listed = await list()
    for (const each of listed) contract.session.parse(each)
    expect(listed.at(-1)).toEqual({
      id: expect.any(String),
      createdAt: T0.toISOString(),
      lastSeenAt: T0.toISOString(),
      userAgent: 'a browser',
      current: true,
    })
    const secondId = listed.find(({ userAgent }) => userAgent === 'second')!.id
    expect(await send('DELETE', `/api/app/sessions/${secondId}`, { session })).toMatchObject({
      status: 204,
      cookie: undefined,
    })
    expect((await send('GET', '/api/app/me', { session: second })).status).toBe(401)
    expect((await send('GET', '/api/app/me', { session: third })).status).toBe(200)
    expect((await send('DELETE', '/api/app/sessions', { session })).status).toBe(204)
    expect((await send('GET', '/api/app/me', { session: third })).status).toBe(401)
    expect(await list()).toHaveLength(1)
  })

  it('clears the cookie of the browser that ends itself', async () => {
    const { session } = await signedUp()
    const { id } = (await send('GET', '/api/app/sessions', { session })).body.data[0]
    expect(await send('DELETE', `/api/app/sessions/${id}`, { session })).toMatchObject({
      status: 204,
      cookie: CLEARED,
    })
  })

  it('answers 404 to somebody else’s and to none, and 400 to what is no id', async () => {
    const [person, stranger] = [await signedUp(), await signedUp()]
    const { id } = (await send('GET', '/api/app/sessions', { session: person.session })).body.data[0]
    const foreign = await send('DELETE', `/api/app/sessions/${id}`, { session: stranger.session })
    const missing = await send('DELETE', `/api/app/sessions/${randomUUID()}`, { session: stranger.session })
    expect(foreign).toMatchObject({ status: 404, body: { code: 'session.not_found' } })
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
    expect((await send('DELETE', '/api/app/sessions/7', { session: person.session })).status).toBe(400)
    expect((await send('GET', '/api/app/me', { session: person.session })).status).toBe(200)
  })
})

describe('/api/app/access-tokens', () => {
  it('makes a token that is shown once and works until it is revoked', async () => {
    const { session, id: personId } = await signedUp()
    const made = await send('POST', '/api/app/access-tokens', { session, body: { name: 'script', expiresInDays: 30 } })
    expect(made.status).toBe(201)
    const { token, ...shown } = made.body
    expect(contract.accessToken.parse(shown)).toEqual({
      id: expect.any(String),
      name: 'script',
      createdAt: T0.toISOString(),
      expiresAt: new Date(T0.getTime() + 30 * DAY).toISOString(),
      lastUsedAt: null,
    })
    expect((await send('GET', '/api/app/access-tokens', { session })).body).toEqual({ data: [shown] })
    expect((await send('GET', '/api/app/me', bearer(token))).body.id).toBe(personId)
    expect((await send('DELETE', `/api/app/access-tokens/${shown.id}`, { session })).status).toBe(204)
    expect(await send('GET', '/api/app/me', bearer(token))).toMatchObject({
      status: 401,
      body: { code: 'identity.invalid' },
    })
    expect((await send('DELETE', `/api/app/access-tokens/${shown.id}`, { session })).status).toBe(404)
  })

  it('answers 409 to the hundred and first', async () => {
    const { session } = await signedUp()
    for (let index = 0; index < 100; index++) {
      expect((await send('POST', '/api/app/access-tokens', { session, body: { name: 'x' } })).status).toBe(201)
    }
    expect(await send('POST', '/api/app/access-tokens', { session, body: { name: 'x' } })).toMatchObject({
      status: 409,
      body: { code: 'access_token.too_many' },
    })
  })

  it.each([
    {},
    { name: '' },
    { name: 'x', expiresInDays: 0 },
    { name: 'x', expiresInDays: 1.5 },
    { name: 'x', expiresInDays: 3651 },
    { name: 'x', token: 'plt_x' },
  ])('answers 400 to %j', async (body) => {
    const { session } = await signedUp()
    expect((await send('POST', '/api/app/access-tokens', { session, body })).status).toBe(400)
  })
})

it.each([
  ['GET', '/api/app/me'],
  ['PATCH', '/api/app/me'],
  ['GET', '/api/app/sessions'],
  ['DELETE', '/api/app/sessions'],
  ['DELETE', `/api/app/sessions/${randomUUID()}`],
  ['GET', '/api/app/access-tokens'],
  ['POST', '/api/app/access-tokens'],
  ['DELETE', `/api/app/access-tokens/${randomUUID()}`],
] as const)('a stranger is asked to sign in: %s %s', async (method, url) => {
  const body = method === 'PATCH' || method === 'POST' ? { body: {} } : {}
  expect(await send(method, url, body)).toMatchObject({ status: 401, body: { code: 'identity.missing' } })
  expect(await send(method, url, { session: 'forged', ...body })).toMatchObject({
    status: 401,
    body: { code: 'identity.invalid' },
  })
})
