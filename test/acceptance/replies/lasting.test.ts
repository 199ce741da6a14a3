/** What a person has asked and what a model has answered is kept, whatever happens to model, connection and person. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/app/index.ts'
import { refusal, type Script } from '#test/support/scripted-provider/scripted-provider.ts'
import { send, type TestPerson } from '#test/support/server.ts'
import {
  conversationOf,
  converse,
  created,
  follow,
  hasEnded,
  isDelta,
  messagesOf,
  MODEL,
  posted,
  startWorld,
  stopped,
  Transcript,
  type World,
} from './world.ts'

let world: World
let person: TestPerson
beforeAll(async () => {
  world = await startWorld()
  person = await world.server.newPerson()
})
afterAll(() => world.close())

const endOf = async (id: string, lastEventId = '0.end') => {
  const connection = follow(world.server, person, id, { lastEventId })
  const { data } = await connection.event(hasEnded)
  connection.close()
  return data as Extract<contract.StreamEvent, { type: 'reply-ended' }>
}

const untilWriting = async (id: string, lastEventId = '0.end') => {
  const connection = follow(world.server, person, id, { lastEventId })
  await connection.event(isDelta)
  connection.close()
}

describe('asking, following, stopping and asking again', () => {
  const requests = [
    ['POST', '/messages', { content: 'Hello', model: MODEL }],
    ['POST', '/replies', { model: MODEL }],
    ['DELETE', '/replies/current', undefined],
    ['GET', '/events', undefined],
  ] as const

  it.each(requests)('%s …%s asks who you are', async (method, path, body) => {
    const answer = await send(world.server.url, method, `/api/app/conversations/${randomUUID()}${path}`, body)
    expect(answer.status).toBe(401)
    expect(contract.problem.parse(answer.body).code).toBe('identity.missing')
  })

  it.each([
    ...requests.map(([method, path, body]) => [method, `/api/app/conversations/nonsense${path}`, body] as const),
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: ' ', model: MODEL }],
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: 'Hello' }],
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: 'Hello', model: MODEL, extra: 1 }],
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: 'Hello', model: 'nobody:knows' }],
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: 'Hello', model: 'placeholder' }],
    ['POST', `/api/app/conversations/${randomUUID()}/messages`, { content: 'Hello', model: 'openrouter:some/model' }],
    ['POST', `/api/app/conversations/${randomUUID()}/replies`, {}],
    ['GET', `/api/app/conversations/${randomUUID()}/events?lastEventId=${'9'.repeat(101)}`, undefined],
  ] as const)('%s %s refuses what is not well formed', async (method, path, body) => {
    const answer = await person.request(method, path, body)
    expect(answer.status).toBe(400)
    contract.problem.parse(answer.body)
  })

  it.each(requests)(
    "%s …%s knows nothing of other people's conversations, nor of those that there are not",
    async (method, path, body) => {
      const { id } = await converse(world, person, { steps: ['Mine.'] })
      const stranger = await world.server.newPerson()
      for (const [who, conversation] of [
        [stranger, id],
        [person, randomUUID()],
      ] as const) {
        const answer = await who.request(method, `/api/app/conversations/${conversation}${path}`, body)
        expect(answer.status).toBe(404)
        expect(contract.problem.parse(answer.body).code).toBe('conversation.not_found')
      }
      await endOf(id)
      expect((await messagesOf(person, id)).map(({ content }) => content)).toEqual(['Question', 'Mine.'])
    },
  )
})

describe('a reply', () => {
  it('is stored with its model and its token counts, and gives the conversation a title', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 2 }
    const gate = Promise.withResolvers<void>()
    const script = { steps: ['Hel', { pause: gate.promise }, 'lo'], usage, model: 'real/model' }
    const { id, messageId } = await converse(world, person, script)
    const connection = follow(world.server, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    gate.resolve()
    await connection.event(({ type }) => type === 'conversation-changed')
    connection.close()
    const [, answer] = await messagesOf(person, id)
    expect(answer).toMatchObject({
      id: messageId,
      role: 'assistant',
      content: 'Hello',
      model: 'real/model',
      promptTokens: 11,
      completionTokens: 2,
      status: 'complete',
    })
    const { conversation } = await conversationOf(person, id)
    expect(conversation).toMatchObject({ title: 'Title', messageCount: 2, isReplying: false })
  })

  it('goes on when the person closes the page, and is there when they come back', async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await converse(world, person, { steps: ['Half ', { pause: gate.promise }, 'and half.'] })
    await untilWriting(id)
    gate.resolve()
    expect((await endOf(id, '1.0')).message?.content).toBe('Half and half.')
    expect(await world.provider.requests.at(-1)?.abandoned).toBe(false)
  })

  it('at the limit of tokens is marked as truncated', async () => {
    const { id } = await converse(world, person, { steps: ['Too long'], finishReason: 'length' })
    const end = await endOf(id)
    expect([end.reply.status, end.message?.status]).toEqual(['complete', 'truncated'])
  })

  it('is kept though the provider counts more tokens than there are, and calls itself by an odd name', async () => {
    const usage = { prompt_tokens: 3_000_000_000, completion_tokens: 2 }
    const { id } = await converse(world, person, { steps: ['Text'], usage, model: 'a\u0000b\ud83d' })
    const end = await endOf(id)
    expect(end.message).toMatchObject({ content: 'Text', status: 'complete', promptTokens: null, completionTokens: 2 })
  })

  it('is kept whatever characters come', async () => {
    const text = 'NUL \u0000, half \ud83d of one, 🙂 apart: '
    const { id } = await converse(world, person, { steps: [text, '\ud83d', '\ude42', '.'] })
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    await connection.event(hasEnded)
    connection.close()
    const [, answer] = await messagesOf(person, id)
    expect(answer!.content).toBe('NUL \ufffd, half \ufffd of one, 🙂 apart: 🙂.')
    expect(transcript.replies[0]?.text).toBe(answer!.content)
  })
})

describe('a reply that is stopped', () => {
  it('keeps its text, and the provider is let go', async () => {
    const { id } = await converse(world, person, { steps: ['Half '], ending: 'hang' })
    await untilWriting(id)
    const request = world.provider.requests.at(-1)!
    await stopped(person, id)
    const end = await endOf(id, '1.0')
    expect(end).toMatchObject({
      reply: { status: 'stopped', error: null },
      message: { content: 'Half ', status: 'stopped' },
    })
    expect(await request.abandoned).toBe(true)
    const { conversation } = await conversationOf(person, id)
    expect(conversation).toMatchObject({ messageCount: 2, isReplying: false })
  })

  it('before its first word leaves the question, and nothing to be ashamed of', async () => {
    const { id } = await converse(world, person, { firstByteAfter: 'never' })
    await stopped(person, id)
    const end = await endOf(id)
    expect(end).toMatchObject({ reply: { status: 'stopped', error: null }, message: null })
    expect((await messagesOf(person, id)).map(({ role }) => role)).toEqual(['user'])
  })

  it('takes with it what waits, and readers hear of both', async () => {
    const { id } = await converse(world, person, { steps: ['Half '], ending: 'hang' })
    await untilWriting(id)
    const second = await posted(person, id, 'And this?')
    expect(second.reply.status).toBe('queued')
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    await connection.event(isDelta)
    await stopped(person, id)
    await connection.event((data) => data.type === 'reply-ended' && data.reply.id === second.reply.id)
    connection.close()
    expect(transcript.replies.map(({ text, end }) => [text, end?.reply.status])).toEqual([
      ['Half ', 'stopped'],
      ['', 'stopped'],
    ])
    expect((await messagesOf(person, id)).map(({ content }) => content)).toEqual(['Question', 'And this?', 'Half '])
  })

  it('can be asked for again, and the stopped text is not shown to the model', async () => {
    const { id } = await converse(world, person, { steps: ['Half '], ending: 'hang' })
    await untilWriting(id)
    await stopped(person, id)
    await endOf(id, '1.0')
    world.next({ steps: ['Whole.'] })
    const again = await person.request('POST', `/api/app/conversations/${id}/replies`, { model: MODEL })
    expect(again.status).toBe(201)
    contract.retryReply.reply.body!.parse(again.body)
    expect((await endOf(id, '1.end')).message?.content).toBe('Whole.')
    const asked = world.provider.requests.findLast(
      ({ body }) => body?.stream === true && body.max_tokens === undefined,
    )!
    expect(asked.body.messages).toEqual([{ role: 'user', content: 'Question' }])
  })

  it('once it is over is nothing, as often as one likes', async () => {
    const { id } = await converse(world, person, { steps: ['Done.'] })
    await endOf(id)
    for (let times = 0; times < 3; times++) await stopped(person, id)
    expect((await messagesOf(person, id))[1]).toMatchObject({ content: 'Done.', status: 'complete' })
  })

  it('at the very moment of its end ends once, one way or the other', async () => {
    for (let round = 0; round < 20; round++) {
      const gate = Promise.withResolvers<void>()
      const { id } = await converse(world, person, { steps: ['Text', { pause: gate.promise }] })
      await untilWriting(id)
      const stopping = stopped(person, id)
      gate.resolve()
      await stopping
      const end = await endOf(id, '1.0')
      const stored = await messagesOf(person, id)
      expect(['complete', 'stopped']).toContain(end.reply.status)
      expect(stored.map(({ content }) => content)).toEqual(['Question', 'Text'])
      expect(stored[1]!.status).toBe(end.reply.status)
    }
  })
})

describe('a provider that fails', () => {
  const beforeAnyText: [string, Script, string, boolean][] = [
    ['rejects the key', refusal(401, 'Invalid API key'), 'model.key_rejected', false],
    ['wants money', refusal(402, 'Insufficient credits'), 'model.no_funds', false],
    [
      'has had enough for now',
      refusal(429, 'Slow down', { headers: { 'retry-after': '7' } }),
      'model.rate_limited',
      true,
    ],
    [
      'does not know the model',
      refusal(404, 'The model does not exist', { code: 'model_not_found' }),
      'model.not_available',
      false,
    ],
    ['breaks', refusal(500, 'Internal error'), 'model.failed', true],
    ['hangs up', { drop: true }, 'model.unreachable', true],
    [
      'sends a page',
      { headers: { 'content-type': 'text/html' }, body: Buffer.from('<!doctype html>') },
      'model.garbled',
      true,
    ],
    ['says nothing', { steps: [] }, 'model.empty', true],
  ]

  it.each(beforeAnyText)('and %s loses no question', async (_case, script, code, retryable) => {
    const { id, replyId } = await converse(world, person, script)
    const end = await endOf(id)
    expect(end.reply).toMatchObject({ id: replyId, status: 'failed', error: { code, retryable } })
    expect(end.message).toBeNull()
    expect((await messagesOf(person, id)).map(({ content }) => content)).toEqual(['Question'])
    const { latestReply, conversation } = await conversationOf(person, id)
    expect([latestReply?.status, latestReply?.error?.code, conversation.isReplying]).toEqual(['failed', code, false])
  })

  const inTheMiddle: [string, Script, string][] = [
    [
      'sends an error',
      { steps: ['Half', { error: { code: 502, message: 'Upstream failed' } }], ending: 'stop' },
      'model.failed',
    ],
    ['is cut off', { steps: ['Half'], ending: 'cut' }, 'model.cut_off'],
    ['resets the connection', { steps: ['Half'], ending: 'reset' }, 'model.cut_off'],
    ['ends without an end', { steps: ['Half'], ending: 'stop' }, 'model.cut_off'],
    ['sends what is no JSON', { steps: ['Half', { raw: 'data: {"choi\n\n' }] }, 'model.garbled'],
    [
      'limits',
      { steps: ['Half', { error: { code: 429, message: 'Slow down' } }], ending: 'stop' },
      'model.rate_limited',
    ],
  ]

  it.each(inTheMiddle)(
    'and %s in the middle loses no word, and says that words are missing',
    async (_case, script, code) => {
      const { id } = await converse(world, person, script)
      const end = await endOf(id)
      expect(end.reply).toMatchObject({ status: 'failed', error: { code } })
      expect(end.message).toMatchObject({ content: 'Half', status: 'interrupted' })
      expect((await messagesOf(person, id)).map(({ content }) => content)).toEqual(['Question', 'Half'])
    },
  )

  it('can be asked again, and fails or answers anew', async () => {
    const { id } = await converse(world, person, refusal(500, 'Internal error'))
    await endOf(id)
    world.next({ steps: ['Now.'] })
    const again = await person.request('POST', `/api/app/conversations/${id}/replies`, { model: MODEL })
    expect(again.status).toBe(201)
    expect((await endOf(id, '1.end')).message?.content).toBe('Now.')
    expect((await conversationOf(person, id)).conversation.messageCount).toBe(2)
  })
})

describe('messages that are posted while a reply is written', () => {
  it('wait, and are answered in order', async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await converse(world, person, { steps: ['Answer 1', { pause: gate.promise }] }, 'Question 1')
    await untilWriting(id)
    const statuses = []
    for (const number of [2, 3, 4]) {
      world.next({ steps: [`Answer ${number}`] })
      statuses.push((await posted(person, id, `Question ${number}`)).reply.status)
    }
    expect(statuses).toEqual(['queued', 'queued', 'queued'])
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    gate.resolve()
    await connection.event((data) => data.type === 'reply-ended' && data.message?.content === 'Answer 4')
    connection.close()
    expect(transcript.replies.map(({ text }) => text)).toEqual(['Answer 1', 'Answer 2', 'Answer 3', 'Answer 4'])
    const asked = world.provider.requests
      .filter(({ body }) => body?.stream === true && body.max_tokens === undefined)
      .slice(-4)
      .map(({ body }) => body.messages.at(-1).content)
    expect(asked).toEqual(['Question 1', 'Question 2', 'Question 3', 'Question 4'])
    expect((await conversationOf(person, id)).conversation).toMatchObject({ messageCount: 8, isReplying: false })
  })

  it('at the same moment get one reply each, one after the other', async () => {
    const { id } = await converse(world, person, { steps: ['First'] })
    await endOf(id)
    const gate = Promise.withResolvers<void>()
    for (let index = 0; index < 10; index++) world.next({ firstByteAfter: gate.promise, steps: [`Answer ${index}`] })
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_value, index) => posted(person, id, `Question ${index}`)),
    )
    expect(answers.filter(({ reply }) => reply.status === 'running')).toHaveLength(1)
    gate.resolve()
    const transcript = new Transcript()
    const connection = follow(world.server, person, id, {
      lastEventId: '1.end',
      onEvent: (event) => transcript.take(event),
    })
    await connection.event((data) => data.type === 'reply-ended' && data.message?.content === 'Answer 9')
    connection.close()
    expect(transcript.replies.map(({ text }) => text)).toEqual(
      Array.from({ length: 10 }, (_value, index) => `Answer ${index}`),
    )
    const stored = await messagesOf(person, id)
    expect(stored.filter(({ role }) => role === 'assistant')).toHaveLength(11)
    expect((await conversationOf(person, id)).conversation.messageCount).toBe(stored.length)
  })

  it('are answered too when the reply before fails', async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await converse(world, person, { steps: ['Half', { pause: gate.promise }], ending: 'cut' })
    await untilWriting(id)
    world.next({ steps: ['Whole.'] })
    await posted(person, id, 'And this?')
    gate.resolve()
    const connection = follow(world.server, person, id, { lastEventId: '0.end' })
    await connection.event((data) => data.type === 'reply-ended' && data.message?.content === 'Whole.')
    connection.close()
  })
})

describe('a conversation that is deleted while its reply is written', () => {
  it('ends the reply and the streams, and lets the provider go', async () => {
    const { id } = await converse(world, person, { steps: ['Half '], ending: 'hang' })
    const connection = follow(world.server, person, id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    const request = world.provider.requests.at(-1)!
    expect((await person.request('DELETE', `/api/conversations/${id}`)).status).toBe(204)
    expect(await connection.over).toBe(true)
    expect(await request.abandoned).toBe(true)
    const again = await person.request('GET', `/api/app/conversations/${id}/events`)
    expect(again.status).toBe(404)
  })
})

describe('all of this', () => {
  it('leaves no piece of a reply behind, and nothing in the log', async () => {
    await created(person, 'The last one', 'demo')
    const { rows } = await world.server.database.owner.query(
      `select count(*)::int as left from reply_pieces join replies using (reply_id) where status <> 'running'`,
    )
    expect(rows).toEqual([{ left: 0 }])
    const { rows: counts } = await world.server.database.owner.query(
      `select conversation_id from conversations c where message_count <> (select count(*) from messages m where m.conversation_id = c.conversation_id)`,
    )
    expect(counts).toEqual([])
    expect(world.server.problems).toEqual([])
  })
})
