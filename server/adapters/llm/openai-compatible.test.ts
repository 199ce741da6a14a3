/** The provider port over real sockets, against our own scripted server and against one that others wrote. */
import { getEventListeners } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { LLMock } from '@copilotkit/aimock'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import type { ModelEvent, ModelProvider, StreamOptions } from '#server/features/replies/language-model.ts'
import {
  refusal,
  type ScriptedProvider,
  startScriptedProvider,
} from '#test/support/scripted-provider/scripted-provider.ts'
import { type OpenAiCompatibleOptions, openAiCompatibleProvider } from './openai-compatible.ts'

const apiKey = 'sk-or-v1-0123456789abcdef'
let scripted: ScriptedProvider

beforeAll(async () => {
  scripted = await startScriptedProvider()
})
afterEach(() => scripted.reset())
afterAll(() => scripted.close())

const provider = (options: Partial<OpenAiCompatibleOptions> = {}): ModelProvider =>
  openAiCompatibleProvider({ name: 'scripted', baseUrl: scripted.url, apiKey, ...options })

const never = new AbortController().signal
const turns = [{ role: 'user', content: 'Hello' }] as const

/** Everything a stream gave, and how it ended. */
const played = async (
  events: AsyncIterable<ModelEvent>,
): Promise<{ text: string; finish?: ModelEvent; error?: unknown }> => {
  let text = ''
  let finish: ModelEvent | undefined
  try {
    for await (const event of events) {
      if (event.type === 'text-delta') text += event.text
      else finish = event
    }
  } catch (error) {
    return { text, finish, error }
  }
  return { text, finish }
}

const ask = (
  model: string,
  options: Partial<StreamOptions> = {},
  providerOptions: Partial<OpenAiCompatibleOptions> = {},
) =>
  played(
    provider(providerOptions)
      .model(model)
      .stream(turns, { signal: never, ...options }),
  )

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : inspect(error))

describe('an answer', () => {
  it('arrives as text, a reason, token counts and the model that wrote it', async () => {
    scripted.script({
      steps: ['Guten ', 'Tag, ', '世界 🌍'],
      usage: { prompt_tokens: 11, completion_tokens: 7 },
      model: 'google/gemini-flash-1.5',
    })
    expect(await ask('openrouter/auto')).toEqual({
      text: 'Guten Tag, 世界 🌍',
      finish: {
        type: 'finish',
        reason: 'stop',
        promptTokens: 11,
        completionTokens: 7,
        model: 'google/gemini-flash-1.5',
      },
    })
  })

  it('is asked for with the key, the turns, the limits and a wish for token counts', async () => {
    scripted.script({})
    const dialogue = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hi.' },
      { role: 'user', content: 'Why?' },
    ] as const
    const model = provider({ headers: { 'X-Title': 'Parlance' } }).model('some/model')
    await played(model.stream(dialogue, { signal: never, maxTokens: 12, temperature: 0.5 }))
    expect(scripted.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${apiKey}`, 'x-title': 'Parlance', 'content-type': 'application/json' },
    })
    expect(scripted.requests[0]?.body).toEqual({
      model: 'some/model',
      messages: dialogue,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 12,
      temperature: 0.5,
    })
  })

  it('needs no key where the server needs none, and takes a base address with a slash at the end', async () => {
    scripted.script({})
    await ask('any', {}, { apiKey: undefined, baseUrl: `${scripted.url}/` })
    expect(scripted.requests[0]?.path).toBe('/v1/chat/completions')
    expect(scripted.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('is handed out while it is written', async () => {
    const gate = Promise.withResolvers<void>()
    scripted.script({ steps: ['first', { pause: gate.promise }, 'second'] })
    const events = provider().model('any').stream(turns, { signal: never })[Symbol.asyncIterator]()
    expect((await events.next()).value).toEqual({ type: 'text-delta', text: 'first' })
    gate.resolve()
    expect((await events.next()).value).toEqual({ type: 'text-delta', text: 'second' })
    expect((await events.next()).value).toMatchObject({ type: 'finish' })
    expect((await events.next()).done).toBe(true)
  })

  it.each(['\n', '\r\n', '\r'] as const)(
    'survives lines that end with %j and writes of one byte each',
    async (lineEnd) => {
      scripted.script({ lineEnd, steps: [{ text: 'Zürich – 東京 👩‍🚀', splitAt: 'every-byte' }] })
      expect(await ask('any')).toMatchObject({ text: 'Zürich – 東京 👩‍🚀', finish: { reason: 'stop' } })
    },
  )

  it('ignores comments, empty events and reasoning', async () => {
    scripted.script({
      steps: [
        { comment: 'OPENROUTER PROCESSING' },
        { raw: 'data:\n\n' },
        { reasoning: 'Hmm.' },
        'Yes',
        { comment: '' },
      ],
    })
    expect(await ask('any')).toMatchObject({ text: 'Yes', finish: { reason: 'stop' } })
  })

  it('may come as one JSON document although a stream was asked for', async () => {
    scripted.script({ whole: true, steps: ['All ', 'at once'], usage: { prompt_tokens: 3, completion_tokens: 2 } })
    expect(await ask('any')).toEqual({
      text: 'All at once',
      finish: { type: 'finish', reason: 'stop', promptTokens: 3, completionTokens: 2, model: 'any' },
    })
  })

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['tool_calls', 'other'],
  ])('that ended because of %s finishes with %s', async (sent, reason) => {
    scripted.script({ finishReason: sent })
    expect((await ask('any')).finish).toMatchObject({ reason })
  })

  it('without a reason but with [DONE] is complete for a reason unknown', async () => {
    scripted.script({ steps: ['Fine'], finishReason: null })
    expect(await ask('any')).toMatchObject({ text: 'Fine', finish: { reason: 'other' } })
  })

  it('is complete when its reason came, even if the connection breaks before [DONE]', async () => {
    const reason = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
    scripted.script({ steps: ['Fine', { event: reason }], ending: 'reset' })
    const { text, finish } = await ask('any')
    expect({ text, finish }).toMatchObject({ text: 'Fine', finish: { reason: 'stop' } })
  })

  it('leaves its connection free for the next one', async () => {
    const ports: (number | undefined)[] = []
    let endBody = (): unknown => undefined
    const server = await tcpServer((socket) => {
      ports.push(socket.remotePort)
      socket.on('data', (data) => {
        if (!data.includes('POST')) return
        const event = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
        socket.write(`${event.length.toString(16)}\r\n${event}\r\n`)
        endBody = () => socket.write('0\r\n\r\n')
      })
    })
    const model = provider({ baseUrl: server.url }).model('any')
    for (let round = 0; round < 3; round += 1) {
      expect((await played(model.stream(turns, { signal: never }))).text).toBe('hi')
      // The end of the body comes after [DONE], when the reader has gone.
      endBody()
      await turnsOfTheLoop()
    }
    expect(ports).toHaveLength(1)
    await server.close()
  })
})

describe('a refusal', () => {
  it.each([
    [401, 'model.key_rejected'],
    [403, 'model.key_rejected'],
    [402, 'model.no_funds'],
    [429, 'model.rate_limited'],
    [500, 'model.failed'],
    [502, 'model.failed'],
    [503, 'model.failed'],
    [418, 'model.failed'],
    [400, 'model.failed'],
    [404, 'model.failed'],
  ])('with status %i is %s', async (status, code) => {
    scripted.script(refusal(status, 'Something about it'))
    const { text, error } = await ask('any')
    expect([text, codeOf(error)]).toEqual(['', code])
  })

  it.each([
    ['fail-401', 'model.key_rejected'],
    ['fail-402', 'model.no_funds'],
    ['fail-404', 'model.not_available'],
    ['fail-429', 'model.rate_limited'],
    ['fail-500', 'model.failed'],
  ])('can be had by hand: the model %s gives %s', async (model, code) => {
    expect(codeOf((await ask(model)).error)).toBe(code)
  })

  it('for haste says how long to wait', async () => {
    scripted.script(refusal(429, 'Slow down', { headers: { 'retry-after': '17' } }))
    expect((await ask('any')).error).toMatchObject({ code: 'model.rate_limited', retryAfterSeconds: 17 })
  })

  it('that is not JSON counts by its status', async () => {
    scripted.script({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from('<h1>Bad Gateway</h1>'),
    })
    expect(codeOf((await ask('any')).error)).toBe('model.failed')
  })

  it('whose body never ends counts by its status', async () => {
    scripted.script({ status: 500, bodyAfter: 'never', body: 'x' })
    expect(codeOf((await ask('any', {}, { timeouts: { firstByteMs: 40 } })).error)).toBe('model.failed')
  })

  it('by redirect is a failure: the key stays with its origin', async () => {
    const other = await startScriptedProvider()
    scripted.script({ status: 307, headers: { location: `${other.url}/chat/completions` }, body: {} })
    expect(codeOf((await ask('any')).error)).toBe('model.failed')
    expect(other.requests).toEqual([])
    await other.close()
  })

  it('never shows the key, nor the words of the provider, and keeps scrubbed words for the log', async () => {
    const echo = `Key ${apiKey} (sk-or-v1-0123***cdef) may not use this\nbecause of Bearer ${apiKey}`
    for (const status of [400, 401, 402, 429, 500]) {
      scripted.script(refusal(status, echo))
      const { error } = await ask('any', {}, { headers: { 'x-api-key': 'other-secret' } })
      const everything = inspect(error, { depth: 10, showHidden: true })
      expect(everything).not.toMatch(/0123|cdef|other-secret/)
      expect((error as AppError).message).not.toContain('may not use')
      if (status === 500) expect(((error as AppError).cause as Error).message).toContain('may not use this because of')
    }
  })

  it('of a key that cannot be sent happens here, without a request', async () => {
    const { error } = await ask('any', {}, { apiKey: 'sk-or-v1-abc\r\nx-evil: 1' })
    expect(codeOf(error)).toBe('model.key_rejected')
    expect(inspect(error, { depth: 10 })).not.toContain('abc')
    expect(scripted.requests).toEqual([])
  })
})

describe('a provider that is not there', () => {
  it('is unreachable when the connection is refused', async () => {
    const gone = await startScriptedProvider()
    await gone.close()
    expect(codeOf((await ask('any', {}, { baseUrl: gone.url })).error)).toBe('model.unreachable')
  })

  it('is unreachable when its name is unknown', async () => {
    // RFC 6761: `.invalid` never resolves.
    const { error } = await ask('any', {}, { baseUrl: 'http://provider.invalid/v1' })
    expect(codeOf(error)).toBe('model.unreachable')
  })

  it('is unreachable when it hangs up before the first byte', async () => {
    scripted.script({ drop: true })
    expect(codeOf((await ask('any')).error)).toBe('model.unreachable')
    expect(scripted.requests).toHaveLength(1)
  })

  describe('took too long', () => {
    // Timers are moved, sockets are real.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
    afterEach(() => void vi.useRealTimers())

    it('when nothing comes for a minute', async () => {
      const answer = ask('hang')
      const request = await scripted.arrived()
      vi.advanceTimersByTime(59_999)
      const stillThere = Symbol('still there')
      expect(await Promise.race([answer, turnsOfTheLoop().then(() => stillThere)])).toBe(stillThere)
      vi.advanceTimersByTime(1)
      expect(codeOf((await answer).error)).toBe('model.timeout')
      expect(await request.abandoned).toBe(true)
    })

    it('when only headers come: they are not the first byte', async () => {
      scripted.script({ bodyAfter: 'never' })
      const answer = ask('any', {}, { timeouts: { firstByteMs: 10_000 } })
      await scripted.arrived()
      vi.advanceTimersByTime(6000)
      await turnsOfTheLoop()
      vi.advanceTimersByTime(4000)
      expect(codeOf((await answer).error)).toBe('model.timeout')
    })

    it('when it falls silent for a minute in the middle', async () => {
      scripted.script({ steps: ['This answer stops '], ending: 'hang' })
      const events = provider().model('any').stream(turns, { signal: never })[Symbol.asyncIterator]()
      expect((await events.next()).value).toEqual({ type: 'text-delta', text: 'This answer stops ' })
      const pending = events.next()
      await turnsOfTheLoop()
      vi.advanceTimersByTime(60_000)
      expect(codeOf(await pending.catch((error: unknown) => error))).toBe('model.timeout')
      expect(await scripted.requests[0]?.abandoned).toBe(true)
    })

    it('never, while comments or reasoning show that it lives', async () => {
      const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
      const signs = [{ comment: 'OPENROUTER PROCESSING' }, { reasoning: 'Hmm' }, { comment: '' }, 'Yes']
      scripted.script({ steps: signs.flatMap((sign, index) => [{ pause: gates[index]?.promise ?? 0 }, sign]) })
      const answer = ask('any')
      await scripted.arrived()
      for (const gate of gates) {
        await turnsOfTheLoop()
        vi.advanceTimersByTime(50_000)
        gate.resolve()
      }
      expect(await answer).toMatchObject({ text: 'Yes', finish: { reason: 'stop' } })
    })

    it('never, while it is the reader who takes his time', async () => {
      const gate = Promise.withResolvers<void>()
      scripted.script({ steps: ['one', { pause: gate.promise }, 'two'] })
      let text = ''
      for await (const event of provider().model('any').stream(turns, { signal: never })) {
        if (event.type !== 'text-delta') continue
        text += event.text
        vi.advanceTimersByTime(600_000)
        gate.resolve()
      }
      expect(text).toBe('onetwo')
    })

    it('never, once the answer is complete: a server that does not close is left after five seconds', async () => {
      const reason = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
      scripted.script({ steps: ['Fine', { event: reason }], ending: 'hang' })
      const answer = ask('any')
      await scripted.arrived()
      await turnsOfTheLoop()
      vi.advanceTimersByTime(5000)
      expect(await answer).toMatchObject({ text: 'Fine', finish: { reason: 'stop' } })
      expect(await scripted.requests[0]?.abandoned).toBe(true)
    })
  })
})

describe('an answer that goes wrong', () => {
  it.each(['cut', 'reset', 'stop'] as const)(
    'by %s in the middle is cut off, and the text so far is kept',
    async (ending) => {
      scripted.script({ steps: ['Half an ', 'answer'], ending })
      const { text, error } = await ask('any')
      expect([text, codeOf(error)]).toEqual(['Half an answer', 'model.cut_off'])
    },
  )

  it('by a cut inside a character or an event is cut off', async () => {
    const event = Buffer.from('data: {"choices":[{"delta":{"content":"é"}}]}\n\n')
    scripted.script({ steps: ['Whole', { raw: event.subarray(0, event.indexOf(0xc3) + 1) }], ending: 'cut' })
    const { text, error } = await ask('any')
    expect([text, codeOf(error)]).toEqual(['Whole', 'model.cut_off'])
    scripted.script({ steps: ['Whole', { raw: event.subarray(0, 20) }], ending: 'stop' })
    expect(codeOf((await ask('any')).error)).toBe('model.cut_off')
  })

  it("by an error object in mid-stream has that error's code", async () => {
    const cases = [
      [{ code: 429, message: 'Rate limited' }, 'model.rate_limited'],
      [{ code: 402, message: 'Credits' }, 'model.no_funds'],
      [{ code: 502, message: 'Upstream' }, 'model.failed'],
      [{ code: 'insufficient_quota', message: 'Quota' }, 'model.no_funds'],
      [{ code: 'rate_limit_exceeded', message: 'Slow down' }, 'model.rate_limited'],
      [{ message: 'Provider returned error' }, 'model.failed'],
      ['just words', 'model.failed'],
    ] as const
    for (const [sent, code] of cases) {
      scripted.script({ steps: ['So far', { error: sent }, 'never read'] })
      const { text, error } = await ask('any')
      expect([text, codeOf(error)]).toEqual(['So far', code])
    }
  })

  it("by an error under status 200 has that error's code", async () => {
    scripted.script({ body: { error: { code: 429, message: 'Rate limited' } } })
    expect(codeOf((await ask('any')).error)).toBe('model.rate_limited')
  })

  it.each([
    ['a page', { headers: { 'content-type': 'text/html' }, body: Buffer.from('<!doctype html><title>Login</title>') }],
    ['JSON that is no completion', { body: { hello: 'world' } }],
    ['half a JSON document', { body: Buffer.from('{"choices":[{"mess') }],
    ['a list', { body: ['hello'] }],
    ['an event that is not JSON', { steps: [{ raw: 'data: hello\n\n' }] }],
    ['an event of another shape', { steps: [{ event: { hello: 'world' } }] }],
    ['content that is not text', { steps: [{ event: { choices: [{ delta: { content: 42 } }] } }] }],
    ['a choice that is not an object', { steps: [{ event: { choices: ['x'] } }] }],
    ['a line over a megabyte', { steps: [{ raw: `data: ${'x'.repeat(1_100_000)}` }], ending: 'hang' as const }],
    ['a line over a megabyte that is no field', { steps: [{ raw: 'x'.repeat(1_100_000) }], ending: 'hang' as const }],
    [
      'an event over a megabyte',
      { steps: [{ raw: `data: ${'x'.repeat(999)}\n`.repeat(1100) }], ending: 'hang' as const },
    ],
    ['bytes that are no text', { body: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) }],
  ])('by sending %s is garbled', async (_, script) => {
    scripted.script(script)
    expect(codeOf((await ask('any', {}, { timeouts: { idleMs: 5000 } })).error)).toBe('model.garbled')
  })

  it('by not being HTTP is garbled', async () => {
    const server = await tcpServer((socket) => socket.on('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')))
    expect(codeOf((await ask('any', {}, { baseUrl: server.url })).error)).toBe('model.garbled')
    await server.close()
  })

  it('by never ending stops as garbled after four megabytes, and hangs up', async () => {
    scripted.script({ load: { deltas: 1_000_000, everyMs: 0, text: 'word '.repeat(200) } })
    const { text, error } = await ask('any')
    expect(codeOf(error)).toBe('model.garbled')
    expect(text.length).toBe(Math.floor((4 * 1024 * 1024) / 1000) * 1000)
    expect(await scripted.requests[0]?.abandoned).toBe(true)
  })

  it.each([
    ['with a reason', {}],
    ['with only [DONE]', { finishReason: null }],
    ['as a JSON document', { whole: true }],
    ['with only reasoning', { steps: [{ reasoning: 'Hmm' }] }],
  ])('by having no text, %s, is empty', async (_, script) => {
    scripted.script({ steps: [], ...script })
    expect(codeOf((await ask('any')).error)).toBe('model.empty')
  })

  it('is not asked for again', async () => {
    scripted.script(refusal(500, 'no'))
    await ask('any')
    expect(scripted.requests).toHaveLength(1)
  })
})

describe('stopping', () => {
  it("reaches the provider within 50 ms and ends with the signal's reason", async () => {
    const delays: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const stop = new AbortController()
      const reason = new Error('stopped by the person')
      scripted.script({ steps: ['text'], ending: 'hang' })
      const events = provider().model('any').stream(turns, { signal: stop.signal })[Symbol.asyncIterator]()
      await events.next()
      const pending = events.next()
      const started = performance.now()
      stop.abort(reason)
      await expect(pending).rejects.toBe(reason)
      expect(await scripted.requests.at(-1)?.abandoned).toBe(true)
      delays.push(performance.now() - started)
    }
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(50)
  })

  it('works before the first byte', async () => {
    const stop = new AbortController()
    const answer = ask('hang', { signal: stop.signal })
    const request = await scripted.arrived()
    stop.abort('enough')
    expect(await answer).toEqual({ text: '', finish: undefined, error: 'enough' })
    expect(await request.abandoned).toBe(true)
  })

  it('before the start sends nothing', async () => {
    expect((await ask('echo', { signal: AbortSignal.abort('early') })).error).toBe('early')
    expect(scripted.requests).toEqual([])
  })

  it('happens when the reader leaves', async () => {
    scripted.script({ steps: ['text'], ending: 'hang' })
    for await (const _ of provider().model('any').stream(turns, { signal: never })) break
    expect(await scripted.requests[0]?.abandoned).toBe(true)
  })

  it('leaves no listener on a signal that lives longer', async () => {
    const { signal } = new AbortController()
    await ask('echo', { signal })
    await ask('fail-500', { signal })
    await ask('cut', { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('a list of models', () => {
  it('is fetched with the key', async () => {
    const models = await provider().list(never)
    expect(models).toContainEqual({ id: 'echo', name: 'echo' })
    expect(scripted.requests[0]).toMatchObject({
      method: 'GET',
      path: '/v1/models',
      headers: { authorization: `Bearer ${apiKey}` },
    })
  })

  it.each([
    ['refused', { status: 401, body: {} }, 'model.key_rejected'],
    ['missing', { status: 404, body: {} }, 'model.failed'],
    ['no list', { body: { hello: 'world' } }, 'model.garbled'],
    ['not JSON', { body: Buffer.from('<html>') }, 'model.garbled'],
    ['too long', { body: Buffer.alloc(9 * 1024 * 1024, ' ') }, 'model.garbled'],
    ['dropped', { drop: true }, 'model.unreachable'],
    ['late', { firstByteAfter: 'never' }, 'model.timeout'],
  ] as const)('that is %s fails', async (_, script, code) => {
    scripted.scriptModels(script)
    const error: unknown = await provider({ timeouts: { firstByteMs: 200 } })
      .list(never)
      .catch((thrown: unknown) => thrown)
    expect(codeOf(error)).toBe(code)
  })

  it('can be stopped', async () => {
    scripted.scriptModels({ firstByteAfter: 'never' })
    const stop = new AbortController()
    const list = provider().list(stop.signal)
    await scripted.arrived()
    stop.abort('enough')
    await expect(list).rejects.toBe('enough')
  })
})

describe('a configuration', () => {
  it.each(['', 'nonsense', 'ftp://host/v1', '/v1'])('with the address %j is refused', (baseUrl) => {
    expect(() => provider({ baseUrl })).toThrow(TypeError)
  })

  it('with a header that cannot be sent is refused', () => {
    expect(() => provider({ headers: { 'x-title': 'a\nb' } })).toThrow(TypeError)
  })
})

describe('a server that others wrote (aimock)', () => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
  const other = () => openAiCompatibleProvider({ name: 'aimock', baseUrl: `${mock.url}/v1`, apiKey })

  beforeAll(async () => {
    mock.onMessage(
      'greet',
      { content: 'Grüße aus 東京 👋, this is a longer answer in several pieces.' },
      { chunkSize: 7 },
    )
    mock.onMessage('linger', { content: 'slowly '.repeat(50) }, { chunkSize: 5, latency: 1000 })
    await mock.start()
  })
  afterAll(() => mock.stop())

  it('is understood when it answers', async () => {
    const answer = other()
      .model('gpt-4o-mini')
      .stream([{ role: 'user', content: 'greet' }], { signal: never })
    expect(await played(answer)).toMatchObject({
      text: 'Grüße aus 東京 👋, this is a longer answer in several pieces.',
      finish: {
        type: 'finish',
        reason: 'stop',
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
      },
    })
  })

  it('is understood when it lists its models', async () => {
    const models = await other().list(never)
    expect(models.length).toBeGreaterThan(0)
    for (const { id, name } of models)
      expect([id, name]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)])
  })

  it('is left when the person stops', async () => {
    const stop = new AbortController()
    const answer = played(
      other()
        .model('gpt-4o-mini')
        .stream([{ role: 'user', content: 'linger' }], { signal: stop.signal }),
    )
    stop.abort('enough')
    expect((await answer).error).toBe('enough')
  })
})

/** Turns of the event loop in which bytes that were sent travel over loopback. */
const turnsOfTheLoop = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A bare TCP server on loopback, for what no HTTP server would send. */
const tcpServer = async (onConnection: (socket: Socket) => void): Promise<{ url: string; close(): Promise<void> }> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
