/** The web app's endpoints for a person, their sessions and their access tokens. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createAccessToken,
  listAccessTokens,
  listSessions,
  readMe,
  readSetup,
  revokeAccessToken,
  revokeOtherSessions,
  revokeSession,
  updateMe,
} from '#contract/app/index.ts'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { appFailure, success } from '../surfaces/holding.ts'

let server: TestServer
let stranger: TestPerson
/** Asked before anybody had an account. */
let setupBefore: Answer
beforeAll(async () => {
  server = await startTestServer()
  setupBefore = await send(server.url, 'GET', '/api/app/setup')
  stranger = await server.newPerson()
})
afterAll(() => server.close())

const DAY = 24 * 3_600_000

/** A request by the cookie of a browser. */
const browse = (cookie: string, method: string, path: string, body?: unknown) =>
  send(server.url, method, path, body, { cookie })

const signIn = async ({ email, password }: TestPerson, userAgent = 'a browser') => {
  const answer = await send(server.url, 'POST', '/api/auth/login', { email, password }, { 'user-agent': userAgent })
  return answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
}

const byToken = (token: string): Promise<Answer> =>
  send(server.url, 'GET', '/api/app/me', undefined, { authorization: `Bearer ${token}` })

describe.each([
  ['GET', '/api/app/me', undefined],
  ['PATCH', '/api/app/me', { name: 'Eve' }],
  ['GET', '/api/app/sessions', undefined],
  ['DELETE', '/api/app/sessions', undefined],
  ['DELETE', `/api/app/sessions/${randomUUID()}`, undefined],
  ['GET', '/api/app/access-tokens', undefined],
  ['POST', '/api/app/access-tokens', { name: 'script' }],
  ['DELETE', `/api/app/access-tokens/${randomUUID()}`, undefined],
])('%s %s', (method, path, body) => {
  it('answers 401 without a credential and to one that is no good', async () => {
    appFailure(await send(server.url, method, path, body), 401, 'identity.missing')
    for (const headers of [
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer ${stranger.token}x` },
      { cookie: 'parlance_session=forged' },
    ] as Record<string, string>[]) {
      appFailure(await send(server.url, method, path, body, headers), 401, 'identity.invalid')
    }
  })
})

describe('the setup', () => {
  it('is told to everybody', async () => {
    const answer = await send(server.url, 'GET', '/api/app/setup')
    expect(success(readSetup, setupBefore)).toEqual({ signup: 'open', hasAccounts: false })
    expect(success(readSetup, answer)).toEqual({ signup: 'open', hasAccounts: true })
  })
})

describe('me', () => {
  it('is who signed in', async () => {
    const person = await server.newPerson()
    expect(success(readMe, await person.request('GET', '/api/app/me'))).toEqual({
      id: person.id,
      email: person.email,
      name: person.email.split('@')[0],
      hasPassword: true,
      hasApiKey: false,
      defaultModel: null,
    })
    await person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-1' })
    expect((await person.request('GET', '/api/app/me')).body.hasApiKey).toBe(true)
  })

  it('changes what is given and nothing else', async () => {
    const person = await server.newPerson()
    const patch = async (body: unknown) => success(updateMe, await person.request('PATCH', '/api/app/me', body))
    expect(await patch({ name: '  Ada Lovelace ' })).toMatchObject({ name: 'Ada Lovelace', defaultModel: null })
    expect(await patch({ defaultModel: 'demo' })).toMatchObject({ name: 'Ada Lovelace', defaultModel: 'demo' })
    expect(await patch({})).toMatchObject({ name: 'Ada Lovelace', defaultModel: 'demo' })
    expect(await patch({ defaultModel: null })).toMatchObject({ name: 'Ada Lovelace', defaultModel: null })
  })

  it.each<[unknown, string]>([
    [{ name: '' }, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: null }, 'name'],
    [{ defaultModel: 'x'.repeat(256) }, 'defaultModel'],
    [{ defaultModel: 7 }, 'defaultModel'],
    [{ email: 'other@example.org' }, 'email'],
  ])('answers 400 to %j', async (body, field) => {
    const problem = appFailure(await stranger.request('PATCH', '/api/app/me', body), 400, 'request.invalid')
    expect(problem.errors?.map((error) => error.field)).toEqual([field])
  })
})

describe('sessions', () => {
  const sessionsOf = async (cookie: string) =>
    success(listSessions, await browse(cookie, 'GET', '/api/app/sessions')).data

  it('are listed, the latest use first, and the one that asks is marked', async () => {
    const person = await server.newPerson()
    server.clock.moveBy(1000)
    const phone = await signIn(person, 'a phone')
    const sessions = await sessionsOf(phone)
    expect(sessions.map(({ userAgent, current }) => [userAgent, current])).toEqual([
      ['a phone', true],
      [expect.any(String), false],
    ])
    expect((await sessionsOf(person.cookie)).map(({ current }) => current)).toEqual([false, true])
    const withToken = success(listSessions, await person.request('GET', '/api/app/sessions')).data
    expect(withToken.map(({ current }) => current)).toEqual([false, false])
  })

  it('end one by one; what ended is refused at once', async () => {
    const person = await server.newPerson()
    const phone = await signIn(person)
    const { id } = (await sessionsOf(phone)).find(({ current }) => current)!
    success(revokeSession, await browse(person.cookie, 'DELETE', `/api/app/sessions/${id}`))
    appFailure(await browse(phone, 'GET', '/api/app/me'), 401, 'identity.invalid')
    appFailure(await browse(person.cookie, 'DELETE', `/api/app/sessions/${id}`), 404, 'session.not_found')
    expect(await sessionsOf(person.cookie)).toHaveLength(1)
  })

  it('end all but the one that asks', async () => {
    const person = await server.newPerson()
    const [phone, tablet] = [await signIn(person), await signIn(person)]
    success(revokeOtherSessions, await browse(phone, 'DELETE', '/api/app/sessions'))
    for (const cookie of [person.cookie, tablet])
      appFailure(await browse(cookie, 'GET', '/api/app/me'), 401, 'identity.invalid')
    expect((await sessionsOf(phone)).map(({ current }) => current)).toEqual([true])
    expect((await person.request('GET', '/api/app/me')).status).toBe(200)
  })

  it('end for good when the one that asks ends itself, and the browser forgets its cookie', async () => {
    const person = await server.newPerson()
    const { id } = (await sessionsOf(person.cookie))[0]!
    const answer = await browse(person.cookie, 'DELETE', `/api/app/sessions/${id}`)
    success(revokeSession, answer)
    expect(answer.headers.getSetCookie()[0]).toMatch(/^parlance_session=; Max-Age=0/)
    appFailure(await browse(person.cookie, 'GET', '/api/app/me'), 401, 'identity.invalid')
  })

  it('of somebody else are as good as missing, and 400 is for what is no id', async () => {
    const person = await server.newPerson()
    const { id } = (await sessionsOf(stranger.cookie))[0]!
    for (const other of [id, randomUUID()]) {
      appFailure(await browse(person.cookie, 'DELETE', `/api/app/sessions/${other}`), 404, 'session.not_found')
    }
    appFailure(await browse(person.cookie, 'DELETE', '/api/app/sessions/nonsense'), 400, 'request.invalid')
    expect(await sessionsOf(stranger.cookie)).toHaveLength(1)
  })
})

describe('access tokens', () => {
  const make = async (person: TestPerson, body: unknown = { name: 'A script' }) =>
    success(createAccessToken, await browse(person.cookie, 'POST', '/api/app/access-tokens', body))

  it('are shown once and work at once', async () => {
    const person = await server.newPerson()
    const { token, ...made } = await make(person)
    expect(made).toMatchObject({ name: 'A script', expiresAt: null, lastUsedAt: null })
    expect((await byToken(token)).body.id).toBe(person.id)
    const answer = await person.request('GET', '/api/app/access-tokens')
    expect(success(listAccessTokens, answer).data.map(({ id }) => id)).toContain(made.id)
    expect(JSON.stringify(answer.body)).not.toContain(token)
    const { rows } = await server.database.owner.query('select access_tokens::text as row from access_tokens')
    for (const { row } of rows) expect(row).not.toContain(token)
  })

  it('work no longer from the moment that they are revoked', async () => {
    const person = await server.newPerson()
    const { id, token } = await make(person)
    success(revokeAccessToken, await browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`))
    appFailure(await byToken(token), 401, 'identity.invalid')
    appFailure(await browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`), 404, 'access_token.not_found')
  })

  it('end on the day that was chosen', async () => {
    const person = await server.newPerson()
    const { token, createdAt, expiresAt } = await make(person, { name: 'Soon', expiresInDays: 2 })
    expect(Date.parse(expiresAt!) - Date.parse(createdAt)).toBe(2 * DAY)
    server.clock.moveBy(2 * DAY - 60_000)
    expect((await byToken(token)).status).toBe(200)
    server.clock.moveBy(120_000)
    appFailure(await byToken(token), 401, 'identity.invalid')
  })

  it('tell when they were last used', async () => {
    const person = await server.newPerson()
    const { id, token } = await make(person)
    await byToken(token)
    await expect
      .poll(async () => {
        const { data } = success(listAccessTokens, await browse(person.cookie, 'GET', '/api/app/access-tokens'))
        return data.find((listed) => listed.id === id)!.lastUsedAt
      })
      .not.toBeNull()
  })

  it('of somebody else are as good as missing, and 400 is for what is no id', async () => {
    const person = await server.newPerson()
    const { id, token } = await make(stranger)
    for (const other of [id, randomUUID()]) {
      appFailure(await person.request('DELETE', `/api/app/access-tokens/${other}`), 404, 'access_token.not_found')
    }
    appFailure(await person.request('DELETE', '/api/app/access-tokens/nonsense'), 400, 'request.invalid')
    expect((await byToken(token)).status).toBe(200)
  })

  it.each<[unknown, string]>([
    [{}, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'a', expiresInDays: 0 }, 'expiresInDays'],
    [{ name: 'a', expiresInDays: 3651 }, 'expiresInDays'],
    [{ name: 'a', expiresInDays: 1.5 }, 'expiresInDays'],
    [{ name: 'a', expiresInDays: '7' }, 'expiresInDays'],
    [{ name: 'a', scope: 'all' }, 'scope'],
  ])('are not made from %j', async (body, field) => {
    const answer = await stranger.request('POST', '/api/app/access-tokens', body)
    expect(appFailure(answer, 400, 'request.invalid').errors?.map((error) => error.field)).toEqual([field])
  })
})
