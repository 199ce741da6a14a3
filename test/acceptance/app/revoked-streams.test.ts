/** What a sign-in has opened closes with it: the streams of a revoked session or access token end at once, on every server. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type EventReader,
  openEvents,
  send,
  startTestServer,
  type TestPerson,
  type TestServer,
} from '#test/support/server.ts'

/** Long before the next heartbeat. */
const AT_ONCE_MS = 1_000

let server: TestServer
let other: TestServer
let person: TestPerson
let conversation: string
beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({ database: server.database })
})
afterAll(async () => {
  await other.close()
  await server.close()
})
beforeEach(async () => {
  person = await server.newPerson()
  await person.request('POST', '/api/v1/chat/conversations', {})
  conversation = (await person.request('GET', '/api/app/conversations')).body.data[0].id
})

type Credential = Record<string, string>

const follow = async (from: TestServer, credential: Credential): Promise<EventReader> => {
  const events = await openEvents(`${from.url}/api/app/conversations/${conversation}/events`, credential)
  await events.next((event) => event.type === 'connected')
  return events
}
/** The same conversation on both servers, by one credential. */
const followEverywhere = (credential: Credential) =>
  Promise.all([follow(server, credential), follow(other, credential)])

const closesAtOnce = async (...streams: EventReader[]) => {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(new Error('a stream is still open')), AT_ONCE_MS)
  await Promise.race([Promise.all(streams.map(({ ended }) => ended)), limit.promise]).finally(() => clearTimeout(timer))
}

/** What happens to the conversation still reaches the stream. */
const staysOpen = async (...streams: EventReader[]) => {
  const posted = await send(
    server.url,
    'POST',
    `/api/app/conversations/${conversation}/messages`,
    { content: 'Hello', model: 'demo' },
    {
      authorization: `Bearer ${person.token}`,
    },
  )
  expect(posted.status).toBe(201)
  for (const stream of streams) {
    await stream.next((event) => event.type === 'reply-started' && event.reply.id === posted.body.reply.id)
  }
  await send(server.url, 'DELETE', `/api/app/conversations/${conversation}/replies/current`, undefined, {
    authorization: `Bearer ${person.token}`,
  })
  for (const stream of streams) stream.stop()
}

const browse = (cookie: string, method: string, path: string, body?: unknown) =>
  send(server.url, method, path, body, { cookie })
const signIn = async (headers: Credential = {}) => {
  const { email, password } = person
  const answer = await send(server.url, 'POST', '/api/auth/login', { email, password }, headers)
  return answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
}
const newToken = async () => (await browse(person.cookie, 'POST', '/api/app/access-tokens', { name: 'another' })).body
const idOf = async (cookie: string): Promise<string> =>
  (await browse(cookie, 'GET', '/api/app/sessions')).body.data.find((session: any) => session.current).id

describe('the streams close', () => {
  it('of an access token that is revoked, and of no other', async () => {
    const { id, token } = await newToken()
    const revoked = await followEverywhere({ authorization: `Bearer ${token}` })
    const kept = [
      ...(await followEverywhere({ authorization: `Bearer ${person.token}` })),
      await follow(other, { cookie: person.cookie }),
    ]
    expect((await browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`)).status).toBe(204)
    await closesAtOnce(...revoked)
    await staysOpen(...kept)
  })

  it('of a session that is ended from elsewhere, and of no other', async () => {
    const phone = await signIn()
    const revoked = await followEverywhere({ cookie: phone })
    const kept = await followEverywhere({ cookie: person.cookie })
    await browse(person.cookie, 'DELETE', `/api/app/sessions/${await idOf(phone)}`)
    await closesAtOnce(...revoked)
    await staysOpen(...kept)
  })

  it('of all sessions but the one that ends the others', async () => {
    const [phone, tablet] = [await signIn(), await signIn()]
    const revoked = [...(await followEverywhere({ cookie: phone })), ...(await followEverywhere({ cookie: tablet }))]
    const kept = await followEverywhere({ cookie: person.cookie })
    await browse(person.cookie, 'DELETE', '/api/app/sessions')
    await closesAtOnce(...revoked)
    await staysOpen(...kept)
  })

  it('of all sessions but the one that changes the password', async () => {
    const revoked = await followEverywhere({ cookie: await signIn() })
    const kept = [
      ...(await followEverywhere({ cookie: person.cookie })),
      await follow(server, { authorization: `Bearer ${person.token}` }),
    ]
    const change = { currentPassword: person.password, newPassword: 'another horse battery' }
    expect((await browse(person.cookie, 'POST', '/api/auth/update-password', change)).status).toBe(200)
    await closesAtOnce(...revoked)
    await staysOpen(...kept)
  })

  it('of a browser that signs out', async () => {
    const phone = await signIn()
    const streams = await followEverywhere({ cookie: phone })
    await browse(phone, 'POST', '/api/auth/logout')
    await closesAtOnce(...streams)
  })

  it('of the session that a browser gives up by signing in again', async () => {
    const phone = await signIn()
    const streams = await followEverywhere({ cookie: phone })
    await signIn({ cookie: phone })
    await closesAtOnce(...streams)
  })

  it('that a ticket opened, with the sign-in that asked for the ticket', async () => {
    const { id, token } = await newToken()
    const at = `/api/v1/chat/conversations/${conversation}`
    const headers = { authorization: `Bearer ${token}` }
    const { body } = await send(server.url, 'POST', `${at}/stream-ticket`, undefined, headers)
    const paths = [`${at}/stream?ticket=${body.data.ticket}`]
    const streams = await Promise.all(paths.map((path) => openEvents(server.url + path, {})))
    await browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`)
    await closesAtOnce(...streams)
  })
})

it('a stream that is being opened while its token is revoked ends too', async () => {
  for (let round = 0; round < 20; round++) {
    const { id, token } = await newToken()
    const headers = { authorization: `Bearer ${token}` }
    const opening = openEvents(`${server.url}/api/app/conversations/${conversation}/events`, headers).catch(
      () => undefined,
    )
    // Some turns of the event loop, more every time: the two meet at every moment.
    for (let turn = 0; turn < round; turn++) await new Promise(setImmediate)
    const revoked = browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`)
    const [stream] = await Promise.all([opening, revoked])
    if (stream) await closesAtOnce(stream)
  }
})

it('whoever comes back with the revoked credential is told 401', async () => {
  const { id, token } = await newToken()
  const headers = { authorization: `Bearer ${token}` }
  const [stream] = await followEverywhere(headers)
  await browse(person.cookie, 'DELETE', `/api/app/access-tokens/${id}`)
  await closesAtOnce(stream)
  for (const { url } of [server, other]) {
    const back = await send(
      url,
      'GET',
      `/api/app/conversations/${conversation}/events?lastEventId=0.end`,
      undefined,
      headers,
    )
    expect(back.status).toBe(401)
  }
})
