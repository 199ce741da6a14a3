/** Every route of every surface, asked by a stranger for what is somebody else's: nothing of it shows, nothing of it changes. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as app from '#contract/app/index.ts'
import * as chatV1 from '#contract/chat-v1/index.ts'
import * as conversations from '#contract/conversations/index.ts'
import type { Endpoint } from '#contract/endpoint.ts'
import * as messages from '#contract/messages/index.ts'
import { startScriptedProvider, type ScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'

/** Stands in everything that the owner has. */
const CANARY = 'canary-of-the-owner'
const MODEL = 'operator:echo'

const endpoints = [conversations, messages, chatV1, app].flatMap((surface) =>
  Object.values(surface).filter((value): value is Endpoint => typeof value === 'object' && 'method' in value),
)
const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`

/** A body that would be accepted, for every endpoint that wants one: a new endpoint needs a line here. */
const bodies: Record<string, unknown> = {
  'POST /api/conversations': { content: 'Hello', model: 'echo' },
  'PATCH /api/conversations/{id}': { title: 'Taken' },
  'POST /api/conversations/{id}/messages': { content: 'Hello', model: 'echo' },
  'POST /api/conversations/{id}/messages/{messageId}/branch': { type: 'full' },
  'PUT /api/api-key': { apiKey: 'sk-or-v1-stranger' },
  'POST /api/auth/register': { email: 'another@example.org', password: 'another horse' },
  'POST /api/auth/login': { email: 'nobody@example.org', password: 'another horse' },
  'POST /api/auth/update-password': { currentPassword: 'not this', newPassword: 'another horse' },
  'POST /api/v1/chat/conversations': {},
  'POST /api/v1/chat/conversations/{id}/messages': { content: 'Hello' },
  'PATCH /api/app/me': { name: 'Stranger' },
  'POST /api/app/access-tokens': { name: 'Stranger' },
  'POST /api/app/conversations': { content: 'Hello', model: MODEL },
  'POST /api/app/conversations/{id}/messages': { content: 'Hello', model: MODEL },
  'POST /api/app/conversations/{id}/replies': { model: MODEL },
}

/** Where a contract tells "somebody else's" from "nobody's" (contracts, decisions: 403 if it exists and 404 if not). */
const TELLS_FOREIGN = new Set(['GET /api/conversations/{conversationId}/messages'])

let provider: ScriptedProvider
let server: TestServer
let owner: TestPerson
let stranger: TestPerson
/** Ids of the owner's things, by what a path calls them on which surface. */
let theirs: { conversation: string; message: string; session: string; token: string }
let strangersConversation: string

beforeAll(async () => {
  provider = await startScriptedProvider()
  server = await startTestServer({ env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'echo' } })
  owner = await server.newPerson()
  stranger = await server.newPerson()
  await owner.request('PATCH', '/api/app/me', { name: CANARY, defaultModel: MODEL })
  await owner.request('PUT', '/api/api-key', { apiKey: `sk-or-v1-${CANARY}` })
  await owner.request('DELETE', '/api/api-key')
  const asked = { content: `${CANARY} asks`, model: 'echo' }
  const { conversation, messages: pair } = (await owner.request('POST', '/api/conversations', asked)).body
  await owner.request('PATCH', `/api/conversations/${conversation.id}`, { title: CANARY })
  const token = await owner.request('POST', '/api/app/access-tokens', { name: CANARY })
  const sessions = await owner.request('GET', '/api/app/sessions')
  theirs = {
    conversation: conversation.id,
    message: pair[0].id,
    session: sessions.body.data[0].id,
    token: token.body.id,
  }
  const own = await stranger.request('POST', '/api/conversations', { content: 'Hello', model: 'echo' })
  strangersConversation = own.body.conversation.id
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

const idFor = ({ path }: Endpoint, parameter: string, ids: typeof theirs): string => {
  if (parameter === 'messageId') return ids.message
  if (path.includes('/sessions/')) return ids.session
  if (path.includes('/access-tokens/')) return ids.token
  return ids.conversation
}
const pathWith = (endpoint: Endpoint, ids: typeof theirs): string =>
  endpoint.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => idFor(endpoint, parameter, ids))
const nobodys = (): typeof theirs => ({
  conversation: randomUUID(),
  message: randomUUID(),
  session: randomUUID(),
  token: randomUUID(),
})

const ask = (endpoint: Endpoint, path: string, by = stranger) =>
  by.request(endpoint.method, path, bodies[nameOf(endpoint)])

/** An answer without what differs from one to the next: ids and times. */
const comparable = ({ status, headers, body }: Answer) => ({
  status,
  headers: Object.fromEntries(
    [...headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name)),
  ),
  body: JSON.stringify(body ?? null)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, 'id')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'),
})

const expectNoCanary = ({ headers, body }: Answer) => {
  const text = JSON.stringify([...headers]) + JSON.stringify(body ?? null)
  expect(text).not.toContain(CANARY)
  expect(text).not.toContain(owner.email)
}

/** All rows that are the owner's, as the database has them; when a credential was last used may change. */
const rowsOfOwner = async () => {
  const tables = [
    [`select to_jsonb(t) as row from users t where user_id = $1`],
    [`select to_jsonb(t) as row from passwords t where user_id = $1`],
    [`select to_jsonb(t) - 'last_seen_at' as row from sessions t where user_id = $1`],
    [`select to_jsonb(t) - 'last_used_at' as row from access_tokens t where user_id = $1`],
    [`select to_jsonb(t) as row from provider_keys t where user_id = $1`],
    [`select to_jsonb(t) as row from conversations t where owner_id = $1`],
    [`select to_jsonb(t) as row from conversation_totals t where owner_id = $1`],
    [`select to_jsonb(t) as row from messages t where owner_id = $1`],
    [`select to_jsonb(t) as row from replies t where owner_id = $1`],
  ]
  const found = []
  for (const [text] of tables) found.push((await server.database.owner.query(`${text} order by 1`, [owner.id])).rows)
  return found
}

it('there is something to find: the owner sees the canary', async () => {
  for (const path of [
    '/api/conversations',
    '/api/app/me',
    '/api/app/access-tokens',
    `/api/conversations/${theirs.conversation}/messages`,
  ]) {
    expect(JSON.stringify((await owner.request('GET', path)).body)).toContain(CANARY)
  }
})

it('every endpoint that wants a body has one here', () => {
  const without = endpoints.filter((endpoint) => endpoint.body !== undefined && !(nameOf(endpoint) in bodies))
  expect(without.map(nameOf)).toEqual([])
})

const withIds = endpoints.filter(({ path }) => path.includes('{'))

describe('with the ids of somebody else', () => {
  it.each(withIds.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s', async (name, endpoint) => {
    const before = await rowsOfOwner()
    const foreign = await ask(endpoint, pathWith(endpoint, theirs))
    const missing = await ask(endpoint, pathWith(endpoint, nobodys()))
    expectNoCanary(foreign)
    if (TELLS_FOREIGN.has(name)) expect([foreign.status, missing.status]).toEqual([403, 404])
    else {
      expect(missing.status).toBe(404)
      expect(comparable(foreign)).toEqual(comparable(missing))
    }
    expect(await rowsOfOwner()).toEqual(before)
  })

  it('a branch of one’s own conversation at a message of somebody else', async () => {
    const path = (message: string) => `/api/conversations/${strangersConversation}/messages/${message}/branch`
    for (const type of ['full', 'summary']) {
      const foreign = await stranger.request('POST', path(theirs.message), { type })
      const missing = await stranger.request('POST', path(randomUUID()), { type })
      expect(missing.status).toBe(404)
      expect(comparable(foreign)).toEqual(comparable(missing))
    }
  })

  it.each<[string, (id: string) => string, 'conversation' | 'message']>([
    ['a page of seed 1', (id) => `/api/conversations/${strangersConversation}/messages?before=${id}`, 'message'],
    [
      'a page of the web app',
      (id) => `/api/app/conversations/${strangersConversation}/messages?before=${id}`,
      'message',
    ],
    [
      'a history of seed 2',
      (id) => `/api/v1/chat/conversations/${strangersConversation}/history?before=${id}`,
      'message',
    ],
    ['a list of seed 2', (id) => `/api/v1/chat/conversations?before=${id}`, 'conversation'],
    ['a list of the web app', (id) => `/api/app/conversations?cursor=${cursorAt(id)}`, 'conversation'],
  ])('%s that begins there', async (_, pathOf, what) => {
    const foreign = await stranger.request('GET', pathOf(theirs[what]))
    const missing = await stranger.request('GET', pathOf(randomUUID()))
    expectNoCanary(foreign)
    expect(comparable(foreign)).toEqual(comparable(missing))
  })

  const cursorAt = (id: string) => Buffer.from(`${Date.UTC(2030, 0, 1)}.${id}`).toString('base64url')
})

describe('without ids', () => {
  const withoutIds = endpoints.filter(
    ({ path, method }) => !path.includes('{') && !(method === 'DELETE' && path === '/api/app/sessions'),
  )
  it.each(withoutIds.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s', async (_, endpoint) => {
    const before = await rowsOfOwner()
    expectNoCanary(await ask(endpoint, endpoint.path))
    expectNoCanary(await send(server.url, endpoint.method, endpoint.path, bodies[nameOf(endpoint)]))
    expect(await rowsOfOwner()).toEqual(before)
  })

  it('ending all other sessions ends one’s own only', async () => {
    const before = await rowsOfOwner()
    expect((await stranger.request('DELETE', '/api/app/sessions')).status).toBe(204)
    expect(await rowsOfOwner()).toEqual(before)
    expect((await send(server.url, 'GET', '/api/app/me', undefined, { cookie: owner.cookie })).status).toBe(200)
  })
})

describe('a stream ticket', () => {
  it('of one’s own conversation opens no other', async () => {
    const made = await stranger.request('POST', `/api/v1/chat/conversations/${strangersConversation}/stream-ticket`)
    const at = `/api/v1/chat/conversations/${theirs.conversation}/stream?ticket=${made.body.data.ticket}`
    const answer = await send(server.url, 'GET', at)
    expect(answer.status).toBe(401)
    expectNoCanary(answer)
  })
})
