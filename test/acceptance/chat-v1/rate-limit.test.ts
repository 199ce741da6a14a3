/** How many requests a person may send in a minute of the clock (contracts, 2.4), and what whoever sends more is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createConversation,
  health,
  listConversations,
  postMessage,
  readHistory,
  ready,
  streamConversation,
} from '#contract/chat-v1/index.ts'
import type { Answer } from '#test/support/server.ts'
import { follow } from './streams.ts'
import { type Caller, startWorld, stoppedClock, type World } from './world.ts'

const LIMIT = 5
const clock = stoppedClock('2026-03-04T05:06:00.000Z')

let world: World
let person: Caller
beforeAll(async () => {
  world = await startWorld({ clock, env: () => ({ CHAT_V1_RATE_LIMIT: String(LIMIT) }) })
})
// Each test begins with a minute, and with somebody new.
beforeEach(async () => {
  clock.moveBy(60_000 - (clock.now().getTime() % 60_000))
  person = await world.newCaller()
})
afterAll(() => world.closeInPeace())

const told = ({ headers }: Answer) =>
  ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`)).join(' ')
const useUp = async (caller: Caller) => {
  for (let count = 0; count < LIMIT; count++) await caller.ask(listConversations)
}

describe('the limit', () => {
  it('says with every answer what is left and how many seconds the minute has', async () => {
    clock.moveBy(20_500)
    const answers: string[] = []
    for (let count = 0; count < LIMIT; count++) answers.push(told(await person.send(listConversations)))
    expect(answers).toEqual(['5 4 40', '5 3 40', '5 2 40', '5 1 40', '5 0 40'])
  })

  it('refuses what is more, in the envelope, and says when to come again', async () => {
    await useUp(person)
    clock.moveBy(17_001)
    const answer = await person.send(createConversation, { body: { title: 'Too many' } })
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('43')
    expect(told(answer)).toBe('5 0 43')
    expect(answer.body).toEqual({
      success: false,
      error: {
        code: 'RATE_LIMIT_EXCEEDED',
        message: 'Too many requests. Please wait a moment and try again.',
        details: {},
      },
      timestamp: clock.now().toISOString(),
      statusCode: 429,
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('ends with the minute, and what was refused was not carried out', async () => {
    await useUp(person)
    clock.moveBy(59_999)
    await person.fail(createConversation, { body: {} }, 429, 'RATE_LIMIT_EXCEEDED')
    clock.moveBy(1)
    expect(await person.ask(listConversations)).toEqual([])
  })

  it('is of a person: all their tokens share it, and nobody else has less of it', async () => {
    await useUp(person)
    const again = world.callerWith(await world.newToken({ sub: person.subject }))
    await again.fail(listConversations, {}, 429, 'RATE_LIMIT_EXCEEDED')
    await useUp(await world.newCaller())
  })

  it('counts what fails too, and refuses before the body is looked at', async () => {
    for (let count = 0; count < LIMIT; count++) {
      const answer = await person.send(readHistory, { id: 'nonsense' })
      expect(answer.status).toBe(400)
      expect(told(answer)).toBe(`5 ${LIMIT - 1 - count} 60`)
    }
    await person.fail(postMessage, { id: 'nonsense', body: '{' }, 429, 'RATE_LIMIT_EXCEEDED')
  })

  it('holds for what comes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 3 * LIMIT }, () => person.send(listConversations)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2 * LIMIT)
  })
})

describe('what is not counted', () => {
  it('is what nobody is known for: health, and credentials that are no good', async () => {
    const answers: Answer[] = []
    for (let count = 0; count <= LIMIT; count++) {
      answers.push(await world.stranger.send(health), await world.stranger.send(ready))
      answers.push(await world.callerWith('invalid').send(listConversations))
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
    expect(new Set(answers.map(told))).toEqual(new Set(['  ']))
  })

  it('is what a stream carries: opening it is one request, however many events come', async () => {
    const { id } = await person.ask(createConversation)
    const events = await follow(world, person, id)
    await person.ask(postMessage, { id, body: { content: 'Hello' } })
    await events.next(({ type }) => type === 'llm_complete')
    expect(told(await person.send(listConversations))).toBe('5 1 60')
    await person.ask(listConversations)
    await person.fail(streamConversation, { id }, 429, 'RATE_LIMIT_EXCEEDED')
    events.stop()
  })

  it('is what goes to other surfaces', async () => {
    const local = await world.server.newPerson()
    await useUp(world.callerWith(local.token))
    const answer = await local.request('GET', '/api/conversations')
    expect(answer.status).toBe(200)
    expect(told(answer)).toBe('  ')
  })
})

describe('a limit of 0', () => {
  it('is no limit, and nothing is said of one', async () => {
    const unlimited = await startWorld({ env: () => ({ CHAT_V1_RATE_LIMIT: '0' }) })
    const caller = await unlimited.newCaller()
    const answers = await Promise.all(Array.from({ length: 120 }, () => caller.send(listConversations)))
    await unlimited.closeInPeace()
    expect(new Set(answers.map((answer) => `${answer.status} ${told(answer)}`))).toEqual(new Set(['200   ']))
  })
})
