/** A server that is told to end does so in order and in time, and keeps what is being written. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as conversations from '#contract/conversations/index.ts'
import {
  type Client,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from '#test/crash/server-process.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { follow, hasEnded, isDelta, MODEL } from './world.ts'

/** What an operator may count on (`TimeoutStopSec`, `stop_grace_period`). */
const LIMIT_MS = 15_000

let provider: ScriptedProvider
let dataDir: string
let server: ServerProcess
let person: Client
const start = () => startServerProcess({ dataDir, env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted' } })
beforeEach(async () => {
  provider = await startScriptedProvider()
  dataDir = await newDataDir()
  server = await start()
  person = await signUp(server.url)
})
afterEach(async () => {
  await server.killAll()
  removeDataDir(dataDir)
  await provider.close()
})

const asked = async (content: string) => {
  const { status, body } = await person.request('POST', '/api/app/conversations', { content, model: MODEL })
  expect(status).toBe(201)
  return body.conversation.id as string
}

const messagesOf = async (id: string) =>
  (await person.request('GET', `/api/app/conversations/${id}/messages`)).body.data.toReversed()

describe('SIGTERM', () => {
  it('lets replies finish that can, interrupts the others with their text, closes streams, and ends with 0', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['In ', { pause: gate.promise }, 'time.'] })
    const quick = await asked('Quick')
    const first = follow(server, person, quick, { lastEventId: '0.end' })
    await first.event(isDelta)
    provider.script({ steps: ['Too '], ending: 'hang' })
    const slow = await asked('Slow')
    const second = follow(server, person, slow, { lastEventId: '0.end' })
    await second.event(isDelta)
    // Nobody waits for this answer to be stored: it is broken off with an error that says so.
    provider.script({ firstByteAfter: 'never' })
    const arrived = provider.arrived()
    const atOnce = person.request('POST', '/api/conversations', { content: 'At once', model: 'scripted' })
    await arrived
    // A reader that takes nothing must not hold the server up.
    const deaf = follow(server, person, slow, { isDeaf: true })

    const begun = performance.now()
    const exited = server.terminate()
    const health = await untilStopping()
    expect(health).toMatchObject({ status: 503, body: { status: 'stopping' } })
    const refused = await person.request('POST', '/api/app/conversations', { content: 'Late', model: MODEL })
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

    server = await start()
    person = person.at(server.url)
    const contents = async (id: string) =>
      (await messagesOf(id)).map((message: any) => [message.content, message.status])
    expect(await contents(quick)).toEqual([
      ['Quick', 'complete'],
      ['In time.', 'complete'],
    ])
    expect(await contents(slow)).toEqual([
      ['Slow', 'complete'],
      ['Too ', 'interrupted'],
    ])
    const { body } = await person.request('GET', '/api/conversations')
    expect(body.pagination.total).toBe(2)
  })

  it('ends an idle server at once, readers, idle connections and half requests or not', async () => {
    provider.script({ steps: ['Done.'] })
    const id = await asked('Question')
    const reader = follow(server, person, id, { lastEventId: '0.end' })
    await reader.event(hasEnded)
    const half = connect(Number(new URL(server.url).port), '127.0.0.1')
    half.on('error', () => {})
    half.write('POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Le')
    await new Promise((resolve) => half.once('connect', resolve))
    const begun = performance.now()
    expect(await server.terminate()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(await reader.over).toBe(true)
    half.destroy()
    server = await start()
  })
})

/** The first answer of `/health` that is not 200. */
const untilStopping = async () => {
  for (;;) {
    const health = await person.request('GET', '/health')
    if (health.status !== 200) return health
  }
}
