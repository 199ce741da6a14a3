/** Every credential that is none, in every place where one can be carried, at every endpoint that wants one. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  hmacToken,
  listen,
  type Listener,
  newSigningKey,
  publishing,
  signedToken,
  type SigningKey,
  unsignedToken,
} from '#server/adapters/jwt/issuer.fixture.ts'
import { type Operation, operations } from './document.ts'
import { headersFor, pathFor, requestFor } from './samples.ts'
import { type Belongings, openWorld, type World } from './world.ts'

const AUDIENCE = 'https://parlance.test'
const DAY = 24 * 3600 * 1000

let issuer: Listener
let key: SigningKey
let world: World
let owner: Belongings
let before: Record<string, string>
/** What a request carries instead of what it should. */
const bad: [why: string, headers: Record<string, string | string[]>, query?: string][] = []

/** The same where a conversion session says who is asking. */
const badSessions: [why: string, headers: Record<string, string>][] = []
/** Whoever is refused does not spend it. */
let downloadToken: string
/** With the right session. */
const badCsrfTokens: [why: string, headers: Record<string, string>][] = []

const seconds = (ahead = 0) => Math.floor(world.server.clock.now().getTime() / 1000) + ahead
const claims = (changed: Record<string, unknown> = {}) => ({
  iss: issuer.url,
  aud: AUDIENCE,
  sub: 'auth0|owner',
  iat: seconds(),
  exp: seconds(3600),
  ...changed,
})

beforeAll(async () => {
  key = newSigningKey('ES256')
  issuer = await listen(publishing([key]))
  world = await openWorld({ env: { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE } })

  // Whose sign-in has ended: by time, by their own hand.
  const past = await world.newOwner()
  const expired = await past.person.request('POST', '/api/app/access-tokens', { name: 'Short', expiresInDays: 1 })
  world.server.clock.moveBy(31 * DAY)
  const revoked = await world.newOwner()
  await revoked.person.request('DELETE', `/api/app/access-tokens/${revoked.ids['access-tokens']}`)
  const tokens = await revoked.person.request('POST', '/api/app/access-tokens', { name: 'Brief' })
  await revoked.person.request('DELETE', `/api/app/access-tokens/${tokens.body.id}`)
  await world.server.newPerson().then(async ({ request, cookie }) => {
    await request('DELETE', '/api/app/sessions')
    bad.push(['a session that was revoked', { cookie }])
  })

  owner = await world.newOwner()
  const { token, cookie } = owner.person
  const [cookieName, session] = cookie.split('=') as [string, string]
  const ticket = await owner.person.request(
    'POST',
    `/api/v1/chat/conversations/${owner.ids['conversations']}/stream-ticket`,
  )
  const flipped = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  const authorization = (value: string) => ({ authorization: value })
  const jwt = signedToken(key, claims())
  const stranger = newSigningKey('ES256', key.kid)
  const publicPem = key.publicKey.export({ type: 'spki', format: 'pem' })

  bad.push(
    ['nothing', {}],
    ['an access token that has expired', authorization(`Bearer ${expired.body.token}`)],
    ['an access token that was revoked', authorization(`Bearer ${tokens.body.token}`)],
    ['a session that has not been used for a month', { cookie: past.person.cookie }],
    ['an empty header', authorization('')],
    ['Bearer and nothing', authorization('Bearer')],
    ['Bearer and blanks', authorization('Bearer   ')],
    ['a token without its scheme', authorization(token)],
    ['two tokens', authorization(`Bearer ${token} ${token}`)],
    ['a list of tokens', authorization(`Bearer ${token}, Bearer ${token}`)],
    ['a tab after the scheme', authorization(`Bearer\t${token}`)],
    [
      'Basic',
      authorization(`Basic ${Buffer.from(`${owner.person.email}:${owner.person.password}`).toString('base64')}`),
    ],
    ['Token', authorization(`Token ${token}`)],
    ['a password as a token', authorization(`Bearer ${owner.person.password}`)],
    ['an id as a token', authorization(`Bearer ${owner.person.id}`)],
    ['the id of a token', authorization(`Bearer ${owner.ids['access-tokens']}`)],
    ['a token that is cut off', authorization(`Bearer ${token.slice(0, -1)}`)],
    ['a token with one more character', authorization(`Bearer ${token}A`)],
    ['a token with one character changed', authorization(`Bearer ${flipped(token, 40)}`)],
    ['a token whose end was changed', authorization(`Bearer ${flipped(token, token.length - 2)}`)],
    [
      'a token of another kind of spelling',
      authorization(`Bearer ${token.replaceAll('-', '+').replaceAll('_', '/')}=`),
    ],
    ['a session as a token', authorization(`Bearer ${session}`)],
    ['a session with the prefix of a token', authorization(`Bearer plt_${session}`)],
    ['a ticket as a token', authorization(`Bearer ${ticket.body.data.ticket}`)],
    ['8 kB of a token', authorization(`Bearer ${'a'.repeat(8000)}`)],
    ['bytes that are no ASCII', authorization('Bearer \u00E9\u00FF')],
    ['a bad token beside a good session', { authorization: 'Bearer nothing', cookie }],
    ['a token as a session', { cookie: `${cookieName}=${token}` }],
    ['a token without its prefix as a session', { cookie: `${cookieName}=${token.replace('plt_', '')}` }],
    ['a session that is cut off', { cookie: cookie.slice(0, -1) }],
    ['a session with one character changed', { cookie: flipped(cookie, cookie.length - 20) }],
    ['two sessions of which one is good', { cookie: `${cookie}; ${cookieName}=x` }],
    ['a session under another name', { cookie: cookie.replace(cookieName, `x${cookieName}`) }],
    ['a session in quotes', { cookie: `${cookieName}="${session}"` }],
    ['an empty session', { cookie: `${cookieName}=` }],
    ['a ticket as a session', { cookie: `${cookieName}=${ticket.body.data.ticket}` }],
    ['the header of another surface', { 'x-user-id': owner.person.id }],
    [
      'the headers of proxies',
      {
        'x-forwarded-user': owner.person.email,
        'x-remote-user': owner.person.id,
        'x-auth-request-email': owner.person.email,
      },
    ],
    ['a token in the address', {}, `?token=${token}&access_token=${token}&api_key=${token}`],
    ['a token in another header', { 'x-api-key': token, 'proxy-authorization': `Bearer ${token}` }],
    ['a JWT that has expired', authorization(`Bearer ${signedToken(key, claims({ exp: seconds(-3600) }))}`)],
    ['a JWT that is not valid yet', authorization(`Bearer ${signedToken(key, claims({ nbf: seconds(3600) }))}`)],
    ['a JWT without an end', authorization(`Bearer ${signedToken(key, claims({ exp: undefined }))}`)],
    ['a JWT without a subject', authorization(`Bearer ${signedToken(key, claims({ sub: undefined }))}`)],
    ['a JWT whose subject is no text', authorization(`Bearer ${signedToken(key, claims({ sub: { $ne: null } }))}`)],
    ['a JWT whose subject holds a NUL', authorization(`Bearer ${signedToken(key, claims({ sub: 'a\0b' }))}`)],
    [
      'a JWT whose subject is half a character',
      authorization(`Bearer ${signedToken(key, claims({ sub: 'a\uD800' }))}`),
    ],
    ['a JWT of another issuer', authorization(`Bearer ${signedToken(key, claims({ iss: 'https://evil.test' }))}`)],
    ['a JWT for another audience', authorization(`Bearer ${signedToken(key, claims({ aud: 'https://other.test' }))}`)],
    ['a JWT of another key', authorization(`Bearer ${signedToken(stranger, claims())}`)],
    ['a JWT whose claims were changed', authorization(`Bearer ${flipped(jwt, jwt.indexOf('.') + 20)}`)],
    ['a JWT without a signature', authorization(`Bearer ${jwt.slice(0, jwt.lastIndexOf('.') + 1)}`)],
    ...['none', 'None', 'NONE', ''].map((alg): [string, Record<string, string>] => [
      `a JWT whose algorithm is ${JSON.stringify(alg)}`,
      authorization(`Bearer ${unsignedToken(claims(), { alg, typ: 'JWT' })}`),
    ]),
    [
      'a JWT signed by HMAC with the public key',
      authorization(`Bearer ${hmacToken(publicPem, claims(), { alg: 'HS256', typ: 'JWT', kid: key.kid })}`),
    ],
    [
      'a JWT that says where its key is',
      authorization(`Bearer ${signedToken(stranger, claims(), { alg: 'ES256', kid: 'x', jku: issuer.url })}`),
    ],
    ['a JWT that is no JSON inside', authorization(`Bearer ${Buffer.from('{').toString('base64url')}.e30.AAAA`)],
    ['three dots', authorization('Bearer ...')],
  )

  const { session: good } = owner
  const [sessionName, secret] = good.cookie.split('=') as [string, string]
  const closed = await world.newOwner()
  await closed.person.request('POST', '/session/close', {}, closed.session)
  const others = await world.newOwner()
  badSessions.push(
    ['nothing', {}],
    ['a person who is signed in', { authorization: `Bearer ${token}` }],
    ['the cookie of a person', { cookie }],
    ["a person's sign-in as a session", { cookie: `${sessionName}=${session}` }],
    ['a session that has ended', past.session],
    ['a session that was closed', closed.session],
    ['an empty session', { cookie: `${sessionName}=` }],
    ['a session that is cut off', { cookie: good.cookie.slice(0, -1) }],
    ['a session with one more character', { cookie: `${good.cookie}A` }],
    ['a session with one character changed', { cookie: flipped(good.cookie, good.cookie.length - 20) }],
    ['a session under another name', { cookie: `x${good.cookie}` }],
    ['a session in quotes', { cookie: `${sessionName}="${secret}"` }],
    ['two sessions', { cookie: `${good.cookie}; ${others.session.cookie}` }],
    ['a session as it is stored', { cookie: `${sessionName}=${createHash('sha256').update(secret).digest('hex')}` }],
    ['a CSRF token as a session', { cookie: `${sessionName}=${good['x-csrf-token']}` }],
    ['a session as a token', { authorization: `Bearer ${secret}` }],
  )
  downloadToken = await owner.newDownloadToken()
  badCsrfTokens.push(
    ['no CSRF token', {}],
    ['an empty CSRF token', { 'x-csrf-token': '' }],
    ["another session's CSRF token", { 'x-csrf-token': others.session['x-csrf-token'] }],
    ['the session as a CSRF token', { 'x-csrf-token': secret }],
    ['a CSRF token that is cut off', { 'x-csrf-token': good['x-csrf-token'].slice(0, -1) }],
    ['a CSRF token with one more character', { 'x-csrf-token': `${good['x-csrf-token']}A` }],
    ['two CSRF tokens', { 'x-csrf-token': `${good['x-csrf-token']}, ${good['x-csrf-token']}` }],
    ['a CSRF token as a cookie', { cookie: `${good.cookie}; x-csrf-token=${good['x-csrf-token']}` }],
  )
  before = await world.snapshot()
})
afterAll(async () => {
  await world.close()
  await issuer.stop()
})

const wanting = operations.filter(({ isPublic }) => !isPublic)
const open = operations.filter(({ isPublic, wantsSession }) => isPublic && !wantsSession)
const ofSessions = operations.filter(({ wantsSession }) => wantsSession)
const named = (list: typeof operations) =>
  list.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` }))

describe.each(named(wanting))('$name', ({ operation }) => {
  it('answers 401 to every credential that is none, whatever else is right', async () => {
    const surprises: string[] = []
    const request = requestFor(operation, owner)
    for (const [why, carried, query = ''] of bad) {
      const path = request.path + (request.path.includes('?') ? query.replace('?', '&') : query)
      const headers = { ...headersFor(operation, owner), ...carried }
      const { status, text } = await world.probe({ ...request, path, headers }, operation)
      if (status !== 401) surprises.push(`${why}: ${status} ${text.slice(0, 100)}`)
    }
    expect([...surprises, ...world.takeFaults()]).toEqual([])
  })

  it('asks who somebody is before it looks at what they send', async () => {
    const path = pathFor(operation, owner)
    const answer = await world.probe(
      { method: operation.method, path: `${path}?extra=1`, headers: { 'content-type': 'text/nonsense' }, body: '{' },
      operation,
    )
    expect(answer.status).toBe(401)
    expect(world.takeFaults()).toEqual([])
  })
})

const statuses = async (operation: Operation, cases: typeof badSessions, beside: Record<string, string>) => {
  const found: string[] = []
  const request = requestFor(operation, owner)
  const path = operation.isOnce ? `${operation.path}?token=${downloadToken}` : request.path
  for (const [why, carried] of cases) {
    const headers = { ...headersFor(operation, owner), ...beside, ...carried }
    const { status } = await world.probe({ ...request, path, headers }, operation)
    found.push(`${why}: ${status}`)
  }
  return found
}
const answered = (cases: typeof badSessions, status: number) => cases.map(([why]) => `${why}: ${status}`)

describe.each(named(ofSessions))('$name', ({ operation }) => {
  it('answers 401 to every session that is none, whatever else is right', async () => {
    const session = { 'x-csrf-token': owner.session['x-csrf-token'] }
    expect(await statuses(operation, badSessions, session)).toEqual(answered(badSessions, 401))
    expect(world.takeFaults()).toEqual([])
  })

  it('asks whose session it is before it looks at what comes', async () => {
    const path = `${operation.path}?extra=1`
    const headers = { 'content-type': 'text/nonsense' }
    const answer = await world.probe({ method: operation.method, path, headers, body: '{' }, operation)
    expect(answer.status).toBe(401)
    expect(world.takeFaults()).toEqual([])
  })
})

describe.each(named(ofSessions.filter(({ method }) => method === 'POST')))('$name', ({ operation }) => {
  it('answers 403 to every CSRF token that is none', async () => {
    expect(await statuses(operation, badCsrfTokens, { cookie: owner.session.cookie })).toEqual(
      answered(badCsrfTokens, 403),
    )
    expect(world.takeFaults()).toEqual([])
  })
})

describe.each(named(open.filter(({ method }) => method === 'GET')))('$name', ({ operation }) => {
  it('answers everybody, whatever they carry', async () => {
    for (const [why, headers] of bad) {
      const { status } = await world.probe({ ...requestFor(operation, owner), headers }, operation)
      expect(`${why}: ${status}`).toBe(`${why}: 200`)
    }
    expect(world.takeFaults()).toEqual([])
  })
})

it('has stored nothing of all that', async () => {
  expect(await world.snapshot()).toEqual(before)
})

it.each([
  ['a name with a NUL', { name: 'a\0b' }],
  ['half a character as a name', { name: '\uD800' }],
  ['a name of 4,000 characters', { name: 'x'.repeat(4000) }],
  ['a name that is no text', { name: { first: 'Ada' } }],
  ['an e-mail address with a NUL', { email: 'a\0@example.test' }],
  ['half a character as an e-mail address', { email: '\uDC00@example.test' }],
  ['an e-mail address in capitals', { email: 'ADA@EXAMPLE.TEST' }],
  ['an e-mail address that is none', { email: "'; drop table users; --" }],
  ['a subject of 255 characters', { sub: 'x'.repeat(255) }],
  ['a subject of emoji', { sub: '🙂'.repeat(100) }],
  ['an end after the end of all dates', { exp: 1e300 }],
])('takes a person whom the issuer describes with %s as far as it can', async (_why, odd) => {
  const sub = `auth0|${JSON.stringify(odd).length}-${Object.keys(odd)[0]}`
  const headers = { authorization: `Bearer ${signedToken(key, claims({ sub, ...odd }))}` }
  const me = operations.find(({ id }) => id === 'app_readMe')!
  const { status } = await world.probe({ method: 'GET', path: me.path, headers }, me)
  expect([200, 401]).toContain(status)
  expect(world.takeFaults()).toEqual([])
})

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
