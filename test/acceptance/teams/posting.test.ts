/** POST /api/team/conversations/{id}/messages: who are you, is it well formed, may you, what happened. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startScriptedProvider, type ScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { expectStatus } from '../surfaces/holding.ts'
import {
  conversation,
  counted,
  happeningsIn,
  idsOf,
  newWorkType,
  openTalk,
  post,
  read,
  remove,
  say,
  seedPage,
  type Talk,
  timeline,
  uploaded,
  withoutCredential,
} from './talk.ts'
import { at, expectProblem, said } from './world.ts'

let provider: ScriptedProvider
let talk: Talk
let group: string
beforeAll(async () => {
  provider = await startScriptedProvider()
  talk = await openTalk({ env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'echo' } })
  group = await talk.newGroup()
})
afterAll(async () => {
  await talk.close()
  await provider.close()
})

/** Nothing of it is to be found anywhere. */
const expectNothingStored = async (id: string) => {
  expect(await counted(talk, 'messages where message_id = $1', [id])).toBe(0)
  expect(await counted(talk, 'files where message_id = $1', [id])).toBe(0)
  expect(await counted(talk, 'mentions where message_id = $1', [id])).toBe(0)
}

it('nobody posts without a credential', async () => {
  expectProblem(await withoutCredential(talk, 'POST', at(group, '/messages'), { content: 'Hello' }), 401)
})

describe('a message that is not well formed is refused, and the field is named:', () => {
  const tooMany = (most: number) => Array.from({ length: most + 1 }, () => randomUUID())
  it.each<[string, unknown, RegExp]>([
    ['without anything', {}, /content or files/],
    ['with blanks only', { content: ' \n\t ' }, /content or files/],
    ['with a number for words', { content: 7 }, /content/],
    ['with one character too many', { content: 'x'.repeat(50_001) }, /content/],
    ['with NUL', { content: 'a\0b' }, /content/],
    ['with half a surrogate pair', '{"content":"\\ud800"}', /content/],
    ['with something for an id', { id: 'mine', content: 'x' }, /id/],
    ['with an id of another version', { id: '6fa459ea-ee8a-3ca4-894e-db77e160355e', content: 'x' }, /id/],
    ['with something for a file', { fileIds: ['a'] }, /fileIds/],
    ['with eleven files', { fileIds: tooMany(10) }, /fileIds/],
    ['with 101 mentions', { content: 'x', mentions: tooMany(100) }, /mentions/],
    ['with something for a thread', { content: 'x', threadId: "' or 1=1" }, /threadId/],
    ['with a field that nobody knows', { content: 'x', senderId: randomUUID() }, /senderId/],
  ])('%s', async (_, body, detail) => {
    expectProblem(await talk.ada.request('POST', at(group, '/messages'), body), 400, detail)
  })

  it('a megabyte of words, 400 or 413', async () => {
    const answer = await post(talk.ada, group, { content: 'x'.repeat(2 ** 20) })
    expect([400, 413]).toContain(answer.status)
  })
})

describe('who may post', () => {
  it('a stranger and a former member are told 403, and 404 where there is no team conversation', async () => {
    for (const person of [talk.stranger, talk.dora]) {
      expectProblem(await post(person, group, { content: 'x' }), 403, said.forbidden)
      expectProblem(await post(person, randomUUID(), { content: 'x' }), 404, said.missing)
    }
    const own = await talk.ada.request('POST', '/api/v1/chat/conversations', {})
    expectStatus(own, 201)
    const list = await talk.ada.request('GET', '/api/app/conversations')
    expectProblem(await post(talk.ada, list.body.data[0].id, { content: 'x' }), 404, said.missing)
  })
})

describe('a message', () => {
  it('is answered as everybody sees it', async () => {
    const place = await talk.newGroup()
    const message = await say(talk.cleo, place, { content: 'Hello @Ben', mentions: [talk.ben.id] })
    expect(message).toEqual({
      id: expect.any(String),
      conversationId: place,
      senderId: talk.cleo.id,
      senderName: 'Cleo',
      senderAvatarUrl: null,
      type: 'text',
      content: 'Hello @Ben',
      attachments: [],
      createdAt: message.updatedAt,
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      isPinned: false,
      isStarred: false,
      threadId: null,
      replyCount: 0,
      workTypeId: null,
      taskId: null,
      linkedTaskCount: 0,
      mentions: [{ id: talk.ben.id, name: 'Ben' }],
      editedAt: null,
      model: null,
      can: { edit: true, delete: true },
    })
    expect((await timeline(talk.ben, place)).data).toEqual([{ ...message, can: { edit: false, delete: true } }])
    expect(await read(talk.ada, message.id)).toEqual({ ...message, can: { edit: false, delete: true } })
  })

  it('is counted, becomes the preview, and moves the read mark of who posts it and of nobody else', async () => {
    const place = await talk.newGroup()
    await say(talk.ada, place, 'First')
    const { createdAt } = await say(talk.cleo, place, 'long '.repeat(30))
    const seen = await conversation(talk.cleo, place)
    expect(seen).toMatchObject({ messageCount: 2, unreadCount: 0, readAt: createdAt, activeAt: createdAt })
    expect(seen.preview).toBe('long '.repeat(20))
    expect(await conversation(talk.ben, place)).toMatchObject({ unreadCount: 2 })
  })

  it.each([
    ['<script>alert(1)</script>"&\'', 'markup'],
    ["'; drop table messages; --", 'SQL'],
    ['\u202Egnp.exe \u2066\u0000'.replace('\u0000', ''), 'bidirectional marks'],
    ['👩‍👩‍👧‍👦 e\u0301 ﷺ \u2028\u2029\u0085', 'what is hard to count'],
    ['data: {"type":"reset"}\r\n\r\nid: 1', 'what ends an event'],
    ['  white space stays  ', 'white space'],
    ['🙂'.repeat(25_000), 'as much as there may be'],
  ])('comes back as it was: %#', async (content) => {
    const { id } = await say(talk.ada, group, content)
    expect((await read(talk.ben, id)).content).toBe(content)
    expect((await seedPage(talk.ben, group)).data[0]).toMatchObject({ id, content })
  })

  it('is told to the readers, and to its sender that everything is read, where something was not', async () => {
    const place = await talk.newGroup()
    await happeningsIn(talk, place)
    await say(talk.ada, place)
    expect(await happeningsIn(talk, place)).toEqual(['message-posted'])
    await say(talk.ben, place)
    const told = await happeningsIn(talk, place)
    expect(told.toSorted()).toEqual(['message-posted', `read-moved for ${talk.ben.id}`])
  })

  it('of twenty that are posted at once has a time of its own', async () => {
    const place = await talk.newGroup()
    const people = [talk.ada, talk.ben, talk.cleo]
    const messages = await Promise.all(Array.from({ length: 20 }, (_, n) => say(people[n % 3]!, place, `${n}`)))
    expect(new Set(messages.map(({ createdAt }) => createdAt)).size).toBe(20)
    expect(await conversation(talk.ada, place)).toMatchObject({ messageCount: 20 })
    expect((await timeline(talk.ada, place)).data).toHaveLength(20)
  })
})

describe('with an id of its own', () => {
  it('a message that is sent again is posted once', async () => {
    const place = await talk.newGroup()
    const id = randomUUID()
    const file = await uploaded(talk, place, talk.ada)
    const draft = { id: id.toUpperCase(), content: 'Once', fileIds: [file], mentions: [talk.ben.id] }
    const first = await say(talk.ada, place, draft)
    expect(first.id).toBe(id)
    await happeningsIn(talk, place)
    expect(await say(talk.ada, place, draft)).toEqual(first)
    expect(await say(talk.ada, place, { id, content: 'Something else' })).toEqual(first)
    expect(await happeningsIn(talk, place)).toEqual([])
    expect(await conversation(talk.ada, place)).toMatchObject({ messageCount: 1 })
  })

  it('so is one that is sent ten times at once', async () => {
    const place = await talk.newGroup()
    const id = randomUUID()
    const all = await Promise.all(Array.from({ length: 10 }, () => say(talk.ada, place, { id, content: 'Once' })))
    expect(new Set(all.map((message) => JSON.stringify(message))).size).toBe(1)
    expect(idsOf((await timeline(talk.ada, place)).data)).toEqual([id])
  })

  it('nobody takes an id that is somebody else’s, wherever it is, or of what was deleted', async () => {
    const [place, other] = [await talk.newGroup(), await talk.newGroup()]
    const { id } = await say(talk.ada, place, 'Mine')
    const hidden = await talk.world.newGroup([talk.stranger])
    const unseen = await say(talk.stranger, hidden, 'Unseen')
    const detail = 'Another message has this id already.'
    expectProblem(await post(talk.ben, place, { id, content: 'x' }), 409, detail)
    expectProblem(await post(talk.ada, other, { id, content: 'x' }), 409, detail)
    expectProblem(await post(talk.ada, other, { id: unseen.id, content: 'x' }), 409, detail)
    await remove(talk.ada, id)
    expectProblem(await post(talk.ada, place, { id, content: 'x' }), 409, detail)
    expect((await timeline(talk.ada, place)).data).toEqual([])
    expect(await conversation(talk.ada, other)).toMatchObject({ messageCount: 0 })
  })
})

describe('files', () => {
  const picture = { category: 'image', content_type: 'image/png', width: 1920, height: 1080 } as const
  const film = { category: 'video', content_type: 'video/mp4', duration_seconds: 12.5 } as const

  it.each([
    ['pictures and films make an image', [picture, film], 'image'],
    ['documents make a file', [{}], 'file'],
    ['a picture among documents makes a file', [picture, {}], 'file'],
  ] as const)('%s', async (_, kinds, type) => {
    const place = await talk.newGroup()
    const fileIds = []
    for (const kind of kinds) fileIds.push(await uploaded(talk, place, talk.ada, kind))
    const message = await say(talk.ada, place, { fileIds: fileIds.toReversed() })
    expect(message).toMatchObject({ type, content: null })
    expect(idsOf(message.attachments)).toEqual(fileIds.toReversed())
    expect((await seedPage(talk.ben, place)).data[0]).toMatchObject({ type, content: null })
  })

  it('may come with words, and their name is the preview where there are none', async () => {
    const place = await talk.newGroup()
    const [one, two] = [
      await uploaded(talk, place, talk.ada),
      await uploaded(talk, place, talk.ada, { name: 'plan.pdf' }),
    ]
    expect(await say(talk.ada, place, { content: 'Look', fileIds: [one] })).toMatchObject({
      type: 'file',
      content: 'Look',
    })
    expect((await conversation(talk.ada, place)).preview).toBe('Look')
    await say(talk.ada, place, { content: '  ', fileIds: [two, two] })
    expect((await conversation(talk.ada, place)).preview).toBe('plan.pdf')
  })

  it('that are not there, somebody else’s, of another conversation or sent already: nothing is stored', async () => {
    const [place, other] = [await talk.newGroup(), await talk.newGroup()]
    const mine = await uploaded(talk, place, talk.ada)
    const sent = await uploaded(talk, place, talk.ada)
    await say(talk.ada, place, { fileIds: [sent] })
    for (const wrong of [
      randomUUID(),
      await uploaded(talk, place, talk.ben),
      await uploaded(talk, other, talk.ada),
      sent,
    ]) {
      const id = randomUUID()
      const answer = await post(talk.ada, place, { id, content: 'x', fileIds: [mine, wrong], mentions: [talk.ben.id] })
      expectProblem(answer, 404, 'File not found')
      await expectNothingStored(id)
    }
    expect(await conversation(talk.ada, place)).toMatchObject({ messageCount: 1 })
    expect((await say(talk.ada, place, { fileIds: [mine] })).attachments).toHaveLength(1)
  })

  it('that are sent by ten messages at once are sent by one', async () => {
    const place = await talk.newGroup()
    const file = await uploaded(talk, place, talk.ada)
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(talk.ada, place, { fileIds: [file] })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array(9).fill(404)])
    expect(await conversation(talk.ada, place)).toMatchObject({ messageCount: 1 })
  })
})

describe('mentions', () => {
  it('are of members; others are named, and nothing is stored', async () => {
    const place = await talk.newGroup()
    for (const nobody of [talk.stranger.id, talk.dora.id, randomUUID()]) {
      const id = randomUUID()
      const answer = await post(talk.ada, place, { id, content: 'x', mentions: [talk.ben.id, nobody] })
      expectProblem(answer, 400, new RegExp(`mentions.*${nobody}`))
      expect(JSON.stringify(answer.body)).not.toContain(talk.ben.id)
      await expectNothingStored(id)
    }
  })

  it('are counted once, by name, and count as unread for whom they mention', async () => {
    const place = await talk.newGroup()
    const mentions = [talk.cleo.id, talk.ben.id, talk.cleo.id.toUpperCase()]
    const message = await say(talk.ada, place, { content: '@Ben @Cleo', mentions })
    expect(message.mentions.map(({ name }) => name)).toEqual(['Ben', 'Cleo'])
    expect(await conversation(talk.cleo, place)).toMatchObject({ unreadCount: 1, mentionCount: 1 })
  })
})

describe('a thread', () => {
  it('hangs on a message, counts its replies and stays out of the timeline', async () => {
    const place = await talk.newGroup()
    const root = await say(talk.ada, place, 'Root')
    await happeningsIn(talk, place)
    const reply = await say(talk.ben, place, { content: 'Reply', threadId: root.id })
    expect(reply.threadId).toBe(root.id)
    expect(await happeningsIn(talk, place)).toEqual(expect.arrayContaining(['message-posted', 'message-changed']))
    const { data } = await timeline(talk.cleo, place)
    expect(data.map(({ id, replyCount }) => [id, replyCount])).toEqual([[root.id, 1]])
    expect(idsOf((await timeline(talk.cleo, place, `?threadId=${root.id}`)).data)).toEqual([reply.id])
    expect(await conversation(talk.cleo, place)).toMatchObject({
      messageCount: 2,
      preview: 'Reply',
      activeAt: reply.createdAt,
    })
  })

  it('hangs on nothing else: a reply, what the group says itself, another group’s message, nothing', async () => {
    const [place, other] = [await talk.newGroup(), await talk.newGroup()]
    const root = await say(talk.ada, place)
    const reply = await say(talk.ada, place, { content: 'Reply', threadId: root.id })
    const elsewhere = await say(talk.ada, other)
    const gone = await say(talk.ada, place)
    await remove(talk.ada, gone.id)
    await talk.ada.request('PATCH', at(place), { title: 'Renamed' })
    const system = (await timeline(talk.ada, place)).data.find(({ type }) => type === 'system')!
    for (const threadId of [reply.id, elsewhere.id, gone.id, system.id, randomUUID()]) {
      const answer = await post(talk.ada, place, { content: 'x', threadId })
      expectProblem(answer, 400, 'Invalid threadId: must be a message of this conversation')
    }
  })

  it('counts twenty replies that come at once', async () => {
    const place = await talk.newGroup()
    const root = await say(talk.ada, place)
    await Promise.all(Array.from({ length: 20 }, () => say(talk.ben, place, { content: 'x', threadId: root.id })))
    expect((await read(talk.ada, root.id)).replyCount).toBe(20)
  })
})

it('a work type is one of the conversation', async () => {
  const [place, other] = [await talk.newGroup(), await talk.newGroup()]
  const mine = await newWorkType(talk.ada, place, 'Bug')
  const foreign = await newWorkType(talk.ada, other, 'Bug')
  expect((await say(talk.ben, place, { content: 'x', workTypeId: mine.id })).workTypeId).toBe(mine.id)
  for (const workTypeId of [foreign.id, randomUUID()]) {
    expectProblem(await post(talk.ben, place, { content: 'x', workTypeId }), 404, 'Work type not found')
  }
})

describe('with a model', () => {
  it('that is not there, nothing is posted', async () => {
    const place = await talk.newGroup()
    expectProblem(await post(talk.ada, place, { content: 'x', model: 'nothing:here' }), 400, /model/)
    expect((await timeline(talk.ada, place)).data).toEqual([])
  })
})

it('the server had nothing to complain of', () => {
  expect(talk.server.problems.filter(({ what }) => what !== 'sweep')).toEqual([])
})
