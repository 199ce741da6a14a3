/** A reader that does not read costs little, is cut off, and holds up nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, newDataDir, removeDataDir, type ServerProcess, signUp, startServerProcess } from '#test/crash/server-process.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { follow, hasEnded, isDelta, MODEL, type StreamEvent } from './world.ts'

/** What the server has for everything, in MB. At 256 KB each the deaf take a sixth of it; without a limit, three times as much. */
const HEAP = 128
const DEAF = 80

let provider: ScriptedProvider
let dataDir: string
let server: ServerProcess
let person: Client
beforeAll(async () => {
  provider = await startScriptedProvider()
  dataDir = await newDataDir()
  const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted', NODE_OPTIONS: `--max-old-space-size=${HEAP}` }
  server = await startServerProcess({ dataDir, env })
  person = await signUp(server.url)
})
afterAll(async () => {
  await server.killAll()
  removeDataDir(dataDir)
  await provider.close()
})

describe('readers that do not read', () => {
  it('are cut off while the others go on, and leave the server most of its memory', async () => {
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
    const reader = follow(server, person, id, { onEvent: (event) => void events.push(event) })
    await reader.event(({ type }) => type === 'connected')
    for (let round = 1; round <= 5; round++) await roundOf(round)
    reader.close()

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
    expect((await person.request('GET', '/health')).status).toBe(200)
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
