/** /api/auth/* (seed 4): signing in is kept in a cookie, and every answer holds to the contract. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { login, logout, readSession, register, updatePassword } from '#contract/conversations/index.ts'
import { readMe } from '#contract/app/index.ts'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { failure, refusedFields, success } from '../surfaces/holding.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const PASSWORD = 'correct horse battery'
let people = 0
const newEmail = () => `auth-${++people}@example.org`
const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
  send(server.url, 'POST', `/api/auth/${path}`, body, headers)
const cookieOf = ({ headers }: { headers: Headers }) => headers.getSetCookie()[0]!.split(';', 1)[0]!
const sessionOf = async (cookie: string) =>
  success(readSession, await send(server.url, 'GET', '/api/auth/session', undefined, { cookie })).user

const signedUp = async () => {
  const email = newEmail()
  const answer = await post('register', { email, password: PASSWORD })
  return { email, id: success(register, answer).user.id, cookie: cookieOf(answer) }
}

const accounts = [
  ['register', (email: unknown, password: unknown) => ({ email, password })],
  ['login', (email: unknown, password: unknown) => ({ email, password })],
] as const

describe.each(accounts)('POST /api/auth/%s', (path, bodyOf) => {
  it.each<[string, unknown, string]>([
    ['no e-mail address', bodyOf(undefined, PASSWORD), 'email'],
    ['something else', bodyOf('nobody', PASSWORD), 'email'],
    ['a list', bodyOf(['a@example.org'], PASSWORD), 'email'],
    ['an address of 255 characters', bodyOf(`${'a'.repeat(243)}@example.org`, PASSWORD), 'email'],
    ['no password', bodyOf('a@example.org', undefined), 'password'],
    ['a password of 201 characters', bodyOf('a@example.org', 'x'.repeat(201)), 'password'],
    ['an unknown field', { ...bodyOf('a@example.org', PASSWORD), role: 'admin' }, 'role'],
  ])('answers 400 to %s', async (_, body, field) => {
    expect(refusedFields(await post(path, body), 'Invalid request body')).toEqual([field])
  })

  it('answers 400 to what is no JSON and 415 to a form', async () => {
    failure(await post(path, '{"email":'), 400, 'Invalid JSON in request body')
    failure(await post(path, 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }), 415)
  })
})

describe('POST /api/auth/register', () => {
  it('answers 400 to a password of 7 characters and takes one of 8', async () => {
    const email = newEmail()
    expect(refusedFields(await post('register', { email, password: '7 chars' }), 'Invalid request body')).toEqual([
      'password',
    ])
    success(register, await post('register', { email, password: '8  chars' }))
  })

  it('makes the account, says who it is and signs in', async () => {
    const email = newEmail()
    const answer = await post('register', { email, password: PASSWORD })
    expect(success(register, answer)).toEqual({ user: { id: expect.any(String), email } })
    const me = await send(server.url, 'GET', '/api/app/me', undefined, { cookie: cookieOf(answer) })
    expect(success(readMe, me)).toMatchObject({ email, hasPassword: true, hasApiKey: false, defaultModel: null })
  })

  it('answers 409 to an address that is taken, however it is written', async () => {
    const { email } = await signedUp()
    for (const taken of [email, email.toUpperCase(), ` ${email} `]) {
      failure(await post('register', { email: taken, password: PASSWORD }), 409)
    }
  })
})

describe('POST /api/auth/login', () => {
  it('says who signed in and sets a cookie that scripts cannot read', async () => {
    const { email, id } = await signedUp()
    const answer = await post('login', { email: email.toUpperCase(), password: PASSWORD })
    expect(success(login, answer)).toEqual({ user: { id, email } })
    expect(answer.headers.getSetCookie()).toHaveLength(1)
    expect(answer.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Strict/)
    expect(await sessionOf(cookieOf(answer))).toEqual({ id, email })
  })

  it('answers a wrong password and an unknown address in the same words, and sets no cookie', async () => {
    const { email } = await signedUp()
    for (const body of [
      { email, password: 'wrong horse' },
      { email: newEmail(), password: PASSWORD },
      { email, password: '' },
    ]) {
      const answer = await post('login', body)
      expect(failure(answer, 401)).toEqual({ statusCode: 401, message: 'Invalid email or password' })
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('answers 429 after too many wrong passwords and says when to come again', async () => {
    const { email } = await signedUp()
    for (let attempt = 0; attempt < 10; attempt++) failure(await post('login', { email, password: 'wrong' }), 401)
    const answer = await post('login', { email, password: PASSWORD })
    failure(answer, 429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    server.clock.moveBy(Number(answer.headers.get('retry-after')) * 1000 + 60_000)
    success(login, await post('login', { email, password: PASSWORD }))
  })
})

describe('POST /api/auth/logout', () => {
  it('answers 204, ends the session and clears the cookie', async () => {
    const { cookie } = await signedUp()
    const answer = await post('logout', undefined, { cookie })
    success(logout, answer)
    expect(answer.headers.getSetCookie()[0]).toMatch(/^parlance_session=; Max-Age=0/)
    expect(await sessionOf(cookie)).toBeNull()
  })

  it('answers 204 to whoever is not signed in', async () => {
    success(logout, await post('logout'))
    success(logout, await post('logout', undefined, { cookie: 'parlance_session=forged' }))
  })
})

describe('GET /api/auth/session', () => {
  it('answers who is signed in, and null for everybody else', async () => {
    const { email, id, cookie } = await signedUp()
    expect(await sessionOf(cookie)).toEqual({ id, email })
    expect(await sessionOf('')).toBeNull()
    expect(await sessionOf(`${cookie}x`)).toBeNull()
    expect(await sessionOf('parlance_session=forged')).toBeNull()
  })

  it('answers null when the session was unused for thirty days', async () => {
    const { cookie } = await signedUp()
    server.clock.moveBy(31 * 24 * 3_600_000)
    expect(await sessionOf(cookie)).toBeNull()
  })
})

describe('POST /api/auth/update-password', () => {
  const NEW = 'another horse battery'
  const change = (cookie: string, currentPassword: string, newPassword: string = NEW) =>
    post('update-password', { currentPassword, newPassword }, { cookie })

  it('answers 401 to a stranger, and 400 to a new password of 7 characters', async () => {
    failure(await post('update-password', { currentPassword: 'a', newPassword: NEW }), 401, 'Unauthorized')
    const { cookie } = await signedUp()
    expect(refusedFields(await change(cookie, PASSWORD, '7 chars'), 'Invalid request body')).toEqual(['newPassword'])
  })

  it('answers 401 to a wrong current password, and nothing changes', async () => {
    const { cookie, email } = await signedUp()
    failure(await change(cookie, 'wrong'), 401)
    success(login, await post('login', { email, password: PASSWORD }))
  })

  it('changes the password; other sessions end, this one and the access tokens go on', async () => {
    const { cookie, email } = await signedUp()
    const other = cookieOf(await post('login', { email, password: PASSWORD }))
    const { token } = (await send(server.url, 'POST', '/api/app/access-tokens', { name: 'script' }, { cookie })).body
    const answer = await change(cookie, PASSWORD)
    expect(success(updatePassword, answer)).toEqual({ success: true, message: 'Password updated successfully.' })
    expect(await sessionOf(cookie)).toMatchObject({ email })
    expect(await sessionOf(other)).toBeNull()
    const me = await send(server.url, 'GET', '/api/app/me', undefined, { authorization: `Bearer ${token}` })
    expect(me.status).toBe(200)
    failure(await post('login', { email, password: PASSWORD }), 401, 'Invalid email or password')
    success(login, await post('login', { email, password: NEW }))
  })
})

describe('where the operator has closed the door', () => {
  it.each(['closed', 'invite'])('SIGNUP=%s: the first account can be made, the next is told 403', async (signup) => {
    const closed = await startTestServer({ env: { SIGNUP: signup } })
    try {
      const body = () => ({ email: newEmail(), password: PASSWORD })
      success(register, await send(closed.url, 'POST', '/api/auth/register', body()))
      failure(await send(closed.url, 'POST', '/api/auth/register', body()), 403)
    } finally {
      await closed.close()
    }
  })
})
