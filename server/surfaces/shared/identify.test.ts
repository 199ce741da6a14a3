import Fastify, { type FastifyRequest, type InjectOptions } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Authenticate } from '#server/features/accounts/index.ts'
import { refusingCrossSite } from './cross-site.ts'
import { makeIdentify } from './identify.ts'
import { sessionCookie } from './session-cookie.ts'

const PUBLIC_URL = 'https://chat.example'

/** Accepts the one session `good` and the one token `good`; the actor tells which it was. */
const authenticate: Pick<Authenticate, 'session' | 'bearer'> = {
  session: (text) => actorOf(text, 'by-cookie'),
  bearer: async (token) => actorOf(token, 'by-bearer'),
}
const actorOf = (text: string, userId: string): Actor => {
  if (text !== 'good') throw new AppError('identity.invalid')
  return { userId, subject: userId }
}

const cookie = sessionCookie(PUBLIC_URL, 1000)
const identify = makeIdentify({ authenticate, cookie, refuseCrossSite: refusingCrossSite(PUBLIC_URL) })

const server = Fastify()
// Every content type gets through: none of them may decide.
server.removeAllContentTypeParsers()
server.addContentTypeParser('*', (_request, _body, done) => done(null))
server.all('/', async (request: FastifyRequest) => {
  try {
    return (await identify(request)).userId
  } catch (error) {
    return (error as AppError).code
  }
})
afterAll(() => server.close())

/** Who a request is taken for, or why not. */
const identified = async (options: InjectOptions): Promise<string> =>
  (await server.inject({ method: 'GET', url: '/', ...options })).body

const good = `${cookie.name}=good`

describe('who is asking', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nobody, without a credential', {}, 'identity.missing'],
    ['the person of the cookie', { cookie: good }, 'by-cookie'],
    ['the person of the cookie among others', { cookie: `a=1; ${good}; b=2` }, 'by-cookie'],
    ['nobody, with an empty cookie', { cookie: `${cookie.name}=` }, 'identity.invalid'],
    ['nobody, with a forged cookie', { cookie: `${cookie.name}=forged` }, 'identity.invalid'],
    ['nobody, with two cookies of the name', { cookie: `${good}; ${cookie.name}=good` }, 'identity.invalid'],
    ['nobody, with a cookie that another host could have set', { cookie: 'parlance_session=good' }, 'identity.missing'],
    ['nobody, with a cookie whose name only ends alike', { cookie: `x${good}` }, 'identity.missing'],
    ['nobody, with a cookie in quotes', { cookie: `${cookie.name}="good"` }, 'identity.invalid'],
    ['the person of the token', { authorization: 'Bearer good' }, 'by-bearer'],
    ['the person of the token, in any case of the scheme', { authorization: 'bEARER   good' }, 'by-bearer'],
    ['the person of the token, whatever the cookie', { authorization: 'Bearer good', cookie: good }, 'by-bearer'],
    [
      'nobody, when the token is bad and the cookie good',
      { authorization: 'Bearer bad', cookie: good },
      'identity.invalid',
    ],
    ['nobody, with an empty header and a good cookie', { authorization: '', cookie: good }, 'identity.invalid'],
    ['nobody, with the scheme alone', { authorization: 'Bearer', cookie: good }, 'identity.invalid'],
    ['nobody, with another scheme', { authorization: 'Basic Z29vZDpnb29k', cookie: good }, 'identity.invalid'],
    ['nobody, with a token without its scheme', { authorization: 'good', cookie: good }, 'identity.invalid'],
    ['nobody, with two tokens', { authorization: 'Bearer good, Bearer good' }, 'identity.invalid'],
    ['nobody, with a tab for a space', { authorization: 'Bearer\tgood' }, 'identity.invalid'],
    ['nobody, with letters that no token has', { authorization: 'Bearer good\u00e9' }, 'identity.invalid'],
  ])('is %s', async (_, headers, expected) => {
    expect(await identified({ headers })).toBe(expected)
  })

  it.each([
    'x-user-id',
    'x-user',
    'x-forwarded-user',
    'x-auth-request-user',
    'x-remote-user',
    'x-tenant-id',
    'x-api-key',
    'x-middleware-subrequest',
    'x-authorization',
    'proxy-authorization',
    'x-original-url',
  ])('is not said by the header %s', async (name) => {
    for (const value of ['good', 'Bearer good', '00000000-0000-0000-0000-000000000000']) {
      expect(await identified({ headers: { [name]: value } })).toBe('identity.missing')
      expect(await identified({ headers: { [name]: value, cookie: good } })).toBe('by-cookie')
      expect(await identified({ headers: { [name]: value, authorization: 'Bearer bad' } })).toBe('identity.invalid')
    }
  })
})

describe('a cookie with a method that changes something', () => {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
  const contentTypes = [
    undefined,
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded;',
    'MULTIPART/form-data; boundary=x',
  ]
  const host = 'chat.example'

  // Whether the request passes by `Sec-Fetch-Site`; undefined where that header is absent and `Origin` decides.
  const sites: [string | undefined, boolean | undefined][] = [
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
    ['Same-Origin', false],
    ['same-origin, cross-site', false],
    ['', false],
    [undefined, undefined],
  ]
  const origins: [string | undefined, boolean][] = [
    [undefined, true],
    ['https://chat.example', true],
    ['http://chat.example', false],
    ['https://chat.example:8443', false],
    ['https://chat.example:443', false],
    ['https://evil.example', false],
    ['https://sub.chat.example', false],
    ['https://chat.example.evil.example', false],
    ['https://evilchat.example', false],
    ['https://chat.example@evil.example', false],
    ['https://chat.example/', false],
    ['https://chat.example, https://evil.example', false],
    ['HTTPS://CHAT.EXAMPLE', false],
    ['chat.example', false],
    ['null', false],
    ['', false],
    ['file://', false],
    ['chrome-extension://chat.example', false],
  ]

  for (const [site, bySite] of sites) {
    for (const [origin, byOrigin] of origins) {
      const passes = bySite ?? byOrigin
      it(`${passes ? 'passes' : 'is refused'} with Sec-Fetch-Site ${site ?? 'absent'} and Origin ${origin ?? 'absent'}`, async () => {
        for (const method of methods) {
          for (const contentType of contentTypes) {
            const headers = {
              host,
              cookie: good,
              ...(site === undefined ? {} : { 'sec-fetch-site': site }),
              ...(origin === undefined ? {} : { origin }),
              ...(contentType === undefined ? {} : { 'content-type': contentType }),
            }
            expect(await identified({ method, headers })).toBe(passes ? 'by-cookie' : 'request.cross_site')
          }
        }
      })
    }
  }

  it.each<[string, string, boolean]>([
    ['http://192.168.1.5:3000', '192.168.1.5:3000', true],
    ['http://localhost:3000', 'localhost:3000', true],
    ['https://behind.a.proxy.example', 'behind.a.proxy.example', true],
    ['https://behind.a.proxy.example', 'Behind.A.Proxy.Example:443', true],
    ['http://localhost:3001', 'localhost:3000', false],
    ['http://localhost:3000', '127.0.0.1:3000', false],
    ['http://localhost', 'localhost:3000', false],
    ['https://evil.example', '192.168.1.5:3000', false],
    ['https://chat.example', '10.0.0.7:3000', true],
    ['http://evil.example', 'evil.example/', false],
    ['http://evil.example', 'chat.example@evil.example', false],
  ])('from %s at the host %s is judged by both: %s', async (origin, host, passes) => {
    const headers = { host, cookie: good, origin }
    expect(await identified({ method: 'POST', headers })).toBe(passes ? 'by-cookie' : 'request.cross_site')
  })

  it('is judged before the cookie is read, so that an answer tells another site nothing', async () => {
    const headers = { cookie: `${cookie.name}=forged`, 'sec-fetch-site': 'cross-site' }
    expect(await identified({ method: 'POST', headers })).toBe('request.cross_site')
  })

  it.each(['GET', 'HEAD', 'OPTIONS'] as const)('is not needed for %s, which changes nothing', async (method) => {
    const answer = await server.inject({ method, url: '/', headers: { cookie: good, 'sec-fetch-site': 'cross-site' } })
    expect(answer.statusCode).toBe(200)
    if (method !== 'HEAD') expect(answer.body).toBe('by-cookie')
  })

  it.each(methods)('is judged only with a cookie: a token may come from anywhere (%s)', async (method) => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', authorization: 'Bearer good' }
    expect(await identified({ method, headers })).toBe('by-bearer')
    expect(await identified({ method, headers: { ...headers, cookie: good } })).toBe('by-bearer')
  })
})

describe('the cookie', () => {
  const setBy = async (publicUrl: string): Promise<{ set: string; cleared: string }> => {
    const its = sessionCookie(publicUrl, 30 * 24 * 3600 * 1000)
    const app = Fastify()
    app.get('/set', async (_request, reply) => its.set(reply, 'abc'))
    app.get('/clear', async (_request, reply) => its.clear(reply))
    const headerOf = async (url: string) => String((await app.inject(url)).headers['set-cookie'])
    const result = { set: await headerOf('/set'), cleared: await headerOf('/clear') }
    await app.close()
    return result
  }

  it('belongs to this host alone and to https, where there is https', async () => {
    expect(await setBy('https://chat.example')).toEqual({
      set: '__Host-parlance_session=abc; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict; Secure',
      cleared: '__Host-parlance_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure',
    })
  })

  it('works over plain http on a machine of one’s own', async () => {
    expect(await setBy('http://127.0.0.1:3000')).toEqual({
      set: 'parlance_session=abc; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict',
      cleared: 'parlance_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    })
  })
})
