/** Reading, renaming, deleting and going on with one conversation, and branching it (seed 4). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  branchConversation,
  deleteConversation,
  postMessage,
  readConversation,
  renameConversation,
} from '#contract/conversations/index.ts'
import { refusal, type Script } from '#test/support/scripted-provider/scripted-provider.ts'
import { openEvents, send, type TestPerson } from '#test/support/server.ts'
import { failure, refusedFields, success } from '../surfaces/holding.ts'
import { MODEL, openWorld, saying, talk, type World } from './world.ts'

let world: World
let person: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  world = await openWorld()
  person = await world.newPersonWithKey()
  stranger = await world.newPersonWithKey()
})
afterAll(() => world.close())
beforeEach(() => world.openRouter.reset())

/** Every endpoint below one conversation: how it is asked, with a body that is well formed. */
const endpoints: readonly (readonly [method: string, suffix: string, body: unknown])[] = [
  ['GET', '', undefined],
  ['PATCH', '', { title: 'Another' }],
  ['DELETE', '', undefined],
  ['POST', '/messages', { content: 'And Spain?', model: MODEL }],
  ['POST', `/messages/${randomUUID()}/branch`, { type: 'full' }],
  ['POST', `/messages/${randomUUID()}/branch`, { type: 'summary' }],
]

describe.each(endpoints)('%s /api/conversations/{id}%s', (method, suffix, body) => {
  const at = (id: string) => `/api/conversations/${id}${suffix}`

  it('answers 401 to a stranger without a credential', async () => {
    failure(await send(world.server.url, method, at(randomUUID()), body), 401, 'Unauthorized')
  })

  it.each(['nonsense', '123', 'c0000000000000000000000000', `${randomUUID()}0`, '%20', "1'--"])(
    'answers 400 to what is no UUID: %s',
    async (id) => {
      expect(failure(await person.request(method, at(id), body), 400).message).toBe('Invalid conversation ID')
    },
  )

  it('answers 404 to a conversation that does not exist and to one of somebody else alike, and asks no model', async () => {
    const { conversation } = await talk(world, stranger)
    const asked = world.openRouter.requests.length
    const missing = await person.request(method, at(randomUUID()), body)
    const foreign = await person.request(method, at(conversation.id), body)
    failure(missing, 404, 'Conversation not found')
    expect(foreign.body).toEqual(missing.body)
    expect(foreign.status).toBe(404)
    expect(world.openRouter.requests).toHaveLength(asked)
    const untouched = await stranger.request('GET', `/api/conversations/${conversation.id}`)
    expect(untouched.body).toEqual(conversation)
  })
})

describe('reading', () => {
  it('gives exactly the four fields, for any spelling of the id', async () => {
    const { conversation } = await talk(world, person)
    for (const id of [conversation.id, conversation.id.toUpperCase()]) {
      const answer = await person.request('GET', `/api/conversations/${id}`)
      expect(success(readConversation, answer)).toEqual(conversation)
    }
  })
})

describe('renaming', () => {
  it('answers with the conversation under its new title, and keeps it', async () => {
    const { conversation } = await talk(world, person)
    const title = '"Ü" 漢字 \u{1F600}'.padEnd(255, 'x')
    const answer = await person.request('PATCH', `/api/conversations/${conversation.id}`, { title })
    expect(success(renameConversation, answer)).toEqual({ ...conversation, title })
    expect((await person.request('GET', `/api/conversations/${conversation.id}`)).body.title).toBe(title)
  })

  it.each([{}, { title: '' }, { title: '  ' }, { title: null }, { title: 'x'.repeat(256) }, { title: 'a\u0000' }])(
    'answers 400 to %j',
    async (body) => {
      const { conversation } = await talk(world, person)
      const answer = await person.request('PATCH', `/api/conversations/${conversation.id}`, body)
      expect(refusedFields(answer, 'Invalid request body')).toEqual(['title'])
      expect((await person.request('GET', `/api/conversations/${conversation.id}`)).body).toEqual(conversation)
    },
  )
})

describe('deleting', () => {
  it('answers 204 without a body, takes the messages along, and is gone for good', async () => {
    const leaver = await world.newPersonWithKey()
    const { conversation } = await talk(world, leaver)
    const kept = await talk(world, leaver)
    success(deleteConversation, await leaver.request('DELETE', `/api/conversations/${conversation.id}`))
    expect(await world.stored(leaver)).toEqual({ conversations: 1, messages: 2 })
    const { owner } = world.server.database
    const { rows } = await owner.query('select from replies where conversation_id = $1', [conversation.id])
    expect(rows).toHaveLength(0)
    for (const method of ['GET', 'DELETE']) {
      const again = await leaver.request(method, `/api/conversations/${conversation.id}`)
      failure(again, 404, 'Conversation not found')
    }
    expect((await leaver.request('GET', `/api/conversations/${kept.conversation.id}`)).status).toBe(200)
  })

  it('leaves the branches of it without a parent', async () => {
    const { conversation, messages } = await talk(world, person)
    const path = `/api/conversations/${conversation.id}/messages/${messages[1].id}/branch`
    const branch = success(branchConversation, await person.request('POST', path, { type: 'full' }))
    expect(branch.parent_conversation_id).toBe(conversation.id)
    await person.request('DELETE', `/api/conversations/${conversation.id}`)
    const orphan = await person.request('GET', `/api/conversations/${branch.id}`)
    expect(orphan.body).toEqual({ ...branch, parent_conversation_id: null })
  })

  it('stops a reply that is being written in it, and ends its stream', async () => {
    world.openRouter.script({ steps: ['Once upon a time'], ending: 'hang' })
    const choice = { content: 'A long story', model: `openrouter:${MODEL}` }
    const { body } = await person.request('POST', '/api/app/conversations', choice)
    const { id } = body.conversation
    const events = await openEvents(`${world.server.url}/api/app/conversations/${id}/events`, {
      authorization: `Bearer ${person.token}`,
    })
    await events.next((data) => data.type === 'text-delta')
    const [asked] = world.openRouter.requests
    success(deleteConversation, await person.request('DELETE', `/api/conversations/${id}`))
    expect(await asked!.abandoned).toBe(true)
    await events.ended
    const { rows } = await world.server.database.owner.query('select from messages where conversation_id = $1', [id])
    expect(rows).toHaveLength(0)
  })
})

describe('posting a message', () => {
  const post = (id: string, body: unknown = { content: 'And Spain?', model: MODEL }) =>
    person.request('POST', `/api/conversations/${id}/messages`, body)

  it('answers with the question and the reply, in this order, and shows the model what was said before', async () => {
    const { conversation, messages } = await talk(world, person, { content: 'Capital of France?', reply: 'Paris.' })
    world.openRouter.requests.length = 0
    world.openRouter.script(saying('Madrid.', { usage: { prompt_tokens: 30, completion_tokens: 3 } }))
    const answer = await post(conversation.id)
    success(postMessage, answer)
    expect(answer.body).toEqual([
      { id: expect.any(String), role: 'user', content: 'And Spain?', created_at: expect.any(String) },
      {
        id: expect.any(String),
        role: 'assistant',
        content: 'Madrid.',
        model_name: MODEL,
        prompt_tokens: 30,
        completion_tokens: 3,
        created_at: expect.any(String),
      },
    ])
    expect(world.openRouter.requests[0]!.body.messages).toEqual([
      { role: 'user', content: 'Capital of France?' },
      { role: 'assistant', content: 'Paris.' },
      { role: 'user', content: 'And Spain?' },
    ])
    const page = await person.request('GET', `/api/conversations/${conversation.id}/messages?page=1`)
    expect(page.body).toEqual({
      data: [...messages, ...answer.body],
      pagination: { page: 1, pageSize: 50, total: 4 },
    })
    const read = await person.request('GET', `/api/conversations/${conversation.id}`)
    expect(read.body).toEqual(conversation)
  })

  it('shows the model the last 50 messages at most', async () => {
    const { conversation } = await talk(world, person)
    world.openRouter.script(() => saying('Noted'))
    for (let round = 1; round <= 26; round++) await post(conversation.id, { content: `Round ${round}`, model: MODEL })
    const { messages } = world.openRouter.requests.at(-1)!.body
    expect(messages).toHaveLength(50)
    expect(messages.at(-1)).toEqual({ role: 'user', content: 'Round 26' })
    expect(messages[0]).toEqual({ role: 'assistant', content: 'Noted' })
  })

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['content', 'model']],
    ['blank content', { content: ' ', model: MODEL }, ['content']],
    ['content of 50 001 characters', { content: 'x'.repeat(50_001), model: MODEL }, ['content']],
    ['an unknown field', { content: 'Hello', model: MODEL, role: 'system' }, ['role']],
  ])('answers 400 to %s', async (_, body, fields) => {
    const { conversation } = await talk(world, person)
    expect(refusedFields(await post(conversation.id, body), 'Invalid request body')).toEqual(fields)
  })

  it('answers 400 without a key', async () => {
    const loser = await world.newPersonWithKey()
    const { conversation } = await talk(world, loser)
    await loser.request('DELETE', '/api/api-key')
    failure(
      await loser.request('POST', `/api/conversations/${conversation.id}/messages`, { content: 'a', model: 'm' }),
      400,
    )
    expect(await world.stored(loser)).toEqual({ conversations: 1, messages: 2 })
  })

  it.each<[string, Script, number]>([
    ['a rejected key', refusal(401, 'No'), 402],
    ['no funds', refusal(402, 'No'), 402],
    ['a rate limit', refusal(429, 'No'), 402],
    ['a broken upstream', refusal(500, 'No'), 502],
    ['a lost connection', { steps: ['Mad'], ending: 'cut' }, 502],
    ['an empty reply', { steps: [] }, 502],
  ])('stores nothing after %s', async (_, script, status) => {
    const { conversation } = await talk(world, person)
    const before = await world.stored(person)
    world.openRouter.script(script)
    failure(await post(conversation.id), status)
    expect(await world.stored(person)).toEqual(before)
  })

  it('answers 404 and stores nothing when the conversation is deleted while the model thinks', async () => {
    const { conversation } = await talk(world, person)
    const gate = Promise.withResolvers<void>()
    world.openRouter.reset()
    world.openRouter.script(saying('Too late', { firstByteAfter: gate.promise }))
    const posted = post(conversation.id)
    await world.openRouter.arrived(1)
    await person.request('DELETE', `/api/conversations/${conversation.id}`)
    gate.resolve()
    failure(await posted, 404, 'Conversation not found')
    const { owner } = world.server.database
    const { rows } = await owner.query('select from messages where conversation_id = $1', [conversation.id])
    expect(rows).toHaveLength(0)
  })

  it('keeps pairs together and every time apart when several are posted at once', async () => {
    const { conversation } = await talk(world, person)
    world.openRouter.script(({ body }) => saying(`Re: ${body.messages.at(-1).content}`))
    const contents = Array.from({ length: 6 }, (_, index) => `Question ${index}`)
    const answers = await Promise.all(contents.map((content) => post(conversation.id, { content, model: MODEL })))
    for (const [index, { body }] of answers.entries()) {
      expect(body.map((message: any) => message.content)).toEqual([contents[index], `Re: ${contents[index]}`])
    }
    const { body } = await person.request('GET', `/api/conversations/${conversation.id}/messages?page=1`)
    expect(body.data.map((message: any) => message.role)).toEqual(
      Array.from({ length: 14 }, (_, index) => (index % 2 === 0 ? 'user' : 'assistant')),
    )
    const times = body.data.map((message: any) => message.created_at)
    expect(new Set(times).size).toBe(14)
    expect(times).toEqual(times.toSorted())
  })
})

describe('branching', () => {
  const branchAt = (id: string, messageId: string, type: unknown = 'full', by = person) =>
    by.request('POST', `/api/conversations/${id}/messages/${messageId}/branch`, { type })
  const contentsOf = async (id: string) =>
    (await person.request('GET', `/api/conversations/${id}/messages?page=1`)).body.data.map(
      ({ role, content, model_name, prompt_tokens, completion_tokens, created_at }: any) => ({
        role,
        content,
        model_name,
        prompt_tokens,
        completion_tokens,
        created_at,
      }),
    )
  const longTalk = async () => {
    const { conversation, messages } = await talk(world, person, { title: 'Capitals' })
    world.openRouter.script(saying('Madrid.'))
    const path = `/api/conversations/${conversation.id}/messages`
    const { body } = await person.request('POST', path, { content: 'And Spain?', model: MODEL })
    return { conversation, messages: [...messages, ...body] }
  }

  it.each([0, 1, 2, 3])('copies the messages up to and including the one it is made at (%i)', async (index) => {
    const { conversation, messages } = await longTalk()
    const branch = success(branchConversation, await branchAt(conversation.id, messages[index].id))
    expect(branch).toEqual({
      id: expect.any(String),
      title: 'Capitals - branch 1',
      parent_conversation_id: conversation.id,
      created_at: expect.any(String),
    })
    expect(branch.id).not.toBe(conversation.id)
    expect(await contentsOf(branch.id)).toEqual((await contentsOf(conversation.id)).slice(0, index + 1))
    const { body } = await person.request('GET', `/api/app/conversations/${branch.id}`)
    expect(body.conversation.messageCount).toBe(index + 1)
    expect((await person.request('GET', '/api/conversations?pageSize=1')).body.data[0].id).toBe(branch.id)
  })

  it('numbers the branches of a conversation, also when they are made at once; a branch counts its own', async () => {
    const { conversation, messages } = await longTalk()
    const made = await Promise.all(Array.from({ length: 5 }, () => branchAt(conversation.id, messages[1].id)))
    const titles = new Set(made.map(({ body }) => body.title))
    expect(titles).toEqual(new Set([1, 2, 3, 4, 5].map((number) => `Capitals - branch ${number}`)))
    const [branch] = made
    const copies = await person.request('GET', `/api/conversations/${branch!.body.id}/messages?page=1`)
    const grandchild = await branchAt(branch!.body.id, copies.body.data[0].id)
    expect(grandchild.body.title).toBe(`${branch!.body.title} - branch 1`)
  })

  it('goes its own way: what is said in one does not show in the other', async () => {
    const { conversation, messages } = await longTalk()
    const { body: branch } = await branchAt(conversation.id, messages[1].id)
    world.openRouter.requests.length = 0
    world.openRouter.script(saying('Rome.'))
    await person.request('POST', `/api/conversations/${branch.id}/messages`, { content: 'And Italy?', model: MODEL })
    expect(world.openRouter.requests[0]!.body.messages.map((turn: any) => turn.content)).toEqual([
      'A question',
      'An answer',
      'And Italy?',
    ])
    expect((await contentsOf(conversation.id)).length).toBe(4)
  })

  it('keeps a title within 255 characters', async () => {
    const { conversation, messages } = await longTalk()
    await person.request('PATCH', `/api/conversations/${conversation.id}`, { title: 'x'.repeat(255) })
    const { body } = await branchAt(conversation.id, messages[0].id)
    expect(body.title).toBe(`${'x'.repeat(255 - ' - branch 1'.length)} - branch 1`)
  })

  it('calls the branch of a conversation without a title a New Conversation', async () => {
    const { conversation, messages } = await longTalk()
    const { owner } = world.server.database
    await owner.query('update conversations set title = null where conversation_id = $1', [conversation.id])
    expect((await branchAt(conversation.id, messages[0].id)).body.title).toBe('New Conversation - branch 1')
  })

  it('with a summary holds one system message, which the model is shown later', async () => {
    const { conversation, messages } = await longTalk()
    world.openRouter.requests.length = 0
    world.openRouter.script(saying('They spoke of capitals.'))
    const branch = success(branchConversation, await branchAt(conversation.id, messages[1].id, 'summary'))
    expect(branch).toMatchObject({ title: 'Capitals - branch 1', parent_conversation_id: conversation.id })
    const asked = world.openRouter.requests[0]!.body.messages
    expect(asked.slice(0, 2)).toEqual([
      { role: 'user', content: 'A question' },
      { role: 'assistant', content: 'An answer' },
    ])
    expect(JSON.stringify(asked)).not.toContain('And Spain?')
    const held = (await contentsOf(branch.id)).map(({ role, content }: any) => ({ role, content }))
    expect(held).toEqual([{ role: 'system', content: 'They spoke of capitals.' }])
    world.openRouter.script(saying('Go on.'))
    await person.request('POST', `/api/conversations/${branch.id}/messages`, {
      content: 'Where were we?',
      model: MODEL,
    })
    expect(world.openRouter.requests.at(-1)!.body.messages[0]).toEqual({
      role: 'system',
      content: 'They spoke of capitals.',
    })
  })

  it.each<[Script, number]>([
    [refusal(401, 'No'), 402],
    [refusal(402, 'No'), 402],
    [refusal(429, 'No'), 402],
    [refusal(500, 'No'), 502],
    [{ steps: ['Th'], ending: 'cut' }, 502],
    [{ steps: [] }, 502],
  ])('with a summary that fails leaves nothing, not even a number (%#)', async (script, status) => {
    const { conversation, messages } = await longTalk()
    const before = await world.stored(person)
    world.openRouter.script(script)
    failure(await branchAt(conversation.id, messages[1].id, 'summary'), status)
    expect(await world.stored(person)).toEqual(before)
    expect((await branchAt(conversation.id, messages[1].id)).body.title).toBe('Capitals - branch 1')
  })

  it('with a summary answers 400 without a key; with the messages it needs none', async () => {
    const { conversation, messages } = await longTalk()
    await person.request('DELETE', '/api/api-key')
    try {
      failure(await branchAt(conversation.id, messages[1].id, 'summary'), 400)
      success(branchConversation, await branchAt(conversation.id, messages[1].id))
    } finally {
      await person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-another' })
    }
  })

  it('answers 404 to a message that does not exist or is of another conversation', async () => {
    const { conversation } = await longTalk()
    const other = await talk(world, person)
    const foreign = await talk(world, stranger)
    for (const type of ['full', 'summary']) {
      for (const id of [randomUUID(), other.messages[0].id, foreign.messages[0].id]) {
        failure(await branchAt(conversation.id, id, type), 404, 'Message not found')
      }
    }
    expect((await branchAt(conversation.id, (await firstOf(conversation.id)).id)).body.title).toBe(
      'Capitals - branch 1',
    )
  })

  it('answers 400 to what is no message id and to another type', async () => {
    const { conversation, messages } = await longTalk()
    failure(await branchAt(conversation.id, 'nonsense'), 400, 'Invalid message ID')
    for (const type of ['half', '', null, 1, ['full']]) {
      const answer = await branchAt(conversation.id, messages[0].id, type)
      expect(refusedFields(answer, 'Invalid request body')).toEqual(['type'])
    }
  })

  const firstOf = async (id: string) =>
    (await person.request('GET', `/api/conversations/${id}/messages?page=1&pageSize=1`)).body.data[0]
})
