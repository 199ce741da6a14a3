/** A reply belongs to the server: reload, second tab, second device and a broken line get the same text, once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWireProxy } from '#test/support/wire-proxy.ts'
import {
  conversationOf,
  converse,
  follow,
  hasEnded,
  isDelta,
  messagesOf,
  posted,
  slowly,
  startWorld,
  Transcript,
  type World,
} from './world.ts'

const CUTS = 1_000

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const answerOf = async (person: Awaited<ReturnType<World['server']['newPerson']>>, id: string) =>
  (await messagesOf(person, id)).findLast(({ role }) => role === 'assistant')!

describe('a reader that is cut off', () => {
  it(`gets the whole text without a gap or a repeat, over ${CUTS} cuts at random bytes`, async () => {
    const person = await world.server.newPerson()
    const pieces = Array.from(
      // Long enough for all cuts on a machine that is busy with more than this.
      { length: 800 },
      (_value, index) => ['wörd ', '🙂👩‍👩‍👧', '\n', '\r\n', '\u2028', `${index} `][index % 6]!,
    )
    const { id } = await converse(world, person, { steps: slowly(pieces, 5) })
    let cuts = 0
    // Less than the head of the answer, or several events more.
    const line = await openWireProxy({ port: Number(new URL(world.server.url).port), host: '127.0.0.1' }, () =>
      cuts++ < CUTS ? Math.ceil(Math.random() * 5_000) : undefined,
    )
    const read = async () => {
      const transcript = new Transcript()
      while (transcript.replies.at(-1)?.end === undefined) {
        const connection = follow(world.server, person, id, {
          port: line.port,
          lastEventId: transcript.lastEventId ?? '0.end',
          onEvent: (event) => transcript.take(event),
        })
        await Promise.race([connection.over, connection.event(hasEnded).catch(() => {})])
        connection.close()
      }
      return transcript
    }
    const transcripts = await Promise.all(Array.from({ length: Math.ceil(CUTS / 20) }, read))
    await line.close()
    expect(cuts).toBeGreaterThanOrEqual(CUTS)
    const stored = await answerOf(person, id)
    expect(stored.content).toBe(pieces.join(''))
    for (const { replies } of transcripts) {
      expect(replies).toHaveLength(1)
      expect(replies[0]!.text).toBe(stored.content)
      expect(replies[0]!.end?.message).toEqual(stored)
    }
  })

  it('goes on from every position of a running reply', async () => {
    const person = await world.server.newPerson()
    const gate = Promise.withResolvers<void>()
    const [half, rest] = ['The first half, é🙂. ', 'The second half.']
    const { id } = await converse(world, person, { steps: [half, { pause: gate.promise }, rest] })
    const first = follow(world.server, person, id, { lastEventId: '0.end' })
    await first.event(isDelta)
    const readers = Array.from({ length: half.length + 1 }, (_value, offset) => ({
      offset,
      connection: follow(world.server, person, id, { lastEventId: `1.${offset}` }),
    }))
    await Promise.all(readers.map(({ connection }) => connection.event(({ type }) => type === 'connected')))
    gate.resolve()
    for (const { offset, connection } of readers) {
      const { data } = await connection.event(hasEnded)
      const deltas = connection.events.flatMap((event) => (event.data.type === 'text-delta' ? [event.data] : []))
      expect(deltas[0]?.offset).toBe(offset)
      expect(deltas.map(({ text }) => text).join('')).toBe((half + rest).slice(offset))
      expect(data).toMatchObject({ message: { content: half + rest, status: 'complete' } })
      connection.close()
    }
    first.close()
  })

  it('goes on from every position of a reply that has ended meanwhile', async () => {
    const person = await world.server.newPerson()
    const { id } = await converse(world, person, { steps: ['All ', 'over.'] })
    const first = follow(world.server, person, id, { lastEventId: '0.end' })
    await first.event(hasEnded)
    first.close()
    for (let offset = 0; offset <= 'All over.'.length; offset++) {
      const connection = follow(world.server, person, id, { lastEventId: `1.${offset}` })
      await connection.event(hasEnded)
      const text = connection.events.flatMap(({ data }) => (data.type === 'text-delta' ? [data.text] : [])).join('')
      expect(text).toBe('All over.'.slice(offset))
      connection.close()
    }
  })

  it('is told of the replies that it has missed altogether, in order', async () => {
    const person = await world.server.newPerson()
    const { id } = await converse(world, person, { steps: ['one'] })
    const first = follow(world.server, person, id, { lastEventId: '0.end' })
    await first.event(hasEnded)
    first.close()
    const watch = follow(world.server, person, id)
    await watch.event(({ type }) => type === 'connected')
    for (const text of ['two', 'three']) {
      world.next({ steps: [text] })
      await posted(person, id)
      await watch.event((data) => data.type === 'reply-ended' && data.message?.content === text)
    }
    watch.close()
    const transcript = new Transcript()
    const back = follow(world.server, person, id, { lastEventId: '1.end', onEvent: (event) => transcript.take(event) })
    await back.event((data) => data.type === 'reply-ended' && data.message?.content === 'three')
    back.close()
    expect(transcript.replies.map(({ text, end }) => [text, end?.reply.status])).toEqual([
      ['two', 'complete'],
      ['three', 'complete'],
    ])
  })

  it('gets a reply of a megabyte in spite of it, piece by piece', async () => {
    const person = await world.server.newPerson()
    const paragraph = 'Some words of a very long answer. '.repeat(30)
    const { id } = await converse(world, person, { load: { deltas: 1_000, everyMs: 0, text: paragraph } })
    const transcript = new Transcript()
    let connections = 0
    while (transcript.replies.at(-1)?.end === undefined) {
      connections++
      expect(connections).toBeLessThan(30)
      const connection = follow(world.server, person, id, {
        lastEventId: transcript.lastEventId ?? '0.end',
        onEvent: (event) => transcript.take(event),
      })
      await Promise.race([connection.over, connection.event(hasEnded).catch(() => {})])
      connection.close()
    }
    expect(transcript.replies[0]!.text).toBe(paragraph.repeat(1_000))
    expect(transcript.replies[0]!.end?.message?.content).toBe(paragraph.repeat(1_000))
  })
})

describe('a fresh reader', () => {
  it('of a running reply gets it from its start, as often as the page is loaded', async () => {
    const person = await world.server.newPerson()
    const gate = Promise.withResolvers<void>()
    const { id, replyId, messageId } = await converse(world, person, {
      steps: ['Half ', { pause: gate.promise }, 'and half.'],
    })
    await follow(world.server, person, id, { lastEventId: '0.end' }).event(isDelta)
    const connections = []
    for (const lastEventId of [undefined, (await conversationOf(person, id)).position]) {
      const { latestReply } = await conversationOf(person, id)
      expect(latestReply).toMatchObject({ id: replyId, messageId, status: 'running', error: null })
      const transcript = new Transcript()
      const connection = follow(world.server, person, id, { lastEventId, onEvent: (event) => transcript.take(event) })
      await connection.event(isDelta)
      expect(transcript.replies).toMatchObject([{ id: replyId, text: 'Half ' }])
      connections.push({ transcript, connection })
    }
    gate.resolve()
    for (const { transcript, connection } of connections) {
      await connection.event(hasEnded)
      expect(transcript.replies[0]).toMatchObject({ text: 'Half and half.', end: { message: { id: messageId } } })
      connection.close()
    }
  })

  it('of a reply that has ended finds it among the messages, and nothing on the stream', async () => {
    const person = await world.server.newPerson()
    const { id } = await converse(world, person, { steps: ['Done.'] })
    const first = follow(world.server, person, id, { lastEventId: '0.end' })
    await first.event(hasEnded)
    first.close()
    const { position, conversation, latestReply } = await conversationOf(person, id)
    expect([position, conversation.isReplying, latestReply?.status]).toEqual(['1.end', false, 'complete'])
    const again = follow(world.server, person, id, { lastEventId: position })
    await again.event(({ type }) => type === 'connected')
    world.next({ steps: ['Next.'] })
    await posted(person, id)
    await again.event(hasEnded)
    const texts = again.events.flatMap(({ data }) => (data.type === 'text-delta' ? [data.text] : []))
    expect(texts.join('')).toBe('Next.')
    again.close()
  })

  it('whose position is made up, or of another conversation, is not told old replies again', async () => {
    const person = await world.server.newPerson()
    const { id } = await converse(world, person, { steps: ['Old.'] })
    const first = follow(world.server, person, id, { lastEventId: '0.end' })
    await first.event(hasEnded)
    first.close()
    for (const lastEventId of ['999.end', '7.120', 'nonsense', '1.end; drop', '-1.end']) {
      const connection = follow(world.server, person, id, { lastEventId })
      const connected = await connection.event(({ type }) => type === 'connected')
      expect(connected.id).toBe('1.end')
      connection.close()
    }
  })
})

describe('text from a model', () => {
  const nasty = [
    '\n\n',
    '\r\r',
    '\r\n\r\n',
    '\n\ndata: {"type":"connected","timestamp":"2026-01-01T00:00:00.000Z"}\n\n',
    '\nid: 99.end\n',
    '\revent: error\rdata: x\r\r',
    '\u2028\u2029\u0085\u000b\u000c',
    ': comment\n',
    'retry: 1\n',
    '\ufeff',
    '</script>\u0001\u001b[31m',
  ]

  it('cannot bring an event, an id or a field of its own into the stream', async () => {
    const person = await world.server.newPerson()
    const { id, replyId } = await converse(world, person, { steps: slowly(nasty, 1) })
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    const end = await connection.event(hasEnded)
    expect(transcript.replies).toMatchObject([{ id: replyId, text: nasty.join('') }])
    expect(end.data).toMatchObject({ message: { content: nasty.join('') } })
    expect(connection.events.filter(({ data }) => data.type === 'connected')).toHaveLength(1)
    // Positions only: none was made by the text.
    for (const event of connection.events) expect(event.id ?? '').toMatch(/^(\d+\.(\d+|end))?$/)
    connection.close()
  })
})

describe('several readers', () => {
  it('all get the same, whenever they came, and one that leaves takes nothing from the others', async () => {
    const person = await world.server.newPerson()
    const pieces = Array.from({ length: 60 }, (_value, index) => `${index} `)
    const { id } = await converse(world, person, { steps: slowly(pieces, 5) })
    const readers = []
    const lead = follow(world.server, person, id, { lastEventId: '0.end' })
    for (let index = 0; index < 10; index++) {
      const transcript = new Transcript()
      const connection = follow(world.server, person, id, { onEvent: (event) => transcript.take(event) })
      await connection.event(({ type }) => type === 'connected')
      if (index % 3 === 0) connection.close()
      else readers.push({ transcript, connection })
    }
    await lead.event(hasEnded)
    for (const { transcript, connection } of readers) {
      await connection.event(hasEnded)
      expect(transcript.replies.map(({ text }) => text)).toEqual([pieces.join('')])
      connection.close()
    }
    lead.close()
  })

  it('may come before there is any reply', async () => {
    const person = await world.server.newPerson()
    const { body } = await person.request('POST', '/api/v1/chat/conversations', { title: 'Empty' })
    const found = await person.request('GET', '/api/app/conversations')
    expect(body.data.messageCount).toBe(0)
    const { id } = found.body.data[0]
    const connection = follow(world.server, person, id)
    expect((await connection.event(({ type }) => type === 'connected')).id).toBe('0.end')
    world.next({ steps: ['First.'] })
    await posted(person, id)
    expect((await connection.event(hasEnded)).data).toMatchObject({ message: { content: 'First.' } })
    connection.close()
  })
})
