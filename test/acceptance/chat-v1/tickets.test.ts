import { EventSource } from 'eventsource'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createConversation,
  createStreamTicket,
  readHistory,
  streamConversation,
  streamEvent,
} from '#contract/chat-v1/index.ts'
import { follow } from './streams.ts'
import { type Caller, changed, expectStrangersRefused, pathOf, startWorld, UNKNOWN_ID, type World } from './world.ts'

let world: World
let person: Caller
let id: string
beforeAll(async () => {
  world = await startWorld({ heartbeatMs: 50 })
  person = await world.newCaller()
  id = (await person.ask(createConversation)).id
})
afterAll(() => world.closeInPeace())

const newTicket = async (caller = person, wanted = id): Promise<string> =>
  (await caller.ask(createStreamTicket, { id: wanted })).ticket
const query = (ticket: string) => `?ticket=${encodeURIComponent(ticket)}`

describe('making a ticket: who are you', () => {
  it('refuses whoever has no good credential', async () => {
    await expectStrangersRefused(world, createStreamTicket, { id })
  })

  it('is not content with a ticket', async () => {
    const ticket = await newTicket()
    await world.stranger.fail(createStreamTicket, { id, query: query(ticket) }, 401, 'UNAUTHORIZED')
    await world.callerWith(ticket).fail(createStreamTicket, { id }, 401, 'UNAUTHORIZED')
  })
})

describe('making a ticket: is it well formed', () => {
  it('refuses an id that is none', async () => {
    const error = await person.fail(createStreamTicket, { id: 'c1' }, 400, 'VALIDATION_ERROR')
    expect(error.details.errors).toEqual(['id must be a valid conversation id'])
  })
})

describe('making a ticket: may you', () => {
  it('tells a foreign conversation from a missing one by nothing', async () => {
    const other = await world.newCaller()
    const expected = { code: 'NOT_FOUND', message: 'Conversation not found', details: {} }
    for (const wanted of [id, UNKNOWN_ID, `c${'z'.repeat(25)}`]) {
      expect(await other.fail(createStreamTicket, { id: wanted }, 404, 'NOT_FOUND')).toEqual(expected)
    }
  })
})

describe('making a ticket: what happened', () => {
  it('makes one that holds for a minute and shows neither the token nor who it is for', async () => {
    const before = world.server.clock.now().getTime()
    const { ticket, expiresAt } = await person.ask(createStreamTicket, { id })
    const after = world.server.clock.now().getTime()
    expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(before + 60_000)
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(after + 60_000)
    expect(ticket).toMatch(/^[\w.~-]+$/)
    expect(ticket).not.toContain(person.token)
    expect(Buffer.from(ticket, 'base64url').toString('latin1')).not.toContain(person.subject)
  })

  it('opens the stream for the eventsource package, which sends no header of its own', async () => {
    const source = new EventSource(
      world.server.url + pathOf(streamConversation, { id, query: query(await newTicket()) }),
    )
    const first = await new Promise<unknown>((resolve, reject) => {
      source.addEventListener('message', ({ data }) => resolve(JSON.parse(data)))
      source.addEventListener('error', reject)
    })
    source.close()
    expect(streamEvent.parse(first)).toMatchObject({ type: 'connected', conversationId: id })
  })

  it('opens the stream of the longest subject that a token may have', async () => {
    const caller = await world.newCaller({ sub: '東'.repeat(255) })
    const own = (await caller.ask(createConversation)).id
    const events = await follow(world, world.stranger, own, { query: query(await newTicket(caller, own)) })
    events.stop()
  })

  it('opens the stream for a personal access token too', async () => {
    const caller = world.callerWith((await world.server.newPerson()).token)
    const own = (await caller.ask(createConversation)).id
    const events = await follow(world, world.stranger, own, { query: query(await newTicket(caller, own)) })
    events.stop()
  })

  it('ends the stream when the JWT ends that the ticket was made with', async () => {
    const caller = await world.newCaller({ lifeSeconds: 120 })
    const own = (await caller.ask(createConversation)).id
    const events = await follow(world, world.stranger, own, { query: query(await newTicket(caller, own)) })
    world.server.clock.moveBy(181_000)
    await events.ended
  })
})

describe('a ticket opens nothing', () => {
  const refused = async (caller: Caller, ticket: string, wanted = id, headers = {}) =>
    expect(
      await caller.fail(streamConversation, { id: wanted, query: query(ticket), headers }, 401, 'UNAUTHORIZED'),
    ).toEqual({ code: 'UNAUTHORIZED', message: 'Invalid or expired token', details: {} })

  it('after a minute', async () => {
    const ticket = await newTicket()
    world.server.clock.moveBy(60_000)
    await refused(world.stranger, ticket)
  })

  it('when it was changed, cut or made up', async () => {
    const ticket = await newTicket()
    for (const bad of [changed(ticket), ticket.slice(0, -4), `${ticket}AAAA`, `${ticket}=`, ' ', '', 'ticket', '🏀']) {
      await refused(world.stranger, bad)
    }
  })

  it('when it was made by another server', async () => {
    const elsewhere = await startWorld({ env: () => ({ SECRET_KEY: 'another-secret-key-0123456789-abcdefghijkl' }) })
    try {
      const caller = await elsewhere.newCaller()
      const own = (await caller.ask(createConversation)).id
      const { ticket } = await caller.ask(createStreamTicket, { id: own })
      await refused(world.stranger, ticket, own)
    } finally {
      await elsewhere.close()
    }
  })

  it('for another conversation, not even of the same person', async () => {
    const another = (await person.ask(createConversation)).id
    const ticket = await newTicket()
    await refused(world.stranger, ticket, another)
    await refused(world.stranger, ticket, UNKNOWN_ID)
    await refused(world.stranger, ticket, 'c!')
  })

  it('when there are two of them', async () => {
    const ticket = await newTicket()
    const both = `${query(ticket)}&ticket=${ticket}`
    await world.stranger.fail(streamConversation, { id, query: both }, 401, 'UNAUTHORIZED')
  })

  it('at any other address', async () => {
    const ticket = await newTicket()
    await world.stranger.fail(readHistory, { id, query: query(ticket) }, 401, 'UNAUTHORIZED')
    await world.callerWith(ticket).fail(readHistory, { id }, 401, 'UNAUTHORIZED')
  })

  it('where a header says something else: the header wins', async () => {
    const ticket = await newTicket()
    await refused(world.callerWith('invalid-token'), ticket)
    const other = await world.newCaller()
    await other.fail(streamConversation, { id, query: query(ticket) }, 404, 'NOT_FOUND')
    const events = await follow(world, person, id, { query: query('forged') })
    events.stop()
  })

  it('when the access token behind it has been revoked', async () => {
    const local = await world.server.newPerson()
    const caller = world.callerWith(local.token)
    const own = (await caller.ask(createConversation)).id
    const ticket = await newTicket(caller, own)
    const { body } = await local.request('GET', '/api/app/access-tokens')
    const gone = await local.request('DELETE', `/api/app/access-tokens/${body.data[0].id}`, undefined, {})
    expect(gone.status).toBe(204)
    await refused(world.stranger, ticket, own)
  })
})
