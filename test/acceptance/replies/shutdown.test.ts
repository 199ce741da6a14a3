/** A server that is told to end does so in order and in time, and keeps what is being written. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as conversations from '#contract/conversations/index.ts'
import { type ProcessWorld, startProcessWorld } from '#test/crash/process-world.ts'
import { createTestDatabase } from '#test/support/database.ts'
import { startTestServer, TEST_SECRET_KEY } from '#test/support/server.ts'
import { openWireProxy, socketOf, urlThrough } from '#test/support/wire-proxy.ts'
import { follow, hasEnded, isDelta, MODEL } from './world.ts'

/** What an operator may count on (`TimeoutStopSec`, `stop_grace_period`). */
const LIMIT_MS = 15_000

let world: ProcessWorld

const asked = async (content: string) => (await world.ask(content)).conversation.id

describe('SIGTERM', () => {
  beforeEach(async () => {
    world = await startProcessWorld()
  })
  afterEach(() => world.close())

  it('lets replies finish that can, interrupts the others with their text, closes streams, and ends with 0', async () => {
    const gate = Promise.withResolvers<void>()
    world.provider.script({ steps: ['In ', { pause: gate.promise }, 'time.'] })
    const quick = await asked('Quick')
    const first = follow(world.server, world.person, quick, { lastEventId: '0.end' })
    await first.event(isDelta)
    world.provider.script({ steps: ['Too '], ending: 'hang' })
    const slow = await asked('Slow')
    const second = follow(world.server, world.person, slow, { lastEventId: '0.end' })
    await second.event(isDelta)
    // Nobody waits for this answer to be stored: it is broken off with an error that says so.
    world.provider.script({ firstByteAfter: 'never' })
    const arrived = world.provider.arrived()
    const atOnce = world.person.request('POST', '/api/conversations', { content: 'At once', model: 'scripted' })
    await arrived
    // A reader that takes nothing must not hold the server up.
    const deaf = follow(world.server, world.person, slow, { isDeaf: true })

    const begun = performance.now()
    const exited = world.server.terminate()
    const health = await untilStopping()
    expect(health).toMatchObject({ status: 503, body: { status: 'stopping' } })
    const refused = await world.person.request('POST', '/api/app/conversations', { content: 'Late', model: MODEL })
    expect([refused.status, refused.body.code, refused.body.retryable]).toEqual([503, 'server.unavailable', true])
    gate.resolve()
    expect((await first.event(hasEnded)).data).toMatchObject({ message: { content: 'In time.', status: 'complete' } })
    expect((await second.event(hasEnded)).data).toMatchObject({
      reply: { status: 'interrupted', error: { code: 'reply.interrupted', retryable: true } },
      message: { content: 'Too ', status: 'interrupted' },
    })
    const brokenOff = await atOnce
    expect(brokenOff.status).toBe(503)
    conversations.failure.parse(brokenOff.body)
    expect(await Promise.all([first.over, second.over])).toEqual([true, true])
    expect(await exited).toBe(0)
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS)
    deaf.close()

    await world.restart()
    const contents = async (id: string) => (await world.messagesOf(id)).map(({ content, status }) => [content, status])
    expect(await contents(quick)).toEqual([
      ['Quick', 'complete'],
      ['In time.', 'complete'],
    ])
    expect(await contents(slow)).toEqual([
      ['Slow', 'complete'],
      ['Too ', 'interrupted'],
    ])
    const { body } = await world.person.request('GET', '/api/conversations')
    expect(body.pagination.total).toBe(2)
  })

  it('ends an idle server at once, readers, idle connections and half requests or not', async () => {
    world.provider.script({ steps: ['Done.'] })
    const id = await asked('Question')
    const reader = follow(world.server, world.person, id, { lastEventId: '0.end' })
    await reader.event(hasEnded)
    const half = connect(Number(new URL(world.server.url).port), '127.0.0.1')
    half.on('error', () => {})
    half.write('POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Le')
    await new Promise((resolve) => half.once('connect', resolve))
    const begun = performance.now()
    expect(await world.server.terminate()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(await reader.over).toBe(true)
    half.destroy()
    await world.restart()
  })
})

describe('a server that cannot end everything', () => {
  it('still ends its streams in order and itself in time, and says so with 1, when its database is gone', async () => {
    const database = await createTestDatabase()
    onTestFinished(() => database.drop())
    const line = await openWireProxy(socketOf(database))
    onTestFinished(() => line.close())
    const lost = await startProcessWorld({ DATABASE_URL: urlThrough(line, database), SECRET_KEY: TEST_SECRET_KEY })
    onTestFinished(() => lost.close())
    lost.provider.script({ steps: ['Done.'] })
    const reader = follow(lost.server, lost.person, (await lost.ask()).conversation.id, { lastEventId: '0.end' })
    await reader.event(hasEnded)
    line.off()
    const begun = performance.now()
    expect(await lost.server.terminate()).toBe(1)
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS)
    expect(await reader.over).toBe(true)
    expect(lost.server.log()).toContain('stopping failed')
  })

  it('goes on with the rest, down to the last connection of the database', async () => {
    const database = await createTestDatabase()
    onTestFinished(() => database.drop())
    const server = await startTestServer({ database })
    await server.newPerson()
    const connections = async () => {
      const { rows } = await database.owner.query(
        `select application_name from pg_stat_activity
         where datname = current_database() and application_name like 'parlance%' order by 1`,
      )
      return [...new Set(rows.map((row) => row.application_name))]
    }
    expect(await connections()).toEqual(['parlance', 'parlance notices', 'parlance system'])
    // It can't sign off.
    await database.owner.query('alter table servers rename to elsewhere')
    await expect(server.close()).rejects.toThrow(AggregateError)
    while ((await connections()).length > 0);
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  })
})

/** The first answer of `/health` that is not 200. */
const untilStopping = async () => {
  for (;;) {
    const health = await world.person.request('GET', '/health')
    if (health.status !== 200) return health
  }
}
