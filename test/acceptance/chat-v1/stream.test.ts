import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createConversation,
  postMessage,
  readHistory,
  streamConversation,
  streamEvent,
} from '#contract/chat-v1/index.ts'
import { refusal, type Script } from '#test/support/scripted-provider/scripted-provider.ts'
import { send } from '#test/support/server.ts'
import { follow, newGate, textOf, toldOf } from './streams.ts'
import { type Caller, expectStrangersRefused, pathOf, startWorld, UNKNOWN_ID, type World } from './world.ts'

let world: World
/** Has a key: what the provider is told to say is their reply. */
let person: Caller
beforeAll(async () => {
  world = await startWorld({ heartbeatMs: 50 })
  person = await world.newCallerWithKey()
})
beforeEach(() => world.provider.reset())
// What the provider does wrong is told to its reader and not to the operator.
afterAll(() => world.closeInPeace())

/** A conversation in which a model is asked; it answers by the script. */
const asked = async (script: Script, content = 'Who wins?'): Promise<string> => {
  world.provider.script(script)
  return (await person.ask(createConversation, { body: { initialMessage: content } })).id
}
const isComplete = ({ type }: { type: string }) => type === 'llm_complete'
const isChunk = ({ type }: { type: string }) => type === 'llm_chunk'
const isHeartbeat = ({ type }: { type: string }) => type === 'heartbeat'

describe('following a conversation: who are you', () => {
  it('refuses whoever has no good credential, in the envelope and not as a stream', async () => {
    await expectStrangersRefused(world, streamConversation, {
      id: UNKNOWN_ID,
      headers: { accept: 'text/event-stream' },
    })
  })

  it('lets the session cookie of the web app in', async () => {
    const local = await world.server.newPerson()
    const { id } = await world.callerWith(local.token).ask(createConversation)
    const events = await follow(world, world.stranger, id, { headers: { cookie: local.cookie } })
    events.stop()
  })
})

describe('following a conversation: is it well formed', () => {
  it.each([
    ['an id that is none', 'c123', '', 'id must be a valid conversation id'],
    ['an unknown parameter', UNKNOWN_ID, '?since=1', 'property since should not exist'],
    ['a JWT in the query', UNKNOWN_ID, '?token=e30.e30.e30', 'property token should not exist'],
  ])('refuses %s', async (_what, id, query, message) => {
    const error = await person.fail(streamConversation, { id, query }, 400, 'VALIDATION_ERROR')
    expect(error.message).toBe(message)
  })

  it('has no head to ask for', async () => {
    const { id } = await person.ask(createConversation)
    const answer = await send(world.server.url, 'HEAD', pathOf(streamConversation, { id }), undefined, {
      authorization: `Bearer ${person.token}`,
    })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET')
  })
})

describe('following a conversation: may you', () => {
  it('tells a foreign conversation from a missing one by nothing, without a byte of its events', async () => {
    const gate = newGate()
    const id = await asked({ steps: ['secret', { pause: gate.passed }] })
    const own = await follow(world, person, id)
    await own.next(isChunk)
    const other = await world.newCaller()
    const headers = { accept: 'text/event-stream' }
    for (const wanted of [id, UNKNOWN_ID, `c${'z'.repeat(25)}`]) {
      expect(await other.fail(streamConversation, { id: wanted, headers }, 404, 'NOT_FOUND')).toEqual({
        code: 'NOT_FOUND',
        message: 'Conversation not found',
        details: {},
      })
    }
    gate.open()
    await own.next(isComplete)
    own.stop()
  })
})

describe('following a conversation: what happened', () => {
  it('is a stream that no proxy keeps back', async () => {
    const { id } = await person.ask(createConversation)
    const controller = new AbortController()
    const response = await fetch(world.server.url + pathOf(streamConversation, { id }), {
      headers: { authorization: `Bearer ${person.token}` },
      signal: controller.signal,
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('x-request-id')).toMatch(/./)
    controller.abort()
  })

  it('greets with the conversation, and beats while nothing happens', async () => {
    const { id } = await person.ask(createConversation)
    const events = await follow(world, person, id)
    expect(events.seen[0]!.data).toEqual({ type: 'connected', conversationId: id, timestamp: expect.any(String) })
    const { data } = await events.next(isHeartbeat)
    expect(data).toEqual({ type: 'heartbeat', timestamp: expect.any(String) })
    events.stop()
  })

  it('takes the UUID for the same conversation', async () => {
    const { id } = await person.ask(createConversation)
    const { rows } = await world.server.database.owner.query<{ conversation_id: string }>(
      'select conversation_id from conversations order by created_at desc limit 1',
    )
    const events = await follow(world, person, rows[0]!.conversation_id)
    expect(events.seen[0]!.data.conversationId).toBe(id)
    events.stop()
  })

  it('sends the reply in pieces as it is written, and then as it is stored', async () => {
    const gates = [newGate(), newGate()] as const
    const id = await asked({
      steps: ['The Lakers', { pause: gates[0].passed }, ' will win ', { pause: gates[1].passed }, 'by 🏀.'],
      usage: { prompt_tokens: 12, completion_tokens: 30 },
      model: 'maker/model-7b',
    })
    const events = await follow(world, person, id)
    expect((await events.next(isChunk)).data.content).toBe('The Lakers')
    gates[0].open()
    expect((await events.next(isChunk)).data.content).toBe(' will win ')
    gates[1].open()
    const { data } = await events.next(isComplete)
    events.stop()

    const [, stored] = await person.ask(readHistory, { id })
    expect(stored).toMatchObject({ role: 'ASSISTANT', content: 'The Lakers will win by 🏀.' })
    expect(data).toEqual({
      type: 'llm_complete',
      content: stored!.content,
      metadata: { messageId: stored!.id, model: 'maker/model-7b', tokensUsed: 42, finishReason: 'stop' },
      timestamp: expect.any(String),
    })
    expect(textOf(events)).toBe(stored!.content)
    for (const { id: position, data: piece } of toldOf(events)) {
      expect(position).toMatch(/./)
      expect(piece.metadata.messageId).toBe(stored!.id)
    }
  })

  it('says when the reply ran into its limit, and what it does not know', async () => {
    const id = await asked({ steps: ['Half a'], finishReason: 'length', usage: null })
    const events = await follow(world, person, id)
    const { data } = await events.next(isComplete)
    events.stop()
    expect(data.metadata).toMatchObject({ finishReason: 'length', tokensUsed: null })
  })

  it('names no event, and lets no text end its line', async () => {
    const text = 'a\n\nevent: error\r\ndata: {"type":"error"}\rid: 9\n\n\u2028'
    const id = await asked({ steps: [text] })
    const response = await fetch(world.server.url + pathOf(streamConversation, { id }), {
      headers: { authorization: `Bearer ${person.token}` },
    })
    let raw = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      raw += decoder.decode(chunk, { stream: true })
      if (raw.includes('llm_complete') && raw.endsWith('\n\n')) break
    }
    for (const block of raw.trimEnd().split('\n\n')) {
      expect(block).toMatch(/^(retry: \d+|(id: \d+\.(\d+|end)\n)?data: \{[^\r\n]*\})$/)
    }
    const data = raw.split('\n').filter((line) => line.startsWith('data: '))
    const events = data.map((line) => streamEvent.parse(JSON.parse(line.slice('data: '.length))))
    expect(events.find((event) => event.type === 'llm_complete')).toMatchObject({ content: text })
  })

  it('shows whoever comes in the middle the running reply from its start', async () => {
    const gate = newGate()
    const id = await asked({ steps: ['one ', 'two ', { pause: gate.passed }, 'three'] })
    const early = await follow(world, person, id)
    while (textOf(early) !== 'one two ') await early.next(isChunk)
    const late = await follow(world, person, id)
    while (textOf(late) !== 'one two ') await late.next(isChunk)
    gate.open()
    await Promise.all([early.next(isComplete), late.next(isComplete)])
    early.stop()
    late.stop()
    expect(textOf(late)).toBe('one two three')
    expect(textOf(early)).toBe('one two three')
  })

  it('shows whoever comes just after the end the whole reply, and later nothing', async () => {
    const id = await asked({ steps: ['Boston.'] })
    await (await follow(world, person, id)).next(isComplete)
    const next = await follow(world, person, id)
    expect((await next.next(isComplete)).data.content).toBe('Boston.')
    expect(textOf(next)).toBe('Boston.')
    next.stop()
    world.server.clock.moveBy(60_000)
    const later = await follow(world, person, id)
    await later.next(isHeartbeat)
    later.stop()
    expect(toldOf(later)).toEqual([])
  })

  it('tells two readers the same', async () => {
    const gate = newGate()
    const id = await asked({ firstByteAfter: gate.passed, steps: ['a', 'b', { pause: 5 }, 'c', { pause: 5 }, 'd'] })
    const readers = [await follow(world, person, id), await follow(world, person, id)] as const
    gate.open()
    await Promise.all(readers.map((reader) => reader.next(isComplete)))
    const [first, second] = readers.map((reader) => {
      reader.stop()
      return toldOf(reader).map(({ id: position, data }) => ({ position, ...data, timestamp: '' }))
    })
    expect(first!.length).toBeGreaterThan(1)
    expect(second).toEqual(first)
  })

  it('ends when the conversation is deleted', async () => {
    const id = await asked({ steps: ['a'], ending: 'hang' })
    const events = await follow(world, person, id)
    await events.next(isChunk)
    const { rows } = await world.server.database.owner.query<{ conversation_id: string }>(
      'select conversation_id from conversations order by created_at desc limit 1',
    )
    const deleted = await send(
      world.server.url,
      'DELETE',
      `/api/conversations/${rows[0]!.conversation_id}`,
      undefined,
      {
        authorization: `Bearer ${person.token}`,
      },
    )
    expect(deleted.status).toBe(204)
    await events.ended
    expect(toldOf(events).every(({ data }) => data.type === 'llm_chunk')).toBe(true)
  })

  it('ends when the JWT that opened it does, a minute of skew allowed', async () => {
    const caller = await world.newCaller({ lifeSeconds: 120 })
    const { id } = await caller.ask(createConversation)
    const events = await follow(world, caller, id)
    world.server.clock.moveBy(170_000)
    const seen = events.seen.length
    await events.next(isHeartbeat)
    expect(events.seen.length).toBeGreaterThan(seen)
    world.server.clock.moveBy(11_000)
    await events.ended
    await caller.fail(streamConversation, { id }, 401, 'UNAUTHORIZED')
  })
})

describe('coming back to a conversation', () => {
  it('goes on after any event, by header and by query, without a gap or a repeat', async () => {
    const gates = [newGate(), newGate()] as const
    const id = await asked({ steps: ['Ünï ', { pause: gates[0].passed }, '🏀🏀 ', { pause: gates[1].passed }, 'end'] })
    const events = await follow(world, person, id)
    await events.next(isChunk)
    gates[0].open()
    await events.next(isChunk)
    gates[1].open()
    await events.next(isComplete)
    events.stop()

    let before = ''
    for (const { id: position, data } of events.seen.filter((event) => event.id !== undefined)) {
      if (data.type === 'llm_chunk') before += data.content
      for (const options of [
        { headers: { 'last-event-id': position! } },
        { query: `?lastEventId=${encodeURIComponent(position!)}` },
      ]) {
        const resumed = await follow(world, person, id, options)
        await resumed.next(data.type === 'llm_complete' ? isHeartbeat : isComplete)
        resumed.stop()
        expect(before + textOf(resumed)).toBe('Ünï 🏀🏀 end')
        if (data.type === 'llm_complete') expect(toldOf(resumed)).toEqual([])
      }
    }
  })

  it('goes on in the middle of a reply that is still being written', async () => {
    const gate = newGate()
    const id = await asked({ steps: ['first ', { pause: gate.passed }, 'second'] })
    const events = await follow(world, person, id)
    const { id: position } = await events.next(isChunk)
    events.stop()
    const resumed = await follow(world, person, id, { headers: { 'last-event-id': position! } })
    gate.open()
    const { data } = await resumed.next(isComplete)
    resumed.stop()
    expect(textOf(resumed)).toBe('second')
    expect(data.content).toBe('first second')
  })

  it('catches up with replies that began and ended meanwhile', async () => {
    const id = await asked({ steps: ['One.'] })
    const events = await follow(world, person, id)
    const { id: position } = await events.next(isComplete)
    events.stop()
    const watcher = await follow(world, person, id)
    await watcher.next(isComplete)
    for (const answer of ['Two.', 'Three.']) {
      world.provider.script({ steps: [answer] })
      await person.ask(postMessage, { id, body: { content: 'And?' } })
      await watcher.next(isComplete)
    }
    watcher.stop()
    world.server.clock.moveBy(60_000)
    const resumed = await follow(world, person, id, { headers: { 'last-event-id': position! } })
    expect((await resumed.next(isComplete)).data.content).toBe('Two.')
    expect((await resumed.next(isComplete)).data.content).toBe('Three.')
    resumed.stop()
    expect(textOf(resumed)).toBe('Two.Three.')
  })

  it('starts afresh from a position that was made up', async () => {
    const id = await asked({ steps: ['Boston.'] })
    await (await follow(world, person, id)).next(isComplete)
    for (const position of ['nonsense', '-1', '7.3', '999999999.end', '1.', '<script>', '1.1.1']) {
      const events = await follow(world, person, id, { headers: { 'last-event-id': position } })
      expect((await events.next(isComplete)).data.content).toBe('Boston.')
      events.stop()
      expect(textOf(events)).toBe('Boston.')
    }
  })
})

describe('a provider that fails', () => {
  it.each<[string, Script, string]>([
    ['refuses the key (401)', refusal(401, 'Invalid API key'), 'PAYMENT_REQUIRED'],
    ['wants money (402)', refusal(402, 'Insufficient credits'), 'PAYMENT_REQUIRED'],
    ['forbids (403)', refusal(403, 'Forbidden'), 'PAYMENT_REQUIRED'],
    ['limits requests (429)', refusal(429, 'Rate limit exceeded'), 'PAYMENT_REQUIRED'],
    ['is broken (500)', refusal(500, 'Internal error'), 'BAD_GATEWAY'],
    ['is away (503)', refusal(503, 'Overloaded'), 'BAD_GATEWAY'],
    ['hangs up', { drop: true }, 'BAD_GATEWAY'],
    [
      'sends no chat completion',
      { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') },
      'BAD_GATEWAY',
    ],
    ['says nothing', { steps: [] }, 'BAD_GATEWAY'],
  ])('ends the reply by an error when it %s, and the message stays', async (_what, script, code) => {
    const id = await asked(script)
    const events = await follow(world, person, id)
    const { data, id: position } = await events.next(({ type }) => type === 'error')
    events.stop()
    expect(data).toEqual({
      type: 'error',
      code,
      message: expect.stringMatching(/^[A-Z].*\.$/),
      timestamp: expect.any(String),
    })
    expect(data.message).not.toContain('sk-or-')
    expect(position).toMatch(/./)
    const messages = await person.ask(readHistory, { id })
    expect(messages.map(({ content }) => content)).toEqual(['Who wins?'])
  })

  it.each<[string, Script]>([
    ['breaks off', { steps: ['Half an ', 'answer'], ending: 'cut' }],
    ['resets the connection', { steps: ['Half an ', 'answer'], ending: 'reset' }],
    ['stops without a word of the end', { steps: ['Half an ', 'answer'], ending: 'stop' }],
    [
      'fails in mid-stream',
      { steps: ['Half an ', 'answer', { error: { code: 502, message: 'Failed' } }], ending: 'stop' },
    ],
  ])('keeps what was written when it %s', async (_what, script) => {
    const id = await asked(script)
    const events = await follow(world, person, id)
    const { data } = await events.next(({ type }) => type === 'error')
    events.stop()
    expect(data.code).toBe('BAD_GATEWAY')
    expect(textOf(events)).toBe('Half an answer')
    const messages = await person.ask(readHistory, { id })
    expect(messages.map(({ content }) => content)).toEqual(['Who wins?', 'Half an answer'])
  })

  it('answers the next message as if nothing had been', async () => {
    const id = await asked(refusal(500, 'Internal error'))
    const events = await follow(world, person, id)
    await events.next(({ type }) => type === 'error')
    world.provider.script({ steps: ['Here I am.'] })
    await person.ask(postMessage, { id, body: { content: 'Hello?' } })
    expect((await events.next(isComplete)).data.content).toBe('Here I am.')
    events.stop()
  })
})

describe('the eventsource package', () => {
  it('is told everything, with a fetch that sends the Authorization header', async () => {
    const id = await asked({ steps: ['The ', 'Lakers.'] })
    const source = new EventSource(world.server.url + pathOf(streamConversation, { id }), {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${person.token}` } }),
    })
    const seen: any[] = []
    await new Promise<void>((resolve, reject) => {
      source.addEventListener('error', reject)
      source.addEventListener('message', ({ data, lastEventId }) => {
        const event = streamEvent.parse(JSON.parse(data))
        seen.push({ ...event, lastEventId })
        if (event.type === 'llm_complete') resolve()
      })
    })
    source.close()
    expect(seen[0].type).toBe('connected')
    // What comes in the same piece as the end is heard before anybody can hang up.
    expect(seen.find(({ type }) => type === 'llm_complete').content).toBe('The Lakers.')
    expect(seen.every(({ lastEventId }) => lastEventId !== '')).toBe(true)
  })

  it('comes back by itself after the connection broke, and goes on where it was', async () => {
    const gate = newGate()
    const id = await asked({ steps: ['first ', { pause: gate.passed }, 'second'] })
    const wire = await openWire(world.server.url)
    const positions: (string | undefined)[] = []
    const source = new EventSource(wire.url + pathOf(streamConversation, { id }), {
      fetch: (url, init) => {
        positions.push(init.headers['Last-Event-ID'])
        return fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${person.token}` } })
      },
    })
    let text = ''
    const whole = await new Promise<string>((resolve) => {
      source.addEventListener('message', ({ data }) => {
        const event = streamEvent.parse(JSON.parse(data))
        if (event.type === 'llm_complete') return resolve(event.content)
        if (event.type !== 'llm_chunk') return
        text += event.content
        if (positions.length > 1) return
        wire.cut()
        gate.open()
      })
    })
    source.close()
    await wire.close()
    expect(whole).toBe('first second')
    expect(text).toBe('first second')
    expect(positions).toEqual([undefined, '1.6'])
  })
})

/** A way to the server that can be cut like a cable. */
const openWire = async (url: string) => {
  const sockets = new Set<Socket>()
  const wire = createServer((client) => {
    const upstream = connect(Number(new URL(url).port), '127.0.0.1')
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
  })
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve))
  const cut = () => sockets.forEach((socket) => socket.destroy())
  return {
    url: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
    cut,
    async close() {
      const closed = new Promise((resolve) => wire.close(resolve))
      cut()
      await closed
    },
  }
}
