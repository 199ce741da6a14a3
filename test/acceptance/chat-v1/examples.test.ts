/** Every example of the source document, at the moment that it shows. Expected values are the document's own. */
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConversation, listConversations, readHistory, streamEvent } from '#contract/chat-v1/index.ts'
import { send } from '#test/support/server.ts'
import { failed, startWorld, stoppedClock, succeeded, type Caller, type World } from './world.ts'

const CREATED = '2025-10-12T19:20:00.000Z'
const A_MILLISECOND_LATER = '2025-10-12T19:20:00.001Z'

let world: World
/** `auth0|user123`, signed in by RS256. */
let user: Caller
const clock = stoppedClock(CREATED)
beforeAll(async () => {
  world = await startWorld({ clock })
  user = await world.newCaller({ sub: 'auth0|user123' })
})
afterAll(() => world.closeInPeace())

const post = (body: unknown) =>
  send(world.server.url, 'POST', '/api/v1/chat/conversations', body, { authorization: `Bearer ${user.token}` })
const get = (path: string) => send(world.server.url, 'GET', path, undefined, { authorization: `Bearer ${user.token}` })

describe('POST /api/v1/chat/conversations', () => {
  it('answers case 1, no initial message', async () => {
    const answer = await post({ title: 'Betting Strategy' })
    succeeded(createConversation, answer)
    expect(answer.body).toEqual({
      success: true,
      data: {
        id: expect.stringMatching(/^c[0-9a-z]{25}$/),
        userId: 'auth0|user123',
        title: 'Betting Strategy',
        createdAt: CREATED,
        updatedAt: CREATED,
        lastMessageAt: null,
        messageCount: 0,
      },
      timestamp: CREATED,
      statusCode: 201,
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('answers case 2, with an initial message, by the USER message and the placeholder', async () => {
    const answer = await post({
      title: 'Lakers Betting Advice',
      initialMessage: 'Should I bet on the Lakers tonight?',
    })
    succeeded(createConversation, answer)
    expect(answer.body.data).toEqual({
      id: expect.stringMatching(/^c[0-9a-z]{25}$/),
      userId: 'auth0|user123',
      title: 'Lakers Betting Advice',
      createdAt: CREATED,
      updatedAt: CREATED,
      // "Timestamp of the last message": the document's history shows it a millisecond after the first.
      lastMessageAt: A_MILLISECOND_LATER,
      messageCount: 2,
    })
  })

  it('takes all fields as optional', async () => {
    for (const body of [{}, undefined]) {
      const data = succeeded(createConversation, await post(body))
      expect(data).toMatchObject({ title: '', lastMessageAt: null, messageCount: 0 })
    }
  })

  it('takes the metadata of the request format', async () => {
    const body = { title: 'Optional conversation title', initialMessage: 'Optional first message from user' }
    const { id } = succeeded(createConversation, await post({ ...body, metadata: { key: 'value' } }))
    const [first] = succeeded(readHistory, await get(`/api/v1/chat/conversations/${id}/history`))
    expect(first!.metadata).toEqual({ title: 'Optional conversation title', key: 'value' })
  })
})

describe('GET /api/v1/chat/conversations/:id/history', () => {
  it('answers with the messages, oldest first', async () => {
    const created = await post({
      title: 'Lakers Betting Advice',
      initialMessage: 'Should I bet on the Lakers tonight?',
    })
    const { id } = created.body.data
    const answer = await get(`/api/v1/chat/conversations/${id}/history`)
    succeeded(readHistory, answer)
    expect(answer.body).toEqual({
      success: true,
      data: [
        {
          id: expect.stringMatching(/^c[0-9a-z]{25}$/),
          userId: 'auth0|user123',
          conversationId: id,
          role: 'USER',
          content: 'Should I bet on the Lakers tonight?',
          createdAt: CREATED,
          metadata: { title: 'Lakers Betting Advice' },
        },
        {
          id: expect.stringMatching(/^c[0-9a-z]{25}$/),
          userId: 'auth0|user123',
          conversationId: id,
          role: 'ASSISTANT',
          content: 'hi',
          createdAt: A_MILLISECOND_LATER,
          metadata: null,
        },
      ],
      timestamp: CREATED,
      statusCode: 200,
      requestId: answer.headers.get('x-request-id'),
    })
  })
})

describe('the error response format', () => {
  it('is the 401 of the document', async () => {
    const answer = await send(world.server.url, 'GET', '/api/v1/chat/conversations', undefined, {
      authorization: 'Bearer invalid-token',
    })
    failed(answer, 401, 'UNAUTHORIZED')
    expect(answer.body).toEqual({
      success: false,
      error: { code: 'UNAUTHORIZED', message: 'Invalid or expired token', details: {} },
      timestamp: CREATED,
      statusCode: 401,
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('is the 400 of the document', async () => {
    const answer = await post({ title: 123, initialMessage: 456 })
    failed(answer, 400, 'VALIDATION_ERROR')
    expect(answer.body).toEqual({
      success: false,
      error: {
        code: 'VALIDATION_ERROR',
        message: 'title must be a string, initialMessage must be a string',
        details: { errors: ['title must be a string', 'initialMessage must be a string'] },
      },
      timestamp: CREATED,
      statusCode: 400,
      requestId: answer.headers.get('x-request-id'),
    })
  })
})

/** The document's three steps, character by character but for the address in front and the listening to EventSource. */
describe('the typical frontend flow', () => {
  it('creates, reads the history and connects to the stream', async () => {
    const token = user.token
    const created = await fetch(`${world.server.url}/api/v1/chat/conversations`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({
        title: 'Betting Help',
        initialMessage: 'What are the best bets today?',
      }),
    })
    const { success, data } = (await created.json()) as any
    expect(success).toBe(true)
    expect(data.messageCount).toBe(2)

    const history = await fetch(`${world.server.url}/api/v1/chat/conversations/${data.id}/history`, {
      headers: {
        Authorization: `Bearer ${token}`,
      },
    })
    const { data: messages } = (await history.json()) as any
    expect(messages).toHaveLength(2)
    expect(messages[0].role).toBe('USER')
    expect(messages[0].content).toBe('What are the best bets today?')
    expect(messages[1].role).toBe('ASSISTANT')
    expect(messages[1].content).toBe('hi')

    // The document hands `headers` to EventSource; in version 5 of the package that is said by a fetch of one's own.
    const eventSource = new EventSource(`${world.server.url}/api/v1/chat/conversations/${data.id}/stream`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
    })
    const first = await new Promise<any>((resolve, reject) => {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- as the document writes it
      eventSource.onmessage = (event) => resolve(JSON.parse(event.data))
      eventSource.addEventListener('error', reject)
    })
    eventSource.close()
    expect(streamEvent.parse(first)).toEqual({ type: 'connected', conversationId: data.id, timestamp: CREATED })
  })
})

describe('the complete conversation creation flow', () => {
  it('ends with all conversations of the user', async () => {
    const somebody = await world.newCaller()
    const data = await somebody.ask(createConversation, {
      body: { title: 'Betting Strategy', initialMessage: 'Should I bet on Lakers tonight?' },
    })
    expect(data).toMatchObject({ userId: somebody.subject, title: 'Betting Strategy', messageCount: 2 })
    const messages = await somebody.ask(readHistory, { id: data.id })
    expect(messages.map(({ role, content }) => ({ role, content }))).toEqual([
      { role: 'USER', content: 'Should I bet on Lakers tonight?' },
      { role: 'ASSISTANT', content: 'hi' },
    ])
    expect(await somebody.ask(listConversations)).toEqual([
      {
        conversationId: data.id,
        messageCount: 2,
        lastMessageAt: A_MILLISECOND_LATER,
        preview: 'Should I bet on Lakers tonight?',
      },
    ])
  })
})
