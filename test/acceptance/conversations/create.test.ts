/** POST /api/conversations (seed 4): the model is asked first, then everything is stored, or nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createConversation } from '#contract/conversations/index.ts'
import { refusal, type Script, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { send, type TestPerson } from '#test/support/server.ts'
import { failure, refusedFields, success } from '../surfaces/holding.ts'
import { KEY, MODEL, openWorld, saying, type World } from './world.ts'

let world: World
let person: TestPerson
beforeAll(async () => {
  world = await openWorld()
  person = await world.newPersonWithKey()
})
afterAll(() => world.close())
beforeEach(() => world.openRouter.reset())

const create = (body: unknown = { content: 'What is the capital of France?', model: MODEL }, by = person) =>
  by.request('POST', '/api/conversations', body)

const NOTHING = { conversations: 0, messages: 0 }

describe('who asks', () => {
  it('is told 401 without a credential, before the body is read', async () => {
    failure(await send(world.server.url, 'POST', '/api/conversations', '{"content":'), 401, 'Unauthorized')
    expect(world.openRouter.requests).toEqual([])
  })

  it('spends no key with a token that has been revoked', async () => {
    const leaver = await world.newPersonWithKey()
    const { body } = await leaver.request('GET', '/api/app/access-tokens')
    await leaver.request('DELETE', `/api/app/access-tokens/${body.data[0].id}`)
    failure(await create(undefined, leaver), 401, 'Unauthorized')
    expect(world.openRouter.requests).toEqual([])
  })
})

describe('a body that is not well formed', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['content', 'model']],
    ['no content', { model: MODEL }, ['content']],
    ['no model', { content: 'Hello' }, ['model']],
    ['empty content', { content: '', model: MODEL }, ['content']],
    ['blank content', { content: ' \n\t', model: MODEL }, ['content']],
    ['content of 50 001 characters', { content: 'x'.repeat(50_001), model: MODEL }, ['content']],
    ['content that is no text', { content: ['Hello'], model: MODEL }, ['content']],
    ['content with NUL', { content: 'a\u0000b', model: MODEL }, ['content']],
    ['an empty model', { content: 'Hello', model: '' }, ['model']],
    ['a model of 256 characters', { content: 'Hello', model: 'm'.repeat(256) }, ['model']],
    ['a model that is null', { content: 'Hello', model: null }, ['model']],
    ['a field that nobody knows', { content: 'Hello', model: MODEL, title: 'Mine' }, ['title']],
    ['a list', [], ['']],
    ['a text', '"Hello"', ['']],
  ])('is told 400 and which fields: %s', async (_, body, fields) => {
    expect(refusedFields(await create(body), 'Invalid request body')).toEqual(fields)
    expect(world.openRouter.requests).toEqual([])
  })

  it.each(['{', '{"content":"a","content":"b","model":"m"}', 'nonsense'])('is told 400: %s', async (body) => {
    expect(failure(await create(body), 400, 'Invalid JSON in request body').errors).toBeUndefined()
  })

  it('is told 400 when it is missing', async () => {
    expect(refusedFields(await create(''), 'Invalid request body')).toEqual(['content', 'model'])
  })

  it('is told 415 when it is no JSON, and 413 when it is too large', async () => {
    failure(await person.request('POST', '/api/conversations', 'content=a', { 'content-type': 'text/plain' }), 415)
    failure(await create({ content: 'x'.repeat(3_000_000), model: MODEL }), 413)
  })
})

describe('whose key is used', () => {
  it('is told 400 without a key and without an operator’s model, and nothing is stored', async () => {
    const keyless = await world.server.newPerson()
    failure(await create(undefined, keyless), 400)
    expect(await world.stored(keyless)).toEqual(NOTHING)
    expect(world.openRouter.requests).toEqual([])
  })

  it('is told 500 when the stored key cannot be opened, and the key of somebody else does not open either', async () => {
    const [unlucky, other] = [await world.newPersonWithKey(), await world.newPersonWithKey()]
    const { owner } = world.server.database
    const tampered = [
      `overlay(sealed_key placing 'AAAA' from length(sealed_key) - 8)`,
      `'nonsense'`,
      `(select sealed_key from provider_keys where user_id = '${other.id}')`,
    ]
    for (const value of tampered) {
      await owner.query(`update provider_keys set sealed_key = ${value} where user_id = $1`, [unlucky.id])
      failure(await create(undefined, unlucky), 500)
    }
    expect(await world.stored(unlucky)).toEqual(NOTHING)
    expect(world.openRouter.requests).toEqual([])
  })

  it('sends the key and the name of the model as they are', async () => {
    world.openRouter.script(saying('Paris.'))
    world.openRouter.script(saying('Capital of France'))
    const model = 'Some-Vendor/odd:name@2024_v1.5 (beta)'
    success(createConversation, await create({ content: 'What is the capital of France?', model }))
    const [asked] = world.openRouter.requests
    expect(asked!.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(asked!.body.model).toBe(model)
    expect(asked!.body.messages).toEqual([{ role: 'user', content: 'What is the capital of France?' }])
  })
})

describe('whose model is used where the operator has one', () => {
  it('the operator’s without a key, the person’s with one', async () => {
    const operator = await startScriptedProvider()
    const place = await openWorld({ operator })
    try {
      const somebody = await place.server.newPerson()
      operator.script(() => saying('From the operator'))
      place.openRouter.script(() => saying('From OpenRouter'))
      const first = success(createConversation, await create(undefined, somebody))
      expect(first.messages[1]!.content).toBe('From the operator')
      expect(operator.requests[0]!.body.model).toBe(MODEL)
      expect(place.openRouter.requests).toEqual([])

      await somebody.request('PUT', '/api/api-key', { apiKey: KEY })
      operator.requests.length = 0
      const second = success(createConversation, await create(undefined, somebody))
      expect(second.messages[1]!.content).toBe('From OpenRouter')
      expect(operator.requests).toEqual([])

      await somebody.request('DELETE', '/api/api-key')
      const before = await place.stored(somebody)
      await operator.close()
      failure(await create(undefined, somebody), 502)
      expect(await place.stored(somebody)).toEqual(before)
    } finally {
      await place.close()
      await operator.close().catch(() => {})
    }
  })
})

describe('a failing provider leaves nothing', () => {
  it.each<[string, Script, number]>([
    ['401, the key is not valid', refusal(401, 'Invalid API key'), 402],
    ['402, no funds', refusal(402, 'Insufficient credits'), 402],
    ['403, the key may not', refusal(403, 'Forbidden'), 402],
    ['429, too many requests', refusal(429, 'Rate limit exceeded', { headers: { 'retry-after': '7' } }), 402],
    [
      'an error of 402 in the middle',
      { steps: ['Half', { error: { code: 402, message: 'No credit' } }], ending: 'stop' },
      402,
    ],
    [
      'an error of 429 in the middle',
      { steps: ['Half', { error: { code: 429, message: 'Slow down' } }], ending: 'stop' },
      402,
    ],
    ['408, the upstream took too long', refusal(408, 'Timeout'), 502],
    ['500', refusal(500, 'Internal error'), 502],
    ['502', refusal(502, 'Bad gateway'), 502],
    ['503', refusal(503, 'Overloaded'), 502],
    ['529', refusal(529, 'Overloaded'), 502],
    [
      'an error of 502 in the middle',
      { steps: ['Half', { error: { code: 502, message: 'Upstream' } }], ending: 'stop' },
      502,
    ],
    ['hanging up', { drop: true }, 502],
    ['garbage', { headers: { 'content-type': 'text/html' }, body: Buffer.from('<!doctype html>') }, 502],
    ['JSON that is no completion', { body: { hello: 'world' } }, 502],
    ['an event that is no JSON', { steps: [{ raw: 'data: {"choices":[\n\n' }] }, 502],
    ['a cut in the middle', { steps: ['Half an ans'], ending: 'cut' }, 502],
    ['a reset in the middle', { steps: ['Half an ans'], ending: 'reset' }, 502],
    ['an end without an end', { steps: ['Half an ans'], ending: 'stop' }, 502],
    ['an empty reply', { steps: [] }, 502],
  ])('%s', async (_, script, status) => {
    const before = await world.stored(person)
    const total = (await person.request('GET', '/api/conversations')).body.pagination.total
    world.openRouter.script(script)
    const body = failure(await create(), status)
    expect(body.message).not.toBe('')
    expect(JSON.stringify(body)).not.toContain(KEY)
    expect(await world.stored(person)).toEqual(before)
    expect((await person.request('GET', '/api/conversations')).body.pagination.total).toBe(total)
    expect(world.openRouter.requests).toHaveLength(1)
  })

  it('a database that fails in the middle of the transaction leaves nothing half, and tells nothing of itself', async () => {
    const { owner } = world.server.database
    const before = await world.stored(person)
    await owner.query(`
      create function refuse_answers() returns trigger language plpgsql as $$
      begin raise exception 'inner workings'; end $$;
      create trigger refuse_answers before insert on messages for each row
        when (new.role = 'assistant') execute function refuse_answers()`)
    try {
      world.openRouter.script(() => saying('Paris.'))
      expect(failure(await create(), 500).message).not.toContain('inner workings')
      expect(await world.stored(person)).toEqual(before)
    } finally {
      await owner.query('drop trigger refuse_answers on messages; drop function refuse_answers()')
    }
    success(createConversation, await create())
  })
})

describe('a new conversation', () => {
  it('is answered with exactly what the seed lists, and stored as it was answered', async () => {
    const newcomer = await world.newPersonWithKey()
    const startedAt = world.server.clock.now().toISOString()
    world.openRouter.script(saying('Paris.', { usage: { prompt_tokens: 14, completion_tokens: 2 } }))
    world.openRouter.script(saying('Capital of France'))
    const answer = await create(undefined, newcomer)
    const { conversation, messages } = success(createConversation, answer)
    expect(answer.body).toEqual({
      conversation: {
        id: expect.any(String),
        title: 'Capital of France',
        parent_conversation_id: null,
        created_at: expect.any(String),
      },
      messages: [
        {
          id: expect.any(String),
          role: 'user',
          content: 'What is the capital of France?',
          created_at: expect.any(String),
        },
        {
          id: expect.any(String),
          role: 'assistant',
          content: 'Paris.',
          model_name: MODEL,
          prompt_tokens: 14,
          completion_tokens: 2,
          created_at: expect.any(String),
        },
      ],
    })
    const [question, reply] = messages
    expect(conversation.created_at >= startedAt).toBe(true)
    expect(question!.created_at < reply!.created_at).toBe(true)
    expect((await newcomer.request('GET', `/api/conversations/${conversation.id}`)).body).toEqual(conversation)
    const page = await newcomer.request('GET', `/api/conversations/${conversation.id}/messages?page=1`)
    expect(page.body.data).toEqual(messages)
    expect(await world.stored(newcomer)).toEqual({ conversations: 1, messages: 2 })
  })

  it('leaves out what the provider did not tell', async () => {
    world.openRouter.script(saying('Paris.', { usage: null }))
    const { messages } = success(createConversation, await create())
    expect(Object.keys(messages[1]!).toSorted()).toEqual(['content', 'created_at', 'id', 'model_name', 'role'])
  })

  it('names the model that really answered', async () => {
    world.openRouter.script(saying('Paris.', { model: 'google/gemini-flash-1.5-8b' }))
    const { messages } = success(createConversation, await create({ content: 'Hello', model: 'openrouter/auto' }))
    expect(messages[1]!.model_name).toBe('google/gemini-flash-1.5-8b')
  })

  it('keeps an answer that reached its token limit, and marks it', async () => {
    world.openRouter.script(saying('The capital of', { finishReason: 'length' }))
    const { conversation, messages } = success(createConversation, await create())
    expect(messages[1]!.content).toBe('The capital of')
    const { body } = await person.request('GET', `/api/app/conversations/${conversation.id}/messages`)
    expect(body.data[0].status).toBe('truncated')
  })

  it('takes 50 000 characters, and 255 for the name of the model', async () => {
    world.openRouter.script(() => saying('Long.'))
    const content = '\u{1F600}'.repeat(25_000)
    const { messages } = success(createConversation, await create({ content, model: 'm'.repeat(255) }))
    expect(messages[0]!.content).toBe(content)
  })

  it('keeps every character of both', async () => {
    const text = 'Zeile 1\r\n\tZeile 2 \u2028 „ü" 漢字 \u{1F469}\u200d\u{1F52C} <script>alert(1)</script> \\u0041'
    world.openRouter.script(saying(text))
    const { messages } = success(createConversation, await create({ content: text, model: MODEL }))
    expect(messages.map(({ content }) => content)).toEqual([text, text])
  })
})

describe('the title', () => {
  const PROMPT = 'What is the capital of France, and since when is it that?'
  const FIRST_50 = 'What is the capital of France, and since when is i'

  const titled = async (script: Script, content = PROMPT) => {
    world.openRouter.script(saying('Paris, for ages.'))
    world.openRouter.script(script)
    return success(createConversation, await create({ content, model: MODEL })).conversation.title
  }
  it('is made from prompt and reply', async () => {
    expect(await titled(saying('Capital of France'))).toBe('Capital of France')
    const asked = JSON.stringify(world.openRouter.requests[1]!.body.messages)
    expect(asked).toContain('What is the capital of France')
    expect(asked).toContain('Paris, for ages.')
  })

  it.each([
    '"Capital of France"',
    '“Capital of France”',
    '«Capital of France»',
    "'Capital of France'",
    '  Capital of France \n',
  ])('loses its quotation marks: %s', async (said) => {
    expect(await titled(saying(said))).toBe('Capital of France')
  })

  it('has at most 50 characters, and never half of one', async () => {
    expect(await titled(saying('T'.repeat(80)))).toBe('T'.repeat(50))
    expect(await titled(saying(`x${'\u{1F600}'.repeat(40)}`))).toBe(`x${'\u{1F600}'.repeat(24)}`)
  })

  it.each<[string, Script]>([
    ['fails', refusal(500, 'No')],
    ['has no more credit', refusal(402, 'No')],
    ['says nothing', { steps: [] }],
    ['says only quotation marks', saying('""')],
    ['breaks off', { steps: ['Cap'], ending: 'cut' }],
  ])('is the first 50 characters of the prompt when the model %s', async (_, script) => {
    expect(await titled(script)).toBe(FIRST_50)
  })

  it('is the whole prompt when that is short and the model fails', async () => {
    expect(await titled(refusal(500, 'No'), 'Short question?')).toBe('Short question?')
  })
})
