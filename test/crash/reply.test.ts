/** A server that dies in the middle of a reply loses neither the question nor what was journaled, and says so afterwards. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { follow, hasEnded, isDelta, MODEL, slowly, Transcript } from '#test/acceptance/replies/world.ts'
import { type ProcessWorld, startProcessWorld } from './process-world.ts'
import { lookInto, signUp } from './server-process.ts'

/** The journal is written every 50 ms; a commit with fsync and a busy machine take the rest. */
const MOST_LOST_MS = 250

let world: ProcessWorld
beforeAll(async () => {
  world = await startProcessWorld()
})
afterAll(() => world.close())
beforeEach(() => world.provider.reset())

const answers = () =>
  world.provider.requests.filter(({ body }) => body?.stream === true && body.max_tokens === undefined)

describe.each(['server', 'all'] as const)('a crash (%s) in the middle of a reply', (whom) => {
  it('leaves the question, and the text but for the last moment, marked as interrupted', async () => {
    const pieces = Array.from({ length: 2_000 }, (_value, index) => `${index} `)
    world.provider.script({ steps: slowly(pieces, 5) })
    const { conversation, reply } = await world.ask()
    const transcript = new Transcript()
    /** How much the reader had, and when. */
    const history: { at: number; length: number }[] = []
    const connection = follow(world.server, world.person, conversation.id, {
      lastEventId: '0.end',
      onEvent: (event) => {
        transcript.take(event)
        history.push({ at: performance.now(), length: transcript.replies[0]?.text.length ?? 0 })
      },
    })
    await connection.event(() => (transcript.replies[0]?.text.length ?? 0) > 400)
    const killedAt = performance.now()
    await (whom === 'all' ? world.server.killAll() : world.server.kill())
    await connection.over
    await world.restart()

    const whole = pieces.join('')
    const [question, answer, ...more] = await world.messagesOf(conversation.id)
    expect(more).toEqual([])
    expect(question).toMatchObject({ role: 'user', content: 'Question' })
    expect(answer).toMatchObject({ id: reply.messageId, role: 'assistant', status: 'interrupted' })
    expect(whole.startsWith(answer!.content)).toBe(true)
    const promised = history.findLast(({ at }) => at < killedAt - MOST_LOST_MS)?.length ?? 0
    expect(answer!.content.length).toBeGreaterThanOrEqual(promised)
    expect(answers()).toHaveLength(1)

    // A page that was open goes on where it was: it is told the end, and no word twice.
    const back = follow(world.server, world.person, conversation.id, {
      lastEventId: transcript.lastEventId,
      onEvent: (event) => transcript.take(event),
    })
    const { data } = await back.event(hasEnded)
    back.close()
    expect(data).toMatchObject({
      reply: { id: reply.id, status: 'interrupted', error: { code: 'reply.interrupted', retryable: true } },
      message: answer,
    })

    // And the conversation can be used: asking again asks the provider once more.
    world.provider.script({ steps: ['Whole.'] })
    const again = await world.person.request('POST', `/api/app/conversations/${conversation.id}/replies`, {
      model: MODEL,
    })
    expect(again.status).toBe(201)
    const fresh = follow(world.server, world.person, conversation.id, { lastEventId: '1.end' })
    expect((await fresh.event(hasEnded)).data).toMatchObject({ message: { content: 'Whole.', status: 'complete' } })
    fresh.close()
    expect(answers()).toHaveLength(2)
    expect(answers()[1]!.body.messages).toEqual([{ role: 'user', content: 'Question' }])
    const { rows } = await lookInto(world.dataDir, (client) => client.query('select * from reply_pieces'))
    expect(rows).toEqual([])
  })
})

describe('a crash', () => {
  it('before the first word leaves the question, and a reply that can be asked for again', async () => {
    world.provider.script({ firstByteAfter: 'never' })
    const { conversation } = await world.ask()
    await world.provider.arrived(1)
    await world.server.kill()
    await world.restart()
    expect((await world.messagesOf(conversation.id)).map(({ content }) => content)).toEqual(['Question'])
    const { body } = await world.person.request('GET', `/api/app/conversations/${conversation.id}`)
    expect(body).toMatchObject({
      conversation: { isReplying: false, messageCount: 1 },
      latestReply: { status: 'interrupted', error: { code: 'reply.interrupted' } },
    })
  })

  it('leaves what waited in the queue, and the next start answers it', async () => {
    world.provider.script({ steps: ['Half'], ending: 'hang' })
    const { conversation } = await world.ask('First')
    const connection = follow(world.server, world.person, conversation.id, { lastEventId: '0.end' })
    await connection.event(isDelta)
    const posted = await world.person.request('POST', `/api/app/conversations/${conversation.id}/messages`, {
      content: 'Second',
      model: MODEL,
    })
    expect(posted.body.reply.status).toBe('queued')
    await world.server.kill()
    world.provider.script({ steps: ['Answer to the second.'] })
    await world.restart()
    const back = follow(world.server, world.person, conversation.id, { lastEventId: '0.end' })
    await back.event((data) => data.type === 'reply-ended' && data.message?.content === 'Answer to the second.')
    back.close()
    expect(answers().map(({ body }) => body.messages.at(-1).content)).toEqual(['First', 'Second'])
  })

  it('while an answer is waited for leaves nothing of question or conversation', async () => {
    world.provider.script({ firstByteAfter: 'never' })
    const person = await signUp(world.server.url)
    const waiting = person
      .request('POST', '/api/conversations', { content: 'At once', model: 'scripted' })
      .catch(() => 'broken off')
    await world.provider.arrived(1)
    await world.server.kill()
    expect(await waiting).toBe('broken off')
    await world.restart()
    const { body } = await person.at(world.server.url).request('GET', '/api/conversations')
    expect(body).toMatchObject({ data: [], pagination: { total: 0 } })
  })
})
