/** A reader that does not read costs little, is cut off, and holds up nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Client,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from '#test/crash/server-process.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { follow, hasEnded, MODEL, Transcript } from './world.ts'

/** What the server has for everything, in MB. At 256 KB each the deaf take a sixth of it; without a limit, three times as much. */
const HEAP = 128
const DEAF = 80
const ROUNDS = 30

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

/** What the model answers from the second question on. */
const TEXT = 'Words of several languages: слова, 言葉, λόγια. '.repeat(80)
const DELTAS = 50
const ANSWER = TEXT.repeat(DELTAS)

/** A conversation with one short reply; all later ones are long. */
const begin = async (): Promise<string> => {
  provider.script(({ body }) =>
    body.max_tokens === undefined ? { load: { deltas: DELTAS, everyMs: 1, text: TEXT } } : { steps: ['Title'] },
  )
  provider.script({ steps: ['Begin.'] })
  const { body } = await person.request('POST', '/api/app/conversations', { content: 'Question', model: MODEL })
  const opening = follow(server, person, body.conversation.id, { lastEventId: '0.end' })
  await opening.event(hasEnded)
  opening.close()
  return body.conversation.id
}

describe('readers that do not read', () => {
  it('are cut off while the others go on, leave the server most of its memory, and may come back', async () => {
    const id = await begin()
    const deaf = Array.from({ length: DEAF }, () => follow(server, person, id, { isDeaf: true }))
    const transcript = new Transcript()
    const reader = follow(server, person, id, { onEvent: (event) => transcript.take(event) })
    await reader.event(({ type }) => type === 'connected')
    for (let round = 1; round <= ROUNDS; round++) {
      const posted = await person.request('POST', `/api/app/conversations/${id}/messages`, {
        content: 'More',
        model: MODEL,
      })
      expect(posted.status).toBe(201)
      await reader.event((event) => event.type === 'reply-ended' && event.reply.id === posted.body.reply.id)
    }
    reader.close()
    const whole = Array.from({ length: ROUNDS }, () => ANSWER)
    expect(transcript.replies.map(({ text }) => text)).toEqual(whole)
    expect(transcript.replies.map(({ end }) => end?.message?.content)).toEqual(whole)

    // Whoever begins to read now finds some of the beginning, and that the server has hung up long ago.
    for (const connection of deaf) {
      let got = ''
      connection.socket.setEncoding('latin1').on('data', (more: string) => (got += more))
      connection.socket.resume()
      await connection.over
      expect(got).toContain('text/event-stream')
      expect(got).not.toContain(`id: ${transcript.lastEventId}\n`)
    }

    const back = new Transcript()
    while (back.lastEventId !== transcript.lastEventId) {
      const connection = follow(server, person, id, {
        lastEventId: back.lastEventId ?? `${ROUNDS - 4}.end`,
        onEvent: (event) => back.take(event),
      })
      await Promise.race([
        connection.over,
        connection.event(() => back.lastEventId === transcript.lastEventId).catch(() => {}),
      ])
      connection.close()
    }
    expect(back.replies.map(({ text }) => text)).toEqual(whole.slice(0, 5))
  })
})
