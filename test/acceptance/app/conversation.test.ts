/** The web app's endpoints for conversations: lists by cursor, messages, replies that stream, stopping and asking again. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import {
  createConversation,
  listConversations,
  listMessages,
  listModels,
  postMessage,
  readConversation,
  retryReply,
  stopReply,
  streamEvent,
} from '#contract/app/index.ts'
import { seedConversation, seedMessage } from '#test/support/database.ts'
import {
  refusal,
  type Script,
  startScriptedProvider,
  type ScriptedProvider,
} from '#test/support/scripted-provider/scripted-provider.ts'
import { openEvents, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { seedTeam } from '#test/support/team-seeds.ts'
import { appFailure, success } from '../surfaces/holding.ts'

const MODEL = 'operator:a-model'

let provider: ScriptedProvider
let server: TestServer
let person: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  provider = await startScriptedProvider()
  server = await startTestServer({ env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'a-model' } })
  person = await server.newPerson()
  stranger = await server.newPerson()
})
afterAll(async () => {
  await server.close()
  await provider.close()
})
/** What the model answers next; titles, which are asked for with a limit of a few tokens, are made in between. */
let answers: Script[]
beforeEach(() => {
  provider.reset()
  answers = []
  provider.script(({ body }) => (body.max_tokens === undefined ? answers.shift() : { steps: ['A title'] }))
})
/** Requests for answers, without those for titles. */
const asked = () => provider.requests.filter(({ body }) => body.max_tokens === undefined)
const shown = (index = 0): string[] => asked()[index]!.body.messages.map((turn: any) => turn.content)

const start = async (content = 'Hello', by = person) =>
  success(createConversation, await by.request('POST', '/api/app/conversations', { content, model: MODEL }))
const post = async (id: string, content: string) =>
  success(postMessage, await person.request('POST', `/api/app/conversations/${id}/messages`, { content, model: MODEL }))
const read = async (id: string) =>
  success(readConversation, await person.request('GET', `/api/app/conversations/${id}`))
const messagesOf = async (id: string) =>
  success(listMessages, await person.request('GET', `/api/app/conversations/${id}/messages`)).data
const again = (id: string) => person.request('POST', `/api/app/conversations/${id}/replies`, { model: MODEL })
const stop = (id: string) => person.request('DELETE', `/api/app/conversations/${id}/replies/current`)

/** The stream of a conversation from a position; every event holds to the contract. */
const follow = async (id: string, position?: string) => {
  const query = position === undefined ? '' : `?lastEventId=${position}`
  const events = await openEvents(`${server.url}/api/app/conversations/${id}/events${query}`, {
    authorization: `Bearer ${person.token}`,
  })
  return {
    async next(wanted: (event: any) => boolean) {
      const { data } = await events.next((event) => wanted(streamEvent.parse(event)))
      return data
    },
    seen: events.seen,
    stop: events.stop,
  }
}
const isEnd = (event: any) => event.type === 'reply-ended'
const isEndOf = (id: string) => (event: any) => isEnd(event) && event.reply.id === id

/** Resolves when the reply has ended, whatever its end. */
const ended = async (id: string, replyId: string) => {
  const events = await follow(id, '0.end')
  const end = await events.next(isEndOf(replyId))
  events.stop()
  return end
}

const endpoints: readonly (readonly [string, string, unknown])[] = [
  ['GET', '', undefined],
  ['GET', '/messages', undefined],
  ['POST', '/messages', { content: 'Hello', model: MODEL }],
  ['POST', '/replies', { model: MODEL }],
  ['DELETE', '/replies/current', undefined],
  ['GET', '/events', undefined],
]

describe.each(endpoints)('%s /api/app/conversations/{id}%s', (method, suffix, body) => {
  const at = (id: string) => `/api/app/conversations/${id}${suffix}`

  it('answers 401 without a credential, 400 to what is no id, 404 to missing and foreign alike', async () => {
    appFailure(await send(server.url, method, at(randomUUID()), body), 401, 'identity.missing')
    appFailure(await person.request(method, at('nonsense'), body), 400, 'request.invalid')
    const { conversation } = await start('Hello', stranger)
    const [missing, foreign] = [
      await person.request(method, at(randomUUID()), body),
      await person.request(method, at(conversation.id), body),
    ]
    appFailure(missing, 404, 'conversation.not_found')
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
  })
})

describe.each([
  ['/api/app/conversations', 'to start a conversation'],
  ['messages', 'to post a message'],
])('%s: what is asked', (suffix, what) => {
  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['content', 'model']],
    ['blank content', { content: ' ', model: MODEL }, ['content']],
    ['content of 50 001 characters', { content: 'x'.repeat(50_001), model: MODEL }, ['content']],
    ['no model', { content: 'Hello' }, ['model']],
    ['an unknown field', { content: 'Hello', model: MODEL, title: 'a' }, ['title']],
  ])(`${what} is told 400 after %s`, async (_, body, fields) => {
    const path = suffix.startsWith('/') ? suffix : `/api/app/conversations/${(await start()).conversation.id}/${suffix}`
    const problem = appFailure(await person.request('POST', path, body), 400, 'request.invalid')
    expect(problem.errors?.map(({ field }) => field)).toEqual(fields)
  })

  it.each([
    ['nonsense', 'model.not_available'],
    ['placeholder', 'model.not_available'],
    ['openrouter:', 'model.not_available'],
    ['openrouter:some/model', 'model.not_configured'],
  ])(`${what} of the model %s is told 400, and nothing is stored`, async (model, code) => {
    const { conversation, reply } = await start()
    await ended(conversation.id, reply.id)
    const before = await messagesOf(conversation.id)
    const path = suffix.startsWith('/') ? suffix : `/api/app/conversations/${conversation.id}/${suffix}`
    appFailure(await person.request('POST', path, { content: 'Hello', model }), 400, code)
    expect(await messagesOf(conversation.id)).toEqual(before)
  })
})

describe('the models', () => {
  it('are listed by where they come from; a source that fails hides no other', async () => {
    provider.scriptModels({
      body: {
        data: [
          { id: 'a-model', context_length: 8192 },
          { id: 'b-model', name: 'B', pricing: { prompt: '0.000001', completion: '0.0000025' } },
        ],
      },
    })
    const { groups, defaultModel } = success(listModels, await person.request('GET', '/api/app/models'))
    expect(groups.find(({ source }) => source === 'operator')).toMatchObject({
      models: [
        { id: 'operator:a-model', name: 'a-model', contextLength: 8192, prices: null },
        { id: 'operator:b-model', name: 'B', contextLength: null, prices: { prompt: 1, completion: 2.5 } },
      ],
      problem: null,
    })
    expect(defaultModel).toBe('operator:a-model')
    provider.scriptModels(refusal(500, 'No'))
    const failed = success(listModels, await person.request('GET', '/api/app/models'))
    expect(failed.groups.map(({ source }) => source)).toEqual(groups.map(({ source }) => source))
    const operator = failed.groups.find(({ source }) => source === 'operator')!
    expect(operator.models.map(({ id }) => id)).toEqual(['operator:a-model'])
    expect(operator.problem).not.toBeNull()
  })

  it('answer 401 to a token that was revoked', async () => {
    const leaver = await server.newPerson()
    const { body } = await leaver.request('GET', '/api/app/access-tokens')
    await leaver.request('DELETE', `/api/app/access-tokens/${body.data[0].id}`)
    appFailure(await leaver.request('GET', '/api/app/models'), 401, 'identity.invalid')
  })
})

describe('the list of conversations', () => {
  const listed = async (by: TestPerson, query = '') =>
    success(listConversations, await by.request('GET', `/api/app/conversations${query}`))
  const T0 = Date.UTC(2026, 0, 1)

  it('is by latest activity, page by page, and holds while new ones arrive', async () => {
    const reader = await server.newPerson()
    const ids: string[] = []
    // Pairs of one moment: a page may end between them.
    for (let index = 0; index < 40; index++) {
      const at = new Date(T0 + Math.floor(index / 2) * 1000)
      ids.push(await seedConversation(server.database.owner, reader.id, { created_at: at }))
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listed>> = await listed(
        reader,
        `?limit=7${cursor ? `&cursor=${cursor}` : ''}`,
      )
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
      await start('Meanwhile', reader)
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(40)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect((await listed(reader, '?limit=100')).data).toHaveLength(46)
  })

  it('puts the conversation in which something happened first, with what was said last', async () => {
    provider.script(() => ({ steps: ['Noted'] }))
    const { conversation: older, reply } = await start('The older one')
    await ended(older.id, reply.id)
    const { conversation: newer, reply: another } = await start('The newer one')
    await ended(newer.id, another.id)
    expect((await listed(person, '?limit=1')).data[0]!.id).toBe(newer.id)
    const said = `${'\u{1F600}'.repeat(60)}!`
    await ended(older.id, (await post(older.id, said)).reply.id)
    expect((await listed(person, '?limit=1')).data[0]).toMatchObject({
      id: older.id,
      preview: '\u{1F600}'.repeat(50),
      messageCount: 4,
      isReplying: false,
    })
  })

  it('has neither foreign ones nor those of another kind', async () => {
    const reader = await server.newPerson()
    await seedTeam(server.database.owner, [{ userId: reader.id }])
    await start('Mine', stranger)
    expect(await listed(reader)).toEqual({ data: [], nextCursor: null })
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=nonsense',
    `cursor=${Buffer.from(`1.${'-'.repeat(36)}`).toString('base64url')}`,
    `cursor=${Buffer.from(`1.${randomUUID()}`).toString('base64url')}&cursor=a`,
    'page=1',
  ])('answers 400 to %s', async (query) => {
    appFailure(await person.request('GET', `/api/app/conversations?${query}`), 400, 'request.invalid')
  })
})

describe('the messages', () => {
  it('are newest first; before pages back without a gap or a repeat', async () => {
    const id = await seedConversation(server.database.owner, person.id)
    for (let index = 0; index < 25; index++) {
      const at = new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 3))
      await seedMessage(
        server.database.owner,
        { conversationId: id, ownerId: person.id },
        { created_at: at, content: `${index}` },
      )
    }
    const all = await messagesOf(id)
    expect(all).toHaveLength(25)
    expect(all.map(({ createdAt }) => createdAt)).toEqual(
      all
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    )
    const paged = []
    let query = '?limit=4'
    for (;;) {
      const page = success(listMessages, await person.request('GET', `/api/app/conversations/${id}/messages${query}`))
      paged.push(...page.data)
      if (!page.hasMore) break
      query = `?limit=4&before=${page.data.at(-1)!.id}`
    }
    expect(paged).toEqual(all)
  })

  it('answer 400 to a cursor of another conversation and to a limit outside 1 to 100', async () => {
    const { conversation } = await start()
    const other = await start()
    for (const query of [`before=${other.message.id}`, `before=${randomUUID()}`, 'before=x', 'limit=0', 'limit=101']) {
      const answer = await person.request('GET', `/api/app/conversations/${conversation.id}/messages?${query}`)
      appFailure(answer, 400, 'request.invalid')
    }
  })
})

describe('a reply', () => {
  test('of the demo model reaches a newcomer who has set nothing, and is found again', async () => {
    const newcomer = await server.newPerson()
    const { conversation } = success(
      createConversation,
      await newcomer.request('POST', '/api/app/conversations', { content: 'Hello', model: 'demo' }),
    )
    const events = await openEvents(`${server.url}/api/app/conversations/${conversation.id}/events?lastEventId=0.end`, {
      authorization: `Bearer ${newcomer.token}`,
    })
    const end = await events.next(isEnd)
    events.stop()
    const streamed = events.seen
      .filter(({ data }) => data.type === 'text-delta')
      .map(({ data }) => data.text)
      .join('')
    expect(end.data.message.content).toBe(streamed)
    const { body } = await newcomer.request('GET', `/api/app/conversations/${conversation.id}/messages`)
    expect(body.data.map((message: any) => message.role)).toEqual(['assistant', 'user'])
    expect(body.data[0].content).toBe(streamed)
  })

  it('is announced at once, streams, and is stored as it streamed', async () => {
    const gate = Promise.withResolvers<void>()
    answers.push({
      steps: ['One ', { pause: gate.promise }, 'two ', 'three'],
      usage: { prompt_tokens: 5, completion_tokens: 3 },
    })
    const { conversation, message, reply } = await start('Count')
    expect(conversation).toMatchObject({ preview: 'Count', messageCount: 1, isReplying: true, parentId: null })
    expect(message).toMatchObject({
      conversationId: conversation.id,
      role: 'user',
      content: 'Count',
      model: null,
      status: 'complete',
    })
    expect(reply).toMatchObject({ questionId: message.id, model: 'a-model', status: 'running', error: null })
    const events = await follow(conversation.id)
    await events.next((event) => event.type === 'text-delta')
    gate.resolve()
    const end = await events.next(isEnd)
    expect(end.message).toEqual({
      id: reply.messageId,
      conversationId: conversation.id,
      role: 'assistant',
      content: 'One two three',
      model: 'a-model',
      promptTokens: 5,
      completionTokens: 3,
      status: 'complete',
      createdAt: expect.any(String),
    })
    const deltas = events.seen.filter(({ data }) => data.type === 'text-delta').map(({ data }) => data)
    expect(deltas.map(({ text }) => text).join('')).toBe('One two three')
    expect(deltas.map(({ offset }) => offset)).toEqual(
      deltas.map(
        (_, index) =>
          deltas
            .slice(0, index)
            .map(({ text }) => text)
            .join('').length,
      ),
    )
    expect(await messagesOf(conversation.id)).toEqual([end.message, message])
    expect((await read(conversation.id)).conversation).toMatchObject({ messageCount: 2, isReplying: false })
    events.stop()
  })

  it('gives the conversation its title, and says so', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script(({ body }) =>
      body.max_tokens === undefined
        ? { steps: ['Paris.'] }
        : { steps: ['"Capital of France"'], firstByteAfter: gate.promise },
    )
    const { conversation } = await start('What is the capital of France?')
    const events = await follow(conversation.id)
    gate.resolve()
    await events.next((event) => event.type === 'conversation-changed')
    expect((await read(conversation.id)).conversation.title).toBe('Capital of France')
    events.stop()
  })

  it('read and then followed from the position is never missed, however the two fall', async () => {
    provider.script(() => ({ steps: ['Quick ', 'answer'] }))
    const { conversation } = await start()
    const outcomes = { before: 0, after: 0 }
    for (let round = 0; round < 40; round++) {
      const { reply } = await post(conversation.id, `Round ${round}`)
      // Some turns of the event loop, a few more every time: the end comes before, between and after.
      for (let turn = 0; turn < round * 4; turn++) await new Promise(setImmediate)
      const { latestReply, position } = await read(conversation.id)
      const messages = await messagesOf(conversation.id)
      if (latestReply?.id === reply.id && latestReply.status === 'complete') {
        outcomes.before++
        expect(messages[0]!.id).toBe(reply.messageId)
      } else {
        outcomes.after++
        const events = await follow(conversation.id, position)
        const end = await events.next(isEndOf(reply.id))
        expect(end.message.content).toBe('Quick answer')
        events.stop()
      }
    }
    // Both happened, or nothing was raced.
    expect(Math.min(outcomes.before, outcomes.after)).toBeGreaterThan(0)
  })

  it('that has ended is not told again to whoever follows from the position', async () => {
    answers.push({ steps: ['First'] })
    const { conversation, reply } = await start()
    await ended(conversation.id, reply.id)
    const { latestReply, position } = await read(conversation.id)
    expect(latestReply).toMatchObject({ id: reply.id, status: 'complete', error: null })
    const events = await follow(conversation.id, position)
    answers.push({ steps: ['Second'] })
    const next = await post(conversation.id, 'More')
    await events.next(isEndOf(next.reply.id))
    const told = events.seen.map(({ data }) => data.reply?.id ?? data.replyId).filter((id) => id !== undefined)
    expect(new Set(told)).toEqual(new Set([next.reply.id]))
    events.stop()
  })
})

describe('a reply that fails', () => {
  it.each<[Script, string]>([
    [refusal(401, 'No'), 'model.key_rejected'],
    [refusal(402, 'No'), 'model.no_funds'],
    [refusal(429, 'No'), 'model.rate_limited'],
    [refusal(500, 'No'), 'model.failed'],
    [refusal(404, 'The model `a-model` does not exist', { code: 'model_not_found' }), 'model.not_available'],
    [{ steps: [] }, 'model.empty'],
    [{ drop: true }, 'model.unreachable'],
    [{ body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }, 'model.garbled'],
  ])('says why, keeps the question and stores no answer (%#: $1)', async (script, code) => {
    answers.push(script)
    const { conversation, message, reply } = await start('Why?')
    const end = await ended(conversation.id, reply.id)
    expect(end).toMatchObject({ message: null, reply: { id: reply.id, status: 'failed', error: { code } } })
    const { latestReply, conversation: now } = await read(conversation.id)
    expect(latestReply).toEqual(end.reply)
    expect(latestReply!.error!.message).not.toBe('')
    expect(now).toMatchObject({ messageCount: 1, isReplying: false })
    expect(await messagesOf(conversation.id)).toEqual([message])
  })

  it('in the middle keeps what was written, and says why', async () => {
    answers.push({ steps: ['Half an ans'], ending: 'cut' })
    const { conversation, reply } = await start()
    const end = await ended(conversation.id, reply.id)
    expect(end.reply).toMatchObject({ status: 'failed', error: { code: 'model.cut_off', retryable: true } })
    expect(end.message).toMatchObject({ content: 'Half an ans', status: 'interrupted' })
    expect((await messagesOf(conversation.id))[0]).toEqual(end.message)
  })
})

describe('stopping', () => {
  it('keeps what was written, ends the request to the provider, and once more is no error', async () => {
    answers.push({ steps: ['Once upon'], ending: 'hang' })
    const { conversation, reply } = await start('A story')
    const events = await follow(conversation.id)
    await events.next((event) => event.type === 'text-delta')
    success(stopReply, await stop(conversation.id))
    const end = await events.next(isEndOf(reply.id))
    expect(end.reply).toMatchObject({ status: 'stopped', error: null })
    expect(end.message).toMatchObject({ content: 'Once upon', status: 'stopped' })
    expect(await provider.requests[0]!.abandoned).toBe(true)
    success(stopReply, await stop(conversation.id))
    expect((await read(conversation.id)).latestReply).toEqual(end.reply)
    events.stop()
  })

  it('stops what is queued too: nothing of it is asked, and the next message is answered', async () => {
    answers.push({ steps: ['Running'], ending: 'hang' })
    const { conversation, reply } = await start('First')
    const events = await follow(conversation.id)
    await events.next((event) => event.type === 'text-delta')
    const queued = [await post(conversation.id, 'Second'), await post(conversation.id, 'Third')]
    expect(queued.map((asked) => asked.reply.status)).toEqual(['queued', 'queued'])
    success(stopReply, await stop(conversation.id))
    for (const { id } of [reply, ...queued.map((asked) => asked.reply)]) {
      expect((await events.next(isEndOf(id))).reply.status).toBe('stopped')
    }
    provider.requests.length = 0
    answers.push({ steps: ['Fourth answer'] })
    const next = await post(conversation.id, 'Fourth')
    const end = await events.next(isEndOf(next.reply.id))
    expect(end.message.content).toBe('Fourth answer')
    expect(asked()).toHaveLength(1)
    expect(shown()).toEqual(['First', 'Second', 'Third', 'Running', 'Fourth'])
    events.stop()
  })
})

describe('a message that is posted while a reply is being written', () => {
  it('waits, and is answered in its turn, with everything before it', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script(({ body }) => ({ steps: [`Re: ${body.messages.at(-1).content}`] }))
    provider.script({ steps: ['Slow ', { pause: gate.promise }, 'answer'] })
    const first = await start('One')
    const { id } = first.conversation
    const events = await follow(id)
    await events.next((event) => event.type === 'text-delta')
    const second = await post(id, 'Two')
    const third = await post(id, 'Three')
    expect([second.reply.status, third.reply.status]).toEqual(['queued', 'queued'])
    expect((await read(id)).latestReply!.id).toBe(first.reply.id)
    gate.resolve()
    const ends = []
    for (const { reply } of [first, second, third]) ends.push(await events.next(isEndOf(reply.id)))
    expect(ends.map(({ message }) => message.content)).toEqual(['Slow answer', 'Re: Two', 'Re: Three'])
    const order = events.seen.filter(({ data }) => isEnd(data)).map(({ data }) => data.reply.id)
    expect(order).toEqual([first, second, third].map(({ reply }) => reply.id))
    expect((await read(id)).conversation).toMatchObject({ messageCount: 6, isReplying: false })
    events.stop()
  })
})

describe('asking again', () => {
  const after = async (script: Script, finish: (id: string) => Promise<void> = async () => {}) => {
    answers.push(script)
    const { conversation, reply } = await start('Why?')
    await finish(conversation.id)
    await ended(conversation.id, reply.id)
    return { id: conversation.id, reply }
  }
  const stopOnceWritten = async (id: string) => {
    const events = await follow(id)
    await events.next((event) => event.type === 'text-delta')
    await stop(id)
    events.stop()
  }

  it.each<[string, Script, string[], ((id: string) => Promise<void>)?]>([
    ['failed', refusal(500, 'No'), ['Why?']],
    ['was cut off', { steps: ['Bec'], ending: 'cut' }, ['Why?']],
    ['was stopped', { steps: ['Bec'], ending: 'hang' }, ['Why?'], stopOnceWritten],
    ['reached its limit', { steps: ['Because of'], finishReason: 'length' }, ['Why?']],
  ])(
    'after a reply that %s asks the same question and leaves out what was written',
    async (_, script, turns, finish) => {
      const { id, reply } = await after(script, finish)
      provider.requests.length = 0
      answers.push({ steps: ['Because.'] })
      const { reply: second } = success(retryReply, await again(id))
      expect(second).toMatchObject({ status: 'running', questionId: reply.questionId })
      const end = await ended(id, second.id)
      expect(end.message.content).toBe('Because.')
      expect(shown()).toEqual(turns)
      expect((await read(id)).latestReply).toMatchObject({ id: second.id, status: 'complete' })
    },
  )

  it('after the server was stopped in the middle works on the next server', async () => {
    const first = await startTestServer({
      env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'a-model' },
      database: server.database,
    })
    answers.push({ steps: ['Bec'], ending: 'hang' })
    const question = { content: 'Why?', model: MODEL }
    const { body } = await send(first.url, 'POST', '/api/app/conversations', question, {
      authorization: `Bearer ${person.token}`,
    })
    const { id } = body.conversation
    await provider.arrived(1)
    await first.close()
    expect((await read(id)).latestReply).toMatchObject({ status: 'interrupted', error: { code: 'reply.interrupted' } })
    answers.push({ steps: ['Because.'] })
    const { reply } = success(retryReply, await again(id))
    expect((await ended(id, reply.id)).message.content).toBe('Because.')
  })

  it('after a complete reply gives the question another one, and shows neither its answers', async () => {
    const { id, reply } = await after({ steps: ['Because.'] })
    answers.push({ steps: ['Because of that.'] })
    const { reply: second } = success(retryReply, await again(id))
    expect(second.questionId).toBe(reply.questionId)
    expect((await ended(id, second.id)).message.content).toBe('Because of that.')
    expect(asked().map((_, index) => shown(index))).toEqual([['Why?'], ['Why?']])
  })

  it('is told 409 while the question is being answered or waits', async () => {
    answers.push({ steps: ['Running'], ending: 'hang' })
    const { conversation } = await start('Why?')
    const { id } = conversation
    appFailure(await again(id), 409, 'reply.nothing_to_answer')
    await post(id, 'And after that?')
    appFailure(await again(id), 409, 'reply.nothing_to_answer')
    await stop(id)
  })

  it('is told 409 where nobody has asked anything', async () => {
    const id = await seedConversation(server.database.owner, person.id)
    appFailure(await again(id), 409, 'reply.nothing_to_answer')
  })

  it('leaves out the answer that was stored with its question (seed 4), also in a branch and later on', async () => {
    answers.push({ steps: ['Because.'] })
    const { conversation, messages } = (
      await person.request('POST', '/api/conversations', { content: 'Why?', model: 'a-model' })
    ).body
    const path = `/api/conversations/${conversation.id}/messages/${messages[1].id}/branch`
    const branch = (await person.request('POST', path, { type: 'full' })).body
    for (const { id } of [conversation, branch]) {
      provider.requests.length = 0
      answers.push({ steps: ['Because of that.'] }, { steps: ['Certainly.'] })
      await ended(id, success(retryReply, await again(id)).reply.id)
      await ended(id, (await post(id, 'Really?')).reply.id)
      expect(shown(0)).toEqual(['Why?'])
      expect(shown(1)).toEqual(['Why?', 'Because of that.', 'Really?'])
    }
  })

  it('is possible in a branch that ends in a question', async () => {
    const { id } = await after({ steps: ['Because.'] })
    const question = (await messagesOf(id)).at(-1)!
    const path = `/api/conversations/${id}/messages/${question.id}/branch`
    const branch = (await person.request('POST', path, { type: 'full' })).body
    answers.push({ steps: ['Because of that.'] })
    const { reply } = success(retryReply, await again(branch.id))
    expect((await ended(branch.id, reply.id)).message.content).toBe('Because of that.')
  })

  it.each<[unknown, string]>([
    [{}, 'model'],
    [{ model: '' }, 'model'],
    [{ model: MODEL, content: 'a' }, 'content'],
  ])('is told 400 after %j', async (body, field) => {
    const { conversation } = await start()
    const answer = await person.request('POST', `/api/app/conversations/${conversation.id}/replies`, body)
    expect(appFailure(answer, 400, 'request.invalid').errors?.map((error) => error.field)).toEqual([field])
  })
})
