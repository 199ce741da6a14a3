/** A database that goes away for a while costs nobody a word. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import type { TestPerson } from '#test/support/server.ts'
import { openWireProxy, socketOf, urlThrough, type WireProxy } from '#test/support/wire-proxy.ts'
import {
  conversationOf,
  converse,
  follow,
  hasEnded,
  isDelta,
  messagesOf,
  slowly,
  startWorld,
  Transcript,
  untilLogged,
  type World,
} from './world.ts'

let database: TestDatabase
let line: WireProxy
let world: World
let person: TestPerson
beforeAll(async () => {
  database = await createTestDatabase()
  line = await openWireProxy(socketOf(database))
  world = await startWorld({ database, env: { DATABASE_URL: urlThrough(line, database) } })
  person = await world.server.newPerson()
})
afterAll(async () => {
  await world.close()
  await line.close()
  await database.drop()
})

describe('a database that is away', () => {
  it('in the middle of a reply, and longer than that lasts, delays its end and loses nothing of it', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const { id } = await converse(world, person, {
      steps: ['Before. ', { pause: gates[0].promise }, 'Meanwhile. ', { pause: gates[1].promise }, 'At last.'],
      usage: { prompt_tokens: 3, completion_tokens: 5 },
    })
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    await connection.event(isDelta)
    line.off()
    const from = world.server.problems.length
    gates[0].resolve()
    // Readers of this server go on.
    await connection.event(() => transcript.replies[0]?.text === 'Before. Meanwhile. ')
    await untilLogged(world, 'reply.journal', from)
    gates[1].resolve()
    await untilLogged(world, 'reply.write', from)
    expect(transcript.replies[0]?.end).toBeUndefined()
    line.on()
    const { data } = await connection.event(hasEnded)
    connection.close()
    expect(data).toMatchObject({
      reply: { status: 'complete', error: null },
      message: { content: 'Before. Meanwhile. At last.', status: 'complete', promptTokens: 3, completionTokens: 5 },
    })
    expect((await messagesOf(person, id)).map(({ content }) => content)).toEqual([
      'Question',
      'Before. Meanwhile. At last.',
    ])
    expect((await conversationOf(person, id)).conversation).toMatchObject({ messageCount: 2, isReplying: false })
  })

  it('for a moment, again and again, leaves no hole in the journal', async () => {
    const pieces = Array.from({ length: 100 }, (_value, index) => `${index} `)
    const { id } = await converse(world, person, { steps: slowly(pieces, 15), ending: 'hang' })
    const transcript = new Transcript()
    let deltas = 0
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => {
        transcript.take(event)
        // Broken while pieces are on their way, so that nobody knows whether they have arrived.
        if (event.data.type !== 'text-delta' || ++deltas % 10 !== 0) return
        line.off()
        line.on()
      },
    })
    await connection.event(() => transcript.replies[0]?.text === pieces.join(''))
    connection.close()
    const journal = async () => {
      const { rows } = await database.owner.query<{ text_offset: number; content: string }>(
        'select text_offset, content from reply_pieces join replies using (reply_id) where conversation_id = $1 order by 1',
        [id],
      )
      return rows
    }
    let rows = await journal()
    while (rows.reduce((length, { content }) => length + content.length, 0) < pieces.join('').length)
      rows = await journal()
    let text = ''
    for (const { text_offset, content } of rows) {
      expect(text_offset).toBe(text.length)
      text += content
    }
    expect(text).toBe(pieces.join(''))
    await person.request('DELETE', `/api/app/conversations/${id}/replies/current`)
  })
})
