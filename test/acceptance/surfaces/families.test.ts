/** Which contract answers is decided by the path alone, before anybody is asked who they are and before a body is read. */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failure as chatV1Failure } from '#contract/chat-v1/index.ts'
import { failure as seed4Failure } from '#contract/conversations/index.ts'
import { problem as appProblem } from '#contract/app/index.ts'
import { problem as seed1Problem } from '#contract/messages/index.ts'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectStatus } from './holding.ts'

let server: TestServer
let person: TestPerson
beforeAll(async () => {
  server = await startTestServer()
  person = await server.newPerson()
})
afterAll(() => server.close())

const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** The error shape of each surface, and where it repeats the status. */
const envelopes = {
  conversations: { schema: seed4Failure, type: JSON_TYPE, status: (body: any) => body.statusCode },
  messages: { schema: seed1Problem, type: PROBLEM_TYPE, status: (body: any) => body.status },
  training: {
    schema: z.strictObject({
      error: z.string(),
      message: z.string(),
      conversation_id: z.string().optional(),
      details: z.string().optional(),
    }),
    type: JSON_TYPE,
    status: undefined,
  },
  'chat-v1': { schema: chatV1Failure, type: JSON_TYPE, status: (body: any) => body.statusCode },
  conversion: {
    schema: z.strictObject({
      success: z.literal(false),
      data: z.strictObject({ error: z.string(), message: z.string() }),
    }),
    type: JSON_TYPE,
    status: undefined,
  },
  app: { schema: appProblem, type: PROBLEM_TYPE, status: (body: any) => body.status },
} as const
type SurfaceName = keyof typeof envelopes

const inEnvelope = (surface: SurfaceName, answer: Answer, status: number): void => {
  const { schema, type, status: statusIn } = envelopes[surface]
  expectStatus(answer, status)
  expect(answer.headers.get('content-type')).toBe(type)
  expect(schema.parse(answer.body)).toEqual(answer.body)
  if (statusIn) expect(statusIn(answer.body)).toBe(status)
}

const ID = randomUUID()
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  send(server.url, method, path, body, headers)

describe('404: nothing is there', () => {
  it.each<[SurfaceName, string, string]>([
    ['conversations', 'GET', '/api/conversations/a/b/c'],
    ['conversations', 'GET', `/api/conversations/${ID}/nothing`],
    ['conversations', 'POST', `/api/conversations/${ID}/messages/${ID}/nothing`],
    ['conversations', 'GET', '/api/api-key/nothing'],
    ['conversations', 'GET', '/api/models/nothing'],
    ['conversations', 'GET', '/api/auth'],
    ['conversations', 'POST', '/api/auth/nothing'],
    ['messages', 'GET', `/api/files/${ID}/nothing`],
    ['messages', 'GET', '/api/team/nothing'],
    ['messages', 'POST', '/api/team/nothing'],
    ['training', 'GET', '/api/training'],
    ['training', 'POST', '/api/training/nothing'],
    ['chat-v1', 'GET', '/api/v1'],
    ['chat-v1', 'GET', '/api/v1/'],
    ['chat-v1', 'POST', '/api/v1/nothing'],
    ['chat-v1', 'GET', '/api/v1/chat/nothing?ticket=a'],
    ['conversion', 'GET', '/session/nothing'],
    ['conversion', 'POST', '/session/nothing'],
    ['conversion', 'GET', '/convert/nothing'],
    ['conversion', 'GET', '/download/nothing'],
    ['app', 'GET', '/api'],
    ['app', 'GET', '/api/nothing'],
    ['app', 'GET', '/api/app/nothing'],
    ['app', 'POST', '/api/app/nothing'],
    ['app', 'GET', '/nothing'],
    ['app', 'GET', '/assets/nothing.js'],
    ['app', 'GET', '/api/conversationsx'],
    ['app', 'GET', '/apix/v1'],
    ['app', 'GET', '/sessions'],
    ['app', 'GET', '/downloads'],
  ])('%s: %s %s', async (surface, method, path) => {
    inEnvelope(surface, await call(method, path), 404)
    // Who asks makes no difference to what is there.
    inEnvelope(surface, await person.request(method, path), 404)
  })
})

describe('a path that is spelled with escapes is the path that it spells', () => {
  it.each<[SurfaceName, string]>([
    ['conversations', '/api/%63onversations'],
    ['conversations', '/%61pi/conversations'],
    ['chat-v1', '/api/%76%31/chat/conversations'],
    ['messages', `/api/conversations/${ID}/%6dessages`],
  ])('%s: %s', async (surface, path) => {
    inEnvelope(surface, await call('GET', path), 401)
  })

  it.each<[SurfaceName, string]>([
    ['conversations', '/api/conversations/%'],
    ['conversations', '/api/conversations/%zz'],
    ['conversations', '/api/conversations/%c3%28'],
    ['chat-v1', '/api/v1/%'],
    ['messages', '/api/team/%ff'],
    ['conversion', '/session/%'],
    ['app', '/%'],
  ])('%s: %s spells nothing and is 404 or 400', async (surface, path) => {
    const answer = await person.request('GET', path)
    inEnvelope(surface, answer, answer.status)
    expect([400, 404]).toContain(answer.status)
  })
})

describe('401: nobody is asking', () => {
  it.each<[SurfaceName, string, string]>([
    ['conversations', 'GET', '/api/conversations'],
    ['conversations', 'POST', '/api/conversations'],
    ['conversations', 'GET', `/api/conversations/${ID}`],
    ['conversations', 'POST', `/api/conversations/${ID}/messages`],
    ['conversations', 'GET', '/api/api-key'],
    ['conversations', 'GET', '/api/models'],
    ['conversations', 'POST', '/api/auth/update-password'],
    ['messages', 'GET', `/api/conversations/${ID}/messages`],
    ['messages', 'GET', '/api/conversations/nonsense/messages/'],
    ['chat-v1', 'GET', '/api/v1/chat/conversations'],
    ['chat-v1', 'POST', '/api/v1/chat/conversations'],
    ['conversion', 'GET', '/session'],
    ['conversion', 'GET', '/job_status'],
    ['conversion', 'GET', '/session/events'],
    ['conversion', 'POST', '/convert'],
    ['conversion', 'POST', '/upload'],
    ['app', 'GET', '/api/app/me'],
    ['app', 'GET', `/api/app/conversations/${ID}/events`],
  ])('%s: %s %s', async (surface, method, path) => {
    const answers = [
      await call(method, path),
      await call(method, path, undefined, { authorization: 'Bearer nonsense' }),
      // Before the body is read: it is neither JSON nor small.
      ...(method === 'POST' ? [await call(method, path, '{'.repeat(3_000_000))] : []),
    ]
    for (const answer of answers) {
      inEnvelope(surface, answer, 401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })
})

describe('405: the address has other methods', () => {
  it.each<[SurfaceName, string, string, string]>([
    ['conversations', 'PUT', '/api/conversations', 'GET, HEAD, POST'],
    ['conversations', 'DELETE', '/api/conversations/', 'GET, HEAD, POST'],
    ['conversations', 'POST', `/api/conversations/${ID}`, 'GET, HEAD, PATCH, DELETE'],
    ['conversations', 'DELETE', `/api/conversations/${ID}/messages`, 'GET, HEAD, POST'],
    ['conversations', 'GET', `/api/conversations/${ID}/messages/${ID}/branch`, 'POST'],
    ['conversations', 'POST', '/api/models', 'GET, HEAD'],
    ['conversations', 'GET', '/api/auth/login', 'POST'],
    ['chat-v1', 'DELETE', '/api/v1/chat/conversations', 'GET, HEAD, POST'],
    ['chat-v1', 'POST', '/api/v1/health', 'GET, HEAD'],
    ['conversion', 'DELETE', '/session', 'GET, HEAD'],
    ['conversion', 'GET', '/upload', 'POST'],
    ['conversion', 'POST', '/download', 'GET'],
    ['app', 'DELETE', '/api/app/me', 'GET, HEAD, PATCH'],
    ['app', 'OPTIONS', '/api/app/me', 'GET, HEAD, PATCH'],
    ['conversations', 'OPTIONS', '/api/conversations', 'GET, HEAD, POST'],
    ['chat-v1', 'OPTIONS', '/api/v1/chat/conversations', 'GET, HEAD, POST'],
  ])('%s: %s %s', async (surface, method, path, allow) => {
    for (const answer of [await call(method, path), await person.request(method, path)]) {
      inEnvelope(surface, answer, 405)
      const methods = (text: string | null) => text?.split(', ').toSorted()
      expect(methods(answer.headers.get('allow'))).toEqual(methods(allow))
    }
  })
})

const writing: readonly (readonly [SurfaceName, string, string])[] = [
  ['conversations', 'POST', '/api/conversations'],
  ['conversations', 'PATCH', `/api/conversations/${ID}`],
  ['conversations', 'POST', `/api/conversations/${ID}/messages`],
  ['conversations', 'PUT', '/api/api-key'],
  ['conversations', 'POST', '/api/auth/login'],
  ['chat-v1', 'POST', '/api/v1/chat/conversations'],
  ['chat-v1', 'POST', `/api/v1/chat/conversations/${ID}/messages`],
  ['app', 'PATCH', '/api/app/me'],
  ['app', 'POST', '/api/app/conversations'],
]

describe.each(writing)('%s: a body that cannot be read: %s %s', (surface, method, path) => {
  it('is 400 where it is no JSON', async () => {
    for (const body of ['{', 'nonsense', '{"a":1,"a":2}', '\ufeff{}', Buffer.from([0x22, 0xff, 0x22])]) {
      inEnvelope(surface, await person.request(method, path, body), 400)
    }
  })

  it('is 413 where it is too large', async () => {
    inEnvelope(surface, await person.request(method, path, `{"content":"${'x'.repeat(3_000_000)}"}`), 413)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', 'application/xml'])(
    'is 415 where it is %s',
    async (type) => {
      inEnvelope(surface, await person.request(method, path, 'content=a', { 'content-type': type }), 415)
    },
  )
})

describe('an unknown address does not read the body', () => {
  it.each<[SurfaceName, string]>([
    ['conversations', '/api/auth/nothing'],
    ['messages', '/api/team/nothing'],
    ['training', '/api/training/nothing'],
    ['chat-v1', '/api/v1/nothing'],
    ['conversion', '/session/nothing'],
    ['app', '/api/app/nothing'],
  ])('%s: POST %s is 404 whatever is sent', async (surface, path) => {
    inEnvelope(surface, await call('POST', path, '{'), 404)
    inEnvelope(surface, await call('POST', path, 'a', { 'content-type': 'text/plain' }), 404)
  })
})

describe('HEAD', () => {
  it.each(['/health', '/api/v1/health', '/api/conversations', `/api/app/me`])(
    '%s is GET without its body',
    async (path) => {
      const [head, get] = [await person.request('HEAD', path), await person.request('GET', path)]
      expect([head.status, head.body]).toEqual([200, undefined])
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    },
  )

  it('of what is not there, and of nobody, says so without a body', async () => {
    const missing = await person.request('HEAD', `/api/conversations/${ID}`)
    expect([missing.status, missing.body]).toEqual([404, undefined])
    const nobody = await call('HEAD', '/api/conversations')
    expect([nobody.status, nobody.body]).toEqual([401, undefined])
  })

  it('of a stream ends', async () => {
    await person.request('POST', '/api/app/conversations', { content: 'Hello', model: 'demo' })
    const { id } = (await person.request('GET', '/api/app/conversations')).body.data[0]
    for (const path of [`/api/app/conversations/${id}/events`, `/api/v1/chat/conversations/${id}/stream`]) {
      const answer = await person.request('HEAD', path)
      expect(answer.body).toBeUndefined()
      expect([200, 405]).toContain(answer.status)
    }
  })
})

describe('OPTIONS', () => {
  it('lets no other site in', async () => {
    const asked = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    for (const path of ['/api/conversations', '/api/v1/chat/conversations', '/api/app/me', '/nothing']) {
      const answer = await call('OPTIONS', path, undefined, asked)
      expect([404, 405]).toContain(answer.status)
      const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect(names).toEqual([])
    }
  })
})

it('what is not HTTP at all is answered in one plain line, and the connection ends', async () => {
  const { port } = new URL(server.url)
  for (const bytes of ['nonsense\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes))
      let answer = ''
      socket.setEncoding('utf8').on('data', (piece: string) => (answer += piece))
      socket.on('end', () => resolve(answer)).on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1\.1 (400|505) /)
    expect(text).not.toMatch(/node|at .*\.js|fastify/i)
  }
})
