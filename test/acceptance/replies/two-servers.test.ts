/** Two servers on one database are one: what one writes the readers of the other see, and what one is told the other does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import {
  converse,
  follow,
  hasEnded,
  isDelta,
  messagesOf,
  MODEL,
  posted,
  slowly,
  startWorld,
  Transcript,
  withModel,
  type World,
} from './world.ts'

let world: World
let other: TestServer
let person: TestPerson
beforeAll(async () => {
  world = await startWorld()
  other = await startTestServer({ database: world.server.database, env: withModel(world.provider) })
  person = await world.server.newPerson()
})
afterAll(async () => {
  await other.close()
  await world.close()
})

/** The same person, asking the other server. */
const there = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(other.url + path, {
    method,
    headers: {
      authorization: `Bearer ${person.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Breaks the connections on which the servers hear of each other. */
const breakNotices = async (): Promise<number> => {
  const { rows } = await world.server.database.owner.query<{ broken: boolean }>(
    `select pg_terminate_backend(pid) as broken from pg_stat_activity where datname = current_database() and application_name = 'parlance notices'`,
  )
  return rows.filter(({ broken }) => broken).length
}

describe('a reader of another server', () => {
  it('sees a reply grow, each word within a second', async () => {
    const pieces = Array.from({ length: 40 }, (_value, index) => `${index} `)
    const gates = pieces.map(() => Promise.withResolvers<void>())
    const steps = pieces.flatMap((piece, index) => [piece, { pause: gates[index]!.promise }])
    const { id } = await converse(world, person, { steps })
    const transcript = new Transcript()
    const connection = follow(other, person, id, { lastEventId: '0.end', onEvent: (event) => transcript.take(event) })
    const delays: number[] = []
    for (const index of pieces.keys()) {
      const whole = pieces.slice(0, index + 1).join('')
      const from = performance.now()
      await connection.event(() => transcript.replies[0]?.text === whole)
      delays.push(performance.now() - from)
      gates[index]!.resolve()
    }
    const end = await connection.event(hasEnded)
    connection.close()
    expect(end.data).toMatchObject({ message: { content: pieces.join('') } })
    expect(Math.max(...delays)).toBeLessThan(1_000)
  })

  it('gets every reply in full, whichever server is asked and whichever they read', async () => {
    const { id } = await converse(world, person, { steps: slowly(['1', '-', '1', ' '], 5) })
    const transcripts = [world.server, other, world.server, other].map((server) => {
      const transcript = new Transcript()
      const connection = follow(server, person, id, {
        lastEventId: '0.end',
        onEvent: (event) => transcript.take(event),
      })
      return { transcript, connection }
    })
    const expected = ['1-1 ']
    for (let turn = 2; turn <= 12; turn++) {
      world.next({ steps: slowly([`${turn}`, '-', `${turn}`, ' '], 5) })
      expected.push(`${turn}-${turn} `)
      if (turn % 2 === 0)
        expect(
          (await there('POST', `/api/app/conversations/${id}/messages`, { content: 'On', model: MODEL })).status,
        ).toBe(201)
      else await posted(person, id)
      // Sometimes one after the other, sometimes behind one another, changing servers in either case.
      if (turn % 3 === 0) {
        const watched = transcripts[turn % 4]!
        await watched.connection.event(
          () => watched.transcript.replies.filter(({ end }) => end !== undefined).length >= turn - 1,
        )
      }
    }
    for (const { transcript, connection } of transcripts) {
      await connection.event(() => transcript.replies.filter(({ end }) => end !== undefined).length === 12)
      connection.close()
      expect(transcript.replies.map(({ text }) => text)).toEqual(expected)
      expect(transcript.replies.every(({ text, end }) => end?.message?.content === text)).toBe(true)
    }
    const answers = (await messagesOf(person, id)).filter(({ role }) => role === 'assistant')
    expect(answers.map(({ content }) => content)).toEqual(expected)
  })

  it('may move between them in the middle of a reply', async () => {
    const pieces = Array.from({ length: 120 }, (_value, index) => `${index} `)
    const { id } = await converse(world, person, { steps: slowly(pieces, 5) })
    const transcript = new Transcript()
    for (let turn = 0; transcript.replies[0]?.end === undefined; turn++) {
      const connection = follow(turn % 2 === 0 ? other : world.server, person, id, {
        lastEventId: transcript.lastEventId ?? '0.end',
        onEvent: (event) => transcript.take(event),
      })
      const at = transcript.replies[0]?.text.length ?? 0
      await connection.event((data) => hasEnded(data) || (transcript.replies[0]?.text.length ?? 0) > at + 20)
      connection.close()
    }
    expect(transcript.replies[0].text).toBe(pieces.join(''))
  })

  it('is told when the connection for notices broke in between', async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await converse(world, person, { steps: ['Before. ', { pause: gate.promise }, 'After.'] })
    const transcript = new Transcript()
    const connection = follow(other, person, id, { lastEventId: '0.end', onEvent: (event) => transcript.take(event) })
    await connection.event(isDelta)
    expect(await breakNotices()).toBe(2)
    gate.resolve()
    await connection.event(hasEnded)
    connection.close()
    expect(transcript.replies).toMatchObject([
      { text: 'Before. After.', end: { message: { content: 'Before. After.' } } },
    ])
  })

  it('is let go when the conversation was deleted while the connection for notices was broken', async () => {
    const { id } = await converse(world, person, { steps: ['Half'], ending: 'hang' })
    const connection = follow(other, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    await breakNotices()
    expect((await person.request('DELETE', `/api/conversations/${id}`)).status).toBe(204)
    expect(await connection.over).toBe(true)
  })
})

describe('the other server', () => {
  it('stops a reply that this one writes', async () => {
    const { id } = await converse(world, person, { steps: ['Half'], ending: 'hang' })
    const connection = follow(other, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    const request = world.provider.requests.at(-1)!
    expect((await there('DELETE', `/api/app/conversations/${id}/replies/current`)).status).toBe(204)
    const { data } = await connection.event(hasEnded)
    connection.close()
    expect(data).toMatchObject({ reply: { status: 'stopped' }, message: { content: 'Half', status: 'stopped' } })
    expect(await request.abandoned).toBe(true)
  })

  it('queues what is posted there while this one writes, and this one answers it', async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await converse(world, person, { steps: ['One', { pause: gate.promise }] })
    const connection = follow(other, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    world.next({ steps: ['Two'] })
    const queued = await there('POST', `/api/app/conversations/${id}/messages`, { content: 'And?', model: MODEL })
    expect([queued.status, queued.body.reply.status]).toEqual([201, 'queued'])
    gate.resolve()
    await connection.event((data) => data.type === 'reply-ended' && data.message?.content === 'Two')
    connection.close()
  })

  it('ends reply and streams of a conversation that is deleted there', async () => {
    const { id } = await converse(world, person, { steps: ['Half'], ending: 'hang' })
    const connection = follow(world.server, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    const request = world.provider.requests.at(-1)!
    expect((await there('DELETE', `/api/conversations/${id}`)).status).toBe(204)
    expect(await connection.over).toBe(true)
    expect(await request.abandoned).toBe(true)
  })

  it('goes on when this one shuts down in the middle: its reply is interrupted, and what waits is answered there', async () => {
    const brief = await startTestServer({ database: world.server.database, env: withModel(world.provider) })
    const guest = { token: person.token }
    world.next({ steps: ['Half'], ending: 'hang' })
    const asked = await fetch(`${brief.url}/api/app/conversations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'Question', model: MODEL }),
    })
    const id = ((await asked.json()) as { conversation: { id: string } }).conversation.id
    const connection = follow(other, guest, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    world.next({ steps: ['Answer'] })
    await posted(person, id, 'And?')
    await brief.close()
    const { data } = await connection.event(hasEnded)
    expect(data).toMatchObject({
      reply: { status: 'interrupted', error: { code: 'reply.interrupted', retryable: true } },
      message: { content: 'Half', status: 'interrupted' },
    })
    // Whoever looks for stalled conversations first starts it, within a beat.
    await connection.event((event) => event.type === 'reply-ended' && event.message?.content === 'Answer')
    connection.close()
    expect(brief.problems).toEqual([])
  })
})
