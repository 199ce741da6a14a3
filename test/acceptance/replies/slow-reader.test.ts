/** A reader that does not read costs little, is cut off, and holds up nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, newDataDir, removeDataDir, type ServerProcess, signUp, startServerProcess } from '#test/crash/server-process.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { follow, hasEnded, isDelta, MODEL, type StreamEvent } from './world.ts'

const MB = 1024 * 1024
/** How many readers are deaf: without a limit they would cost ten times of what is allowed here. */
const DEAF = 40
/** What one may cost in the server: 256 KB, and as much again for what surrounds it. */
const MOST = 512 * 1024

let provider: ScriptedProvider
let dataDir: string
let server: ServerProcess
let person: Client
beforeAll(async () => {
  provider = await startScriptedProvider()
  dataDir = await newDataDir()
  server = await startServerProcess({ dataDir, env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted' } })
  person = await signUp(server.url)
})
afterAll(async () => {
  await server.killAll()
  removeDataDir(dataDir)
  await provider.close()
})

describe('readers that do not read', () => {
  it('are cut off while the others go on, and the memory of the server stays flat', async () => {
    const text = 'Words of several languages: слова, 言葉, λόγια. '.repeat(40)
    const deltas = 500
    provider.script((request) =>
      request.body.max_tokens === undefined ? { load: { deltas, everyMs: 2, text } } : { steps: ['Title'] },
    )
    provider.script({ steps: ['Begin.'] })
    const { body } = await person.request('POST', '/api/app/conversations', { content: 'Question', model: MODEL })
    const { id } = body.conversation
    const opening = follow(server, person, id, { lastEventId: '0.end' })
    await opening.event(hasEnded)
    opening.close()

    const deaf = Array.from({ length: DEAF }, () => follow(server, person, id, { isDeaf: true }))
    const events: StreamEvent[] = []
    let most = 0
    const reader = follow(server, person, id, {
      onEvent: (event) => {
        events.push(event)
        most = Math.max(most, server.memory())
      },
    })
    await reader.event(({ type }) => type === 'connected')
    // Warms the server up, so that only the deaf can make the difference afterwards.
    await roundOf(1)
    const before = server.memory()
    most = 0
    for (let round = 2; round <= 6; round++) await roundOf(round)
    reader.close()
    expect((most - before) / DEAF).toBeLessThan(MOST)
    expect(most - before).toBeLessThan(100 * MB)

    async function roundOf(round: number): Promise<void> {
      const posted = await person.request('POST', `/api/app/conversations/${id}/messages`, { content: 'More', model: MODEL })
      expect(posted.status).toBe(201)
      const { data } = await reader.event((event) => event.type === 'reply-ended' && event.reply.id === posted.body.reply.id)
      expect(data).toMatchObject({ message: { content: text.repeat(deltas), status: 'complete' } })
      expect(events.filter((event) => hasEnded(event.data))).toHaveLength(round)
    }

    // Whoever begins to read now finds some of the beginning, and that the server has hung up long ago.
    for (const connection of deaf) {
      let length = 0
      connection.socket.on('data', (bytes: Buffer) => (length += bytes.length))
      connection.socket.resume()
      await connection.over
      expect(length).toBeLessThan(5 * deltas * Buffer.byteLength(text))
    }
  })

  it('may come back and lack nothing', async () => {
    const { body } = await person.request('GET', '/api/app/conversations?limit=1')
    const { id } = body.data[0]
    const back = follow(server, person, id, { lastEventId: '6.0' })
    await back.event(isDelta)
    await Promise.race([back.over, back.event((event) => event.type === 'reply-ended').catch(() => {})])
    expect(back.events.filter(({ data }) => data.type === 'text-delta').length).toBeGreaterThan(0)
    back.close()
  })
})
