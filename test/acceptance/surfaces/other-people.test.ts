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
import { upload, uploaded } from '../files/world.ts'

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
  'POST /api/team/conversations': { type: 'group', title: 'A group of strangers' },
  'PATCH /api/team/conversations/{id}': { title: 'Taken' },
  'POST /api/team/conversations/{id}/members': { personIds: [randomUUID()] },
  'PATCH /api/team/conversations/{id}/members/{personId}': { role: 'member' },
  'PUT /api/team/conversations/{id}/read': {},
  'POST /api/team/conversations/{id}/messages': { content: 'Hello' },
  'PATCH /api/team/messages/{id}': { content: 'Taken' },
  'PUT /api/team/messages/{id}/work-type': { workTypeId: null },
  'POST /api/team/conversations/{id}/work-types': { name: 'Taken' },
  'PATCH /api/team/work-types/{id}': { name: 'Taken' },
  'POST /api/team/conversations/{id}/tasks': { title: 'Taken' },
  'PATCH /api/team/tasks/{id}': { title: 'Taken' },
}

/** What uploads that can be interrupted want in every request; other endpoints pay no attention to it. */
const TUS = { 'tus-resumable': messages.TUS_VERSION, 'upload-offset': '0' }

/** Where a contract tells "somebody else's" from "nobody's" (contracts, decisions: 403 if it exists and 404 if not). */
const tellsForeign = ({ method, path }: Endpoint): boolean =>
  path === '/api/conversations/{conversationId}/messages' ||
  path.startsWith('/api/conversations/{conversationId}/files') ||
  path.startsWith('/api/team/conversations/{id}') ||
  (method === 'GET' && path.startsWith('/api/files/{fileId}'))

let provider: ScriptedProvider
let server: TestServer
let owner: TestPerson
let stranger: TestPerson
let theirs: Ids
let strangersConversation: string
/** What the stranger has in a group of their own. */
let strangers: Ids

/** A person's things, by what a path calls them. */
interface Ids {
  readonly person: string
  readonly conversation: string
  readonly message: string
  readonly session: string
  readonly token: string
  readonly group: string
  readonly teamMessage: string
  readonly workType: string
  readonly task: string
  readonly file: string
  /** A file that was not sent yet. */
  readonly unsent: string
  /** Of which the last byte has not come. */
  readonly upload: string
}

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
    ...nobodys(),
    ...(await newGroup(owner, CANARY)),
    conversation: conversation.id,
    message: pair[0].id,
    session: sessions.body.data[0].id,
    token: token.body.id,
  }
  const own = await stranger.request('POST', '/api/conversations', { content: 'Hello', model: 'echo' })
  strangersConversation = own.body.conversation.id
  strangers = { ...nobodys(), ...(await newGroup(stranger, 'Nothing special')) }
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

/** A group of one person with one of everything in it, under a name of its own. */
const newGroup = async (by: TestPerson, name: string) => {
  const made = async (path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> => {
    const answer = await by.request('POST', path, body, headers)
    expect([answer.status, path]).toEqual([201, path])
    return answer
  }
  const group: string = (await made('/api/team/conversations', { type: 'group', title: name })).body.id
  const at = `/api/team/conversations/${group}`
  const workType: string = (await made(`${at}/work-types`, { name })).body.id
  const [file, unsent] = [
    await uploaded(by, group, name, `${name}.txt`),
    await uploaded(by, group, name, `${name}.txt`),
  ]
  const message = { content: name, fileIds: [file.id], mentions: [by.id], workTypeId: workType }
  const teamMessage: string = (await made(`${at}/messages`, message)).body.id
  const task: string = (await made(`${at}/tasks`, { title: name, messageId: teamMessage })).body.id
  const begun = await made('/api/files/uploads', undefined, { ...TUS, ...announcing(group, name) })
  const upload = begun.headers.get('location')!.split('/').at(-1)!
  return { person: by.id, group, workType, file: file.id, unsent: unsent.id, teamMessage, task, upload }
}

/** An upload of two bytes, as its headers. */
const announcing = (group: string, name: string) => ({
  'upload-length': '2',
  'upload-metadata': `conversationId ${btoa(group)},filename ${btoa(name)}`,
})

const idFor = ({ method, path }: Endpoint, parameter: string, ids: Ids): string => {
  if (parameter === 'personId') return ids.person
  if (parameter === 'format') return 'pdf'
  if (path.startsWith('/api/files/uploads/')) return ids.upload
  if (parameter === 'fileId') return method === 'DELETE' ? ids.unsent : ids.file
  if (path.startsWith('/api/team/conversations/') || path.endsWith('/files') || path.endsWith('/senders'))
    return ids.group
  if (path.startsWith('/api/team/messages/')) return ids.teamMessage
  if (path.startsWith('/api/team/work-types/')) return ids.workType
  if (path.startsWith('/api/team/tasks/')) return parameter === 'messageId' ? ids.teamMessage : ids.task
  if (parameter === 'messageId') return ids.message
  if (path.includes('/sessions/')) return ids.session
  if (path.includes('/access-tokens/')) return ids.token
  return ids.conversation
}
const pathWith = (endpoint: Endpoint, ids: Ids): string =>
  endpoint.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => idFor(endpoint, parameter, ids))
const nobodys = (): Ids => ({
  person: randomUUID(),
  conversation: randomUUID(),
  message: randomUUID(),
  session: randomUUID(),
  token: randomUUID(),
  group: randomUUID(),
  teamMessage: randomUUID(),
  workType: randomUUID(),
  task: randomUUID(),
  file: randomUUID(),
  unsent: randomUUID(),
  upload: randomUUID(),
})

const ask = (endpoint: Endpoint, path: string, by = stranger) =>
  endpoint.bytes === undefined
    ? by.request(endpoint.method, path, bodies[nameOf(endpoint)], endpoint.headers && TUS)
    : by.request(endpoint.method, path, 'x', { ...TUS, 'content-type': endpoint.bytes })

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
  const { rows: columns } = await server.database.owner.query<{ name: string; id: string }>(
    `select table_name as name, column_name as id from information_schema.columns
     where table_schema = 'public' and column_name in ('owner_id', 'user_id', 'uploader_id', 'conversation_id')
     order by 1, 2`,
  )
  const found: Record<string, unknown[]> = {}
  for (const { name, id } of columns) {
    const { rows } = await server.database.owner.query(
      `select to_jsonb(t) - '{last_seen_at,last_used_at}'::text[] as row from ${name} t where ${id} = any($1) order by 1`,
      [[owner.id, theirs.group]],
    )
    found[`${name} by ${id}`] = rows
  }
  return found
}

it('there is something to find: the owner sees the canary', async () => {
  for (const path of [
    '/api/conversations',
    '/api/app/me',
    '/api/app/access-tokens',
    `/api/conversations/${theirs.conversation}/messages`,
    `/api/team/conversations/${theirs.group}`,
    `/api/team/messages/${theirs.teamMessage}`,
    `/api/team/conversations/${theirs.group}/tasks`,
    `/api/team/conversations/${theirs.group}/work-types`,
    `/api/team/conversations/${theirs.group}/members`,
    `/api/conversations/${theirs.group}/files`,
    `/api/files/${theirs.file}`,
    `/api/files/${theirs.unsent}`,
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
  it.each(withIds.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s', async (_, endpoint) => {
    const before = await rowsOfOwner()
    const foreign = await ask(endpoint, pathWith(endpoint, theirs))
    const missing = await ask(endpoint, pathWith(endpoint, nobodys()))
    expectNoCanary(foreign)
    if (tellsForeign(endpoint)) expect([foreign.status, missing.status]).toEqual([403, 404])
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

  it.each<[string, (by: TestPerson, ids: Ids) => Promise<Answer>]>([
    ['a message in a foreign thread', (by, { teamMessage }) => say(by, { content: 'x', threadId: teamMessage })],
    ['a message with a foreign work type', (by, { workType }) => say(by, { content: 'x', workTypeId: workType })],
    ['a message with a foreign file', (by, { file }) => say(by, { fileIds: [file] })],
    ['a message with a foreign file that was not sent', (by, { unsent }) => say(by, { fileIds: [unsent] })],
    ['a message that mentions somebody outside', (by, { person }) => say(by, { content: 'x', mentions: [person] })],
    [
      'a foreign work type on one’s own message',
      (by, { workType }) =>
        by.request('PUT', `/api/team/messages/${strangers.teamMessage}/work-type`, { workTypeId: workType }),
    ],
    [
      'a task from a foreign message',
      (by, { teamMessage }) => by.request('POST', own('/tasks'), { title: 'x', messageId: teamMessage }),
    ],
    [
      'a task for somebody outside',
      (by, { person }) => by.request('POST', own('/tasks'), { title: 'x', assigneeId: person }),
    ],
    [
      'a link to a foreign message',
      (by, { teamMessage }) => by.request('PUT', `/api/team/tasks/${strangers.task}/messages/${teamMessage}`),
    ],
    [
      'a foreign task for one’s own message',
      (by, { task }) => by.request('PUT', `/api/team/tasks/${task}/messages/${strangers.teamMessage}`),
    ],
    ['a read mark at a foreign message', (by, ids) => by.request('PUT', own('/read'), { messageId: ids.teamMessage })],
    [
      'a role for somebody outside',
      (by, { person }) => by.request('PATCH', own(`/members/${person}`), { role: 'admin' }),
    ],
    ['the removal of somebody outside', (by, { person }) => by.request('DELETE', own(`/members/${person}`))],
    ['members after somebody outside', (by, { person }) => by.request('GET', own(`/members?cursor=${person}`))],
    ['messages before a foreign one', (by, ids) => by.request('GET', own(`/messages?before=${ids.teamMessage}`))],
    ['messages after a foreign one', (by, ids) => by.request('GET', own(`/messages?after=${ids.teamMessage}`))],
    ['messages around a foreign one', (by, ids) => by.request('GET', own(`/messages?around=${ids.teamMessage}`))],
    ['messages of a foreign thread', (by, ids) => by.request('GET', own(`/messages?threadId=${ids.teamMessage}`))],
    ['messages of a foreign work type', (by, ids) => by.request('GET', own(`/messages?workTypeId=${ids.workType}`))],
    ['tasks of a foreign message', (by, ids) => by.request('GET', own(`/tasks?messageId=${ids.teamMessage}`))],
    [
      'files that somebody outside sent',
      (by, { person }) => by.request('GET', `/api/conversations/${strangers.group}/files?sender=${person}`),
    ],
  ])('in one’s own group: %s', async (_, request) => {
    const before = await rowsOfOwner()
    const foreign = await request(stranger, theirs)
    const missing = await request(stranger, nobodys())
    expectNoCanary(foreign)
    expect(comparable(foreign)).toEqual(comparable(missing))
    expect(await rowsOfOwner()).toEqual(before)
  })

  it('files can be put into no foreign conversation, by either way', async () => {
    const before = await rowsOfOwner()
    const begin = (group: string) =>
      stranger.request('POST', '/api/files/uploads', undefined, { ...TUS, ...announcing(group, 'x') })
    const send = (group: string) => upload(stranger, group, { fileName: 'x.txt', bytes: 'x' })
    for (const put of [begin, send]) {
      const [foreign, missing] = [await put(theirs.group), await put(randomUUID())]
      expect([foreign.status, missing.status]).toEqual([403, 404])
      expectNoCanary(foreign)
    }
    expect(await rowsOfOwner()).toEqual(before)
  })

  const own = (rest: string) => `/api/team/conversations/${strangers.group}${rest}`
  const say = (by: TestPerson, body: unknown) => by.request('POST', own('/messages'), body)
  const cursorAt = (id: string) => Buffer.from(`${Date.UTC(2030, 0, 1)}.${id}`).toString('base64url')
})

describe('without ids', () => {
  const withoutIds = endpoints.filter(
    ({ path, method }) => !path.includes('{') && !(method === 'DELETE' && path === '/api/app/sessions'),
  )
  it.each(withoutIds.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s', async (_, endpoint) => {
    const before = await rowsOfOwner()
    // One's own stream of events does not end; what comes in it has a suite of its own.
    if (!endpoint.reply.stream) expectNoCanary(await ask(endpoint, endpoint.path))
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
