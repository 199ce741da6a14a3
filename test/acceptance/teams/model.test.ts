/** A model that is called into a team conversation: whoever calls it pays, everybody reads what it says. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startScriptedProvider, type ScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { follow, hasEnded, isDelta, withModel } from '../replies/world.ts'
import { expectStatus } from '../surfaces/holding.ts'
import type { PersonEvent } from '#contract/messages/team.ts'
import { listen } from './events-world.ts'
import { conversation, happeningsIn, openTalk, post, read, remove, say, seedPage, type Talk, timeline } from './talk.ts'
import { at, expectProblem, said } from './world.ts'

const MODEL = 'operator:scripted'
const NOBODY = '00000000-0000-0000-0000-000000000000'

let provider: ScriptedProvider
let talk: Talk
let other: TestServer
let group: string
beforeAll(async () => {
  provider = await startScriptedProvider()
  talk = await openTalk({ env: { ...withModel(provider), OPENROUTER_BASE_URL: provider.url } })
  other = await startTestServer({ database: talk.server.database, env: withModel(provider) })
})
afterAll(async () => {
  await other.close()
  await talk.close()
  await provider.close()
})
beforeEach(async () => {
  provider.reset()
  group = await talk.newGroup()
})

const ask = (by: TestPerson, content = 'What do you think?', more = {}) =>
  say(by, group, { content, model: MODEL, ...more })
const stop = (by: TestPerson, id = group) => by.request('DELETE', `/api/app/conversations/${id}/replies/current`)

/** What the group hears from here on, at any of the servers. */
const hearing = (person: TestPerson, server: TestServer = talk.server) => listen(server, person)
const isAnswer = (event: PersonEvent) =>
  event.type === 'message-posted' &&
  event.message.conversationId === group &&
  event.message.senderId === NOBODY &&
  event.message.type === 'text'

/** Asks, and resolves with the answer as it was told to the group. */
const answered = async (by: TestPerson, content?: string, more = {}) => {
  const heard = await hearing(talk.cleo)
  const question = await ask(by, content, more)
  const { data } = await heard.next(isAnswer)
  heard.close()
  if (data.type !== 'message-posted') throw new Error('no message')
  return { question, answer: data.message }
}

describe('a model that can not be called', () => {
  it.each([
    ['that nobody has', 'nothing:here', /model is not available/],
    ['without a name', 'operator:', /model is not available/],
    ['that is none', 'placeholder', /model is not available/],
    ['that needs a key which the person does not have', 'openrouter:some/model', /No API key/],
  ])('%s: nothing is posted and nobody is told', async (_, model, detail) => {
    await happeningsIn(talk, group)
    expectProblem(await post(talk.ada, group, { content: 'x', model }), 400, detail)
    expect((await timeline(talk.ada, group)).data).toEqual([])
    expect(await happeningsIn(talk, group)).toEqual([])
    expect(provider.requests).toEqual([])
  })

  it('with nothing to answer: files without words', async () => {
    const answer = await post(talk.ada, group, { fileIds: [randomUUID()], model: MODEL })
    expectProblem(answer, 400, 'must have content that the model can answer')
  })

  it('by strangers and former members', async () => {
    for (const person of [talk.stranger, talk.dora]) {
      expectProblem(await post(person, group, { content: 'x', model: MODEL }), 403, said.forbidden)
    }
    expect(provider.requests).toEqual([])
  })

  it('from the pages of conversations with a model: a team conversation is none', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/messages', undefined],
      ['POST', '/messages', { content: 'x', model: MODEL }],
      ['POST', '/replies', { model: MODEL }],
    ] as const) {
      expectStatus(await talk.ada.request(method, `/api/app/conversations/${group}${path}`, body), 404)
    }
    expect(provider.requests).toEqual([])
  })
})

describe('the answer', () => {
  it('is a message for everybody, of the model and of no person', async () => {
    provider.script({ steps: ['I think ', 'so.'], model: 'scripted-2026' })
    const { question, answer } = await answered(talk.ada)
    expect(question).toMatchObject({ senderName: 'Ada', model: null })
    expect(answer).toMatchObject({
      conversationId: group,
      senderId: NOBODY,
      senderName: 'scripted-2026',
      type: 'text',
      content: 'I think so.',
      threadId: null,
      attachments: [],
    })
    expect(answer.createdAt > question.createdAt).toBe(true)
    for (const person of [talk.ada, talk.ben, talk.cleo]) {
      expect((await timeline(person, group)).data.map(({ id }) => id)).toEqual([question.id, answer.id])
      expect((await seedPage(person, group)).data[0]).toMatchObject({ id: answer.id, senderName: 'scripted-2026' })
    }
    expect(await read(talk.ada, answer.id)).toMatchObject({ model: 'scripted-2026', mentions: [], editedAt: null })
    // What people said last is the preview; the answer is something to read for who has not.
    expect(await conversation(talk.ben, group)).toMatchObject({
      messageCount: 2,
      preview: 'What do you think?',
      unreadCount: 2,
      activeAt: answer.createdAt,
    })
    expect(await conversation(talk.ada, group)).toMatchObject({ unreadCount: 1 })
  })

  it('is told as it comes: that it begins, its text, and that it is there; at every server', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['First. ', { pause: gate.promise }, 'Second.'] })
    const heard = await hearing(talk.ben, other)
    const streams = [talk.server, other].map((server) => follow(server, talk.cleo, group, { lastEventId: '0.end' }))
    await ask(talk.ada)
    await heard.next(({ type }) => type === 'reply-started')
    for (const stream of streams) {
      expect((await stream.event(isDelta)).data).toMatchObject({ type: 'text-delta', offset: 0, text: 'First. ' })
    }
    gate.resolve()
    for (const stream of streams) {
      const { data } = await stream.event(hasEnded)
      expect(data).toMatchObject({ reply: { status: 'complete' }, message: { content: 'First. Second.' } })
      stream.close()
    }
    const { data } = await heard.next(isAnswer)
    expect(data).toMatchObject({ message: { content: 'First. Second.', senderName: 'scripted' } })
    heard.close()
  })

  it('can be deleted by owner and admins, and edited by nobody', async () => {
    provider.script({ steps: ['Yes'] })
    const { answer } = await answered(talk.cleo)
    expect((await read(talk.cleo, answer.id)).can).toEqual({ edit: false, delete: false })
    expect((await read(talk.ben, answer.id)).can).toEqual({ edit: false, delete: true })
    const path = `/api/team/messages/${answer.id}`
    expectProblem(await talk.cleo.request('PATCH', path, { content: 'No' }), 403)
    expectProblem(await talk.cleo.request('DELETE', path), 403, said.notAllowed)
    await remove(talk.ben, answer.id)
    expect((await timeline(talk.ada, group)).data).toHaveLength(1)
  })

  it('stands in the thread in which it was asked for, and counts there', async () => {
    provider.script({ steps: ['In the thread.'] })
    const root = await say(talk.ben, group, 'Root')
    const { question, answer } = await answered(talk.ada, 'And here?', { threadId: root.id })
    expect(answer.threadId).toBe(root.id)
    expect((await read(talk.cleo, root.id)).replyCount).toBe(2)
    const thread = await timeline(talk.cleo, group, `?threadId=${root.id}`)
    expect(thread.data.map(({ id }) => id)).toEqual([question.id, answer.id])
    await remove(talk.ben, answer.id)
    expect((await read(talk.cleo, root.id)).replyCount).toBe(1)
  })

  it('stands in the timeline when the thread is gone by then', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: [{ pause: gate.promise }, 'Late.'] })
    const heard = await hearing(talk.cleo)
    const root = await say(talk.ada, group, 'Root')
    const question = await ask(talk.ada, 'And here?', { threadId: root.id })
    await remove(talk.ada, question.id)
    await remove(talk.ada, root.id)
    gate.resolve()
    const { data } = await heard.next(isAnswer)
    heard.close()
    expect(data).toMatchObject({ message: { content: 'Late.', threadId: null } })
    expect((await timeline(talk.cleo, group)).data).toMatchObject([{ content: 'Late.' }])
    expect(await conversation(talk.cleo, group)).toMatchObject({ messageCount: 1 })
  })
})

describe('the model', () => {
  const messagesTold = () => provider.requests.at(-1)!.body.messages

  it('is told what was said, by whom, up to the question, and nothing that was deleted', async () => {
    await say(talk.ben, group, 'Lunch?')
    await remove(talk.ben, (await say(talk.ben, group, 'Secret')).id)
    const root = await say(talk.cleo, group, 'A thread')
    await say(talk.cleo, group, { content: 'In the thread', threadId: root.id })
    provider.script({ steps: ['A bakery.'] })
    await answered(talk.ada, 'What is near?')
    provider.script({ steps: ['At nine.'] })
    await answered(talk.cleo, 'When does it open?')
    expect(messagesTold()).toEqual([
      { role: 'user', content: 'Ben: Lunch?' },
      { role: 'user', content: 'Cleo: A thread' },
      { role: 'user', content: 'Ada: What is near?' },
      { role: 'assistant', content: 'A bakery.' },
      { role: 'user', content: 'Cleo: When does it open?' },
    ])
  })

  it('is told of the thread only, when it is asked in one', async () => {
    await say(talk.ben, group, 'Something else')
    const root = await say(talk.ben, group, 'Root')
    provider.script({ steps: ['Yes.'] })
    await answered(talk.ada, 'In the thread?', { threadId: root.id })
    expect(messagesTold()).toEqual([
      { role: 'user', content: 'Ben: Root' },
      { role: 'user', content: 'Ada: In the thread?' },
    ])
  })

  it('is asked with the key of who calls it, and of nobody else', async () => {
    expectStatus(await talk.ada.request('PUT', '/api/api-key', { apiKey: 'sk-or-of-ada' }), 200)
    provider.reset()
    expectProblem(await post(talk.ben, group, { content: 'x', model: 'openrouter:echo' }), 400, /No API key/)
    provider.script({ steps: ['Paid.'] })
    const { answer } = await answered(talk.ada, 'Who pays?', { model: 'openrouter:echo' })
    expect(answer.content).toBe('Paid.')
    expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-or-of-ada'])
    expect(JSON.stringify((await timeline(talk.ben, group)).data)).not.toContain('sk-or')
  })

  it('answers once, however often and wherever the question is sent', async () => {
    const id = randomUUID()
    provider.script(() => ({ steps: ['Once.'] }))
    const heard = await hearing(talk.ben)
    await Promise.all(Array.from({ length: 6 }, () => ask(talk.ada, 'Once?', { id })))
    await heard.next(isAnswer)
    await ask(talk.ada, 'Once?', { id: id.toUpperCase() })
    // A second answer would come before the answer to what is asked next.
    await ask(talk.ada, 'And now?')
    await heard.next(isAnswer)
    heard.close()
    expect((await timeline(talk.ada, group)).data.map(({ content }) => content)).toEqual([
      'Once?',
      'Once.',
      'And now?',
      'Once.',
    ])
  })

  it('answers a question that was stored before the server could ask it, when that is sent again', async () => {
    const id = randomUUID()
    await say(talk.ada, group, { id, content: 'Still there?' })
    provider.script({ steps: ['Yes.'] })
    expect((await answered(talk.ada, 'Still there?', { id })).answer.content).toBe('Yes.')
  })
})

describe('several questions', () => {
  it('are answered one after the other, in order, each as of its own moment', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['One', { pause: gate.promise }] })
    provider.script({ steps: ['Two'] })
    provider.script({ steps: ['Three'] })
    const heard = await hearing(talk.cleo)
    for (const [person, content] of [
      [talk.ada, 'First?'],
      [talk.ben, 'Second?'],
      [talk.cleo, 'Third?'],
    ] as const) {
      await ask(person, content)
    }
    gate.resolve()
    for (const content of ['One', 'Two', 'Three']) {
      expect((await heard.next(isAnswer)).data).toMatchObject({ message: { content } })
    }
    heard.close()
    expect(provider.requests[1]!.body.messages).toEqual([
      { role: 'user', content: 'Ada: First?' },
      { role: 'user', content: 'Ben: Second?' },
    ])
  })

  it('of which one is deleted while it waits: that one is not answered, the next one is', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['One', { pause: gate.promise }] })
    provider.script({ steps: ['Three'] })
    const heard = await hearing(talk.cleo)
    await ask(talk.ada, 'First?')
    const second = await ask(talk.ben, 'Second?')
    await ask(talk.cleo, 'Third?')
    await remove(talk.ben, second.id)
    gate.resolve()
    for (const content of ['One', 'Three']) {
      expect((await heard.next(isAnswer)).data).toMatchObject({ message: { content } })
    }
    heard.close()
    expect(provider.requests).toHaveLength(2)
    expect(JSON.stringify(provider.requests[1]!.body)).not.toContain('Second?')
  })
})

describe('stopping', () => {
  it('is for every member, from every server; what was written stays', async () => {
    provider.script({ steps: ['Half'], ending: 'hang' })
    const stream = follow(other, talk.ben, group, { lastEventId: '0.end' })
    await ask(talk.ada)
    await stream.event(isDelta)
    for (const person of [talk.stranger, talk.dora]) expectStatus(await stop(person), 404)
    expectStatus(await stop({ ...talk.cleo }), 204)
    expect((await stream.event(hasEnded)).data).toMatchObject({
      reply: { status: 'stopped' },
      message: { content: 'Half', status: 'stopped' },
    })
    stream.close()
    expect(await provider.requests[0]!.abandoned).toBe(true)
    expect((await timeline(talk.ada, group)).data.at(-1)).toMatchObject({ content: 'Half', model: 'scripted' })
  })
})

describe('a provider that fails', () => {
  it.each([
    ['fail-401', 'model.key_rejected'],
    ['fail-402', 'model.no_funds'],
    ['fail-429', 'model.rate_limited'],
    ['fail-500', 'model.failed'],
    ['garbage', 'model.garbled'],
    ['empty', 'model.empty'],
  ])('%s: the members see why, nothing is said in its name, and the next question is answered', async (name, code) => {
    const stream = follow(talk.server, talk.ben, group, { lastEventId: '0.end' })
    await ask(talk.ada, 'Question', { model: `operator:${name}` })
    expect((await stream.event(hasEnded)).data).toMatchObject({
      reply: { status: 'failed', error: { code, message: expect.stringMatching(/\w/) } },
      message: null,
    })
    stream.close()
    expect((await timeline(talk.ben, group)).data).toMatchObject([{ content: 'Question' }])
    provider.script({ steps: ['Here.'] })
    expect((await answered(talk.ben, 'And now?')).answer.content).toBe('Here.')
  })

  it('in the middle: what came is kept', async () => {
    const stream = follow(talk.server, talk.ben, group, { lastEventId: '0.end' })
    await ask(talk.ada, 'Question', { model: 'operator:fail-midway' })
    expect((await stream.event(hasEnded)).data).toMatchObject({ reply: { status: 'failed' } })
    stream.close()
    expect((await timeline(talk.ben, group)).data.at(-1)).toMatchObject({ content: 'Half an answer' })
  })

  it('shows whoever comes later, too', async () => {
    const stream = follow(talk.server, talk.ben, group, { lastEventId: '0.end' })
    await ask(talk.ada, 'Question', { model: 'operator:fail-402' })
    await stream.event(hasEnded)
    stream.close()
    const late = follow(other, talk.cleo, group, { lastEventId: '0.end' })
    expect((await late.event(hasEnded)).data).toMatchObject({ reply: { error: { code: 'model.no_funds' } } })
    late.close()
  })
})

describe('somebody who is taken out', () => {
  const takeOut = async (person: TestPerson) =>
    expectStatus(await talk.ada.request('DELETE', at(group, `/members/${person.id}`)), 204)

  it('reads nothing more of an answer from that moment on, at any server, while the others read on', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['Before. ', { pause: gate.promise }, 'After.'] })
    const gone = [talk.server, other].map((server) => follow(server, talk.cleo, group, { lastEventId: '0.end' }))
    const staying = follow(other, talk.ben, group, { lastEventId: '0.end' })
    await ask(talk.ada)
    for (const stream of [...gone, staying]) await stream.event(isDelta)
    await takeOut(talk.cleo)
    for (const stream of gone) expect(await stream.over).toBe(true)
    gate.resolve()
    expect((await staying.event(hasEnded)).data).toMatchObject({ message: { content: 'Before. After.' } })
    staying.close()
    expect(JSON.stringify(gone.map(({ events }) => events))).not.toContain('After.')
    const again = follow(talk.server, talk.cleo, group, { lastEventId: '0.end' })
    await again.over
    expect(again.status).toBe(404)
  })

  it('gets the answer that is being written for the group, but none to what still waits', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['One', { pause: gate.promise }] })
    provider.script({ steps: ['Three'] })
    const heard = await hearing(talk.ben)
    await ask(talk.cleo, 'First?')
    await ask(talk.cleo, 'Second?')
    await ask(talk.ada, 'Third?')
    await takeOut(talk.cleo)
    gate.resolve()
    for (const content of ['One', 'Three']) {
      expect((await heard.next(isAnswer)).data).toMatchObject({ message: { content } })
    }
    heard.close()
    expect(provider.requests).toHaveLength(2)
  })
})

it('a group that is deleted ends the answer and its streams, at every server', async () => {
  provider.script({ steps: ['Half'], ending: 'hang' })
  const streams = [talk.server, other].map((server) => follow(server, talk.ben, group, { lastEventId: '0.end' }))
  await ask(talk.ada)
  for (const stream of streams) await stream.event(isDelta)
  expectStatus(await talk.ada.request('DELETE', at(group)), 204)
  for (const stream of streams) await stream.over
  expect(await provider.requests[0]!.abandoned).toBe(true)
})

it('a server that ends in the middle keeps what was written, and another answers what waits', async () => {
  const brief = await startTestServer({ database: talk.server.database, env: withModel(provider) })
  provider.script({ steps: ['Half'], ending: 'hang' })
  provider.script({ steps: ['Whole.'] })
  const heard = await hearing(talk.cleo, other)
  const stream = follow(other, talk.cleo, group, { lastEventId: '0.end' })
  const posted = await fetch(`${brief.url}${at(group, '/messages')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${talk.ada.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'First?', model: MODEL }),
  })
  expect(posted.status).toBe(201)
  await stream.event(isDelta)
  await ask(talk.ben, 'Second?')
  await brief.close()
  for (const content of ['Half', 'Whole.']) {
    expect((await heard.next(isAnswer)).data).toMatchObject({ message: { content } })
  }
  heard.close()
  stream.close()
  expect(brief.problems).toEqual([])
})

it('the servers had nothing to complain of', () => {
  expect([...talk.server.problems, ...other.problems].filter(({ what }) => what !== 'sweep')).toEqual([])
})
