/** /api/api-key and GET /api/models (seed 4): the key goes in and never comes out. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deleteApiKey, listModels, readApiKey, saveApiKey } from '#contract/conversations/index.ts'
import { refusal, type Script, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { send, TEST_SECRET_KEY, type TestPerson } from '#test/support/server.ts'
import { failure, refusedFields, success } from '../surfaces/holding.ts'
import { KEY, MODEL, openWorld, saying, type World } from './world.ts'

let world: World
let person: TestPerson
beforeAll(async () => {
  world = await openWorld()
  person = await world.server.newPerson()
})
afterAll(() => world.close())
beforeEach(async () => {
  world.openRouter.reset()
  await person.request('DELETE', '/api/api-key')
})

const save = (apiKey: unknown = KEY) => person.request('PUT', '/api/api-key', { apiKey })

describe('/api/api-key', () => {
  it.each(['GET', 'PUT', 'DELETE'])('%s answers 401 without a credential', async (method) => {
    const body = method === 'PUT' ? { apiKey: KEY } : undefined
    failure(await send(world.server.url, method, '/api/api-key', body), 401, 'Unauthorized')
  })

  it.each([
    '',
    'sk-or-',
    'sk-proj-123',
    ' sk-or-v1-123',
    'sk-or-v1 123',
    'sk-or-v1-123\n',
    'SK-OR-v1-123',
    'sk-or-v1-ü',
    `sk-or-${'x'.repeat(495)}`,
    null,
    7,
    ['sk-or-v1-123'],
  ])('PUT answers 400 to %j, without repeating it', async (apiKey) => {
    const answer = await save(apiKey)
    expect(refusedFields(answer, 'Invalid request body')).toContain('apiKey')
    expect(JSON.stringify(answer.body)).not.toContain('123')
    expect((await person.request('GET', '/api/api-key')).body).toEqual({ exists: false })
  })

  it('PUT takes 500 characters, says so, and saves the key in place of the one before', async () => {
    success(saveApiKey, await save(`sk-or-${'x'.repeat(494)}`))
    const answer = await save()
    expect(success(saveApiKey, answer)).toEqual({ success: true, message: 'API key saved successfully.' })
    world.openRouter.script(() => saying('Hello'))
    await person.request('POST', '/api/conversations', { content: 'Hello', model: MODEL })
    expect(world.openRouter.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  it('GET says whether there is one and nothing else', async () => {
    expect(success(readApiKey, await person.request('GET', '/api/api-key'))).toEqual({ exists: false })
    await save()
    expect(success(readApiKey, await person.request('GET', '/api/api-key'))).toEqual({ exists: true })
  })

  it('DELETE forgets it, and once more is no error', async () => {
    await save()
    for (const _ of [1, 2]) success(deleteApiKey, await person.request('DELETE', '/api/api-key'))
    expect((await person.request('GET', '/api/api-key')).body).toEqual({ exists: false })
    const { owner } = world.server.database
    const { rows } = await owner.query('select from provider_keys where user_id = $1', [person.id])
    expect(rows).toHaveLength(0)
  })

  it('the key is nobody else’s', async () => {
    await save()
    const other = await world.server.newPerson()
    expect((await other.request('GET', '/api/api-key')).body).toEqual({ exists: false })
    await other.request('DELETE', '/api/api-key')
    expect((await person.request('GET', '/api/api-key')).body).toEqual({ exists: true })
  })

  it('is stored sealed', async () => {
    await save()
    const { rows } = await world.server.database.owner.query('select provider_keys::text as row from provider_keys')
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) expect(row).not.toMatch(/canary|sk-or/)
  })
})

describe('GET /api/models', () => {
  const models = () => person.request('GET', '/api/models')

  it('answers 401 without a credential, and to a token that has been revoked', async () => {
    failure(await send(world.server.url, 'GET', '/api/models'), 401, 'Unauthorized')
    const leaver = await world.newPersonWithKey()
    const { body } = await leaver.request('GET', '/api/app/access-tokens')
    await leaver.request('DELETE', `/api/app/access-tokens/${body.data[0].id}`)
    failure(await leaver.request('GET', '/api/models'), 401, 'Unauthorized')
    expect(world.openRouter.requests).toEqual([])
  })

  it('answers 400 without a key', async () => {
    failure(await models(), 400)
  })

  it('lists what the key can use: id and name, and nothing else', async () => {
    await save()
    world.openRouter.scriptModels({
      body: {
        data: [
          { id: 'google/gemini-flash-1.5', name: 'Google: Gemini Flash 1.5', context_length: 1_000_000, pricing: {} },
          { id: 'nameless/model' },
        ],
      },
    })
    expect(success(listModels, await models())).toEqual({
      data: [
        { id: 'google/gemini-flash-1.5', name: 'Google: Gemini Flash 1.5' },
        { id: 'nameless/model', name: 'nameless/model' },
      ],
    })
    expect(world.openRouter.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  it.each<[string, Script, number]>([
    ['a rejected key', refusal(401, 'No'), 402],
    ['no funds', refusal(402, 'No'), 402],
    ['a rate limit', refusal(429, 'No'), 402],
    ['a broken upstream', refusal(503, 'No'), 502],
    ['garbage', { body: Buffer.from('<html>') }, 502],
    ['a lost connection', { drop: true }, 502],
  ])('says so after %s', async (_, script, status) => {
    await save()
    world.openRouter.scriptModels(script)
    failure(await models(), status)
  })
})

describe('the operator’s models', () => {
  it('are listed for people without a key', async () => {
    const operator = await startScriptedProvider()
    const place = await openWorld({ operator })
    try {
      const somebody = await place.server.newPerson()
      operator.scriptModels({ body: { data: [{ id: 'llama3.2' }] } })
      const first = await somebody.request('GET', '/api/models')
      expect(success(listModels, first)).toEqual({ data: [{ id: 'llama3.2', name: 'llama3.2' }] })
      await somebody.request('PUT', '/api/api-key', { apiKey: KEY })
      place.openRouter.scriptModels({ body: { data: [{ id: 'openai/gpt-4o-mini' }] } })
      const second = await somebody.request('GET', '/api/models')
      expect(success(listModels, second).data.map(({ id }) => id)).toEqual(['openai/gpt-4o-mini'])
    } finally {
      await place.close()
      await operator.close()
    }
  })
})

it('the key stands in no line of the log, at the finest level, whatever goes wrong with it', async () => {
  const { output, stop, request } = await startTalkative()
  try {
    const answers: string[] = []
    const tell = async (...call: Parameters<typeof request>) => answers.push(await request(...call))
    for (const apiKey of [KEY, `${KEY}-second`]) await tell('PUT', '/api/api-key', { apiKey })
    await tell('PUT', '/api/api-key', { apiKey: `${KEY}\n` })
    await tell('PUT', '/api/api-key', `{"apiKey":"${KEY}`)
    await tell('GET', '/api/api-key')
    for (const script of [
      {},
      refusal(401, `Incorrect API key provided: ${KEY}`),
      refusal(500, `Upstream choked on ${KEY}`),
      { drop: true },
    ]) {
      world.openRouter.script(script)
      await tell('POST', '/api/conversations', { content: 'Hello', model: MODEL })
      world.openRouter.scriptModels(script === undefined ? {} : script)
      await tell('GET', '/api/models')
      await tell('GET', '/api/app/models')
    }
    await world.server.database.owner.query(`update provider_keys set sealed_key = 'broken'`)
    await tell('POST', '/api/conversations', { content: 'Hello', model: MODEL })
    await tell('DELETE', '/api/api-key')
    expect(answers.join('\n')).not.toContain('canary')
    await stop()
    expect(output()).toContain('request failed')
    expect(output()).not.toContain('canary')
  } finally {
    await stop()
  }

  /** The program as an operator starts it, saying everything. */
  async function startTalkative() {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../../server/main.ts')], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: world.server.database.url,
        SECRET_KEY: TEST_SECRET_KEY,
        PORT: '0',
        LOCAL_MODELS: 'off',
        LOG_LEVEL: 'trace',
        OPENROUTER_BASE_URL: world.openRouter.url,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    const ready = Promise.withResolvers<string>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        const url = /ready at (\S+)/.exec(text)?.[1]
        if (url) ready.resolve(url)
      })
    }
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    void exited.then(() => ready.reject(new Error(`the program ended: ${text}`)))
    const url = await ready.promise
    return {
      output: () => text,
      async stop() {
        if (child.exitCode === null) child.kill('SIGTERM')
        await exited
      },
      request: async (method: string, at: string, body?: unknown) =>
        JSON.stringify((await send(url, method, at, body, { authorization: `Bearer ${person.token}` })).body ?? null),
    }
  }
})
