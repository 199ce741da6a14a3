/** The scripted provider is a believable one: OpenAI's own client accepts it, and it does what its scripts say. */
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { refusal, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts'

let provider: ScriptedProvider
let client: OpenAI
beforeAll(async () => {
  provider = await startScriptedProvider()
  client = new OpenAI({ baseURL: provider.url, apiKey: 'sk-test', maxRetries: 0 })
})
afterEach(() => provider.reset())
afterAll(() => provider.close())

const messages = [{ role: 'user', content: 'How are you, 世界?' }] satisfies OpenAI.ChatCompletionMessageParam[]

const streamed = async (model: string) => {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  for await (const chunk of stream) chunks.push(chunk)
  return {
    text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
    reason: chunks.map(({ choices }) => choices[0]?.finish_reason).findLast(Boolean),
    usage: chunks.at(-1)?.usage,
  }
}

describe("through OpenAI's own client", () => {
  it('a stream has text, a reason and token counts', async () => {
    provider.script({ steps: ['Fine', ', ', 'thanks'], usage: { prompt_tokens: 5, completion_tokens: 3 } })
    expect(await streamed('any')).toEqual({
      text: 'Fine, thanks',
      reason: 'stop',
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    })
  })

  it('an answer without stream is one document', async () => {
    provider.script({ steps: ['A ', 'title'], usage: { prompt_tokens: 5, completion_tokens: 3 } })
    const answer = await client.chat.completions.create({ model: 'any', messages })
    expect(answer.choices[0]).toMatchObject({ message: { content: 'A title' }, finish_reason: 'stop' })
    expect(answer.usage?.total_tokens).toBe(8)
  })

  it('the models are listed, and each of them answers or fails as its name says', async () => {
    const names: string[] = []
    for await (const { id } of client.models.list()) names.push(id)
    expect(names).toEqual(
      expect.arrayContaining(
        'echo slow fail-401 fail-402 fail-429 fail-500 cut garbage empty length hang long-1000'.split(' '),
      ),
    )
    expect((await streamed('echo')).text).toBe('How are you, 世界?')
    expect(await streamed('empty')).toMatchObject({ text: '', reason: 'stop' })
    expect(await streamed('length')).toMatchObject({ reason: 'length' })
    for (const status of [401, 402, 404, 429, 500]) {
      await expect(streamed(`fail-${status}`)).rejects.toMatchObject({ status })
    }
    await expect(streamed('cut')).rejects.toThrow()
    await expect(streamed('no-such-model')).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })

  it.each(['load-200-0', 'load-20-1'])('%s sends as many deltas as it says', async (model) => {
    expect((await streamed(model)).text).toBe('word '.repeat(Number(model.split('-')[1])))
  })
})

describe('a script', () => {
  it('answers one request, in the order given; then a function answers; then the name of the model', async () => {
    provider.script({ steps: ['one'] })
    provider.script({ steps: ['two'] })
    provider.script((request) => (request.body.model === 'mine' ? { steps: ['three'] } : undefined))
    expect((await streamed('echo')).text).toBe('one')
    expect((await streamed('echo')).text).toBe('two')
    expect((await streamed('mine')).text).toBe('three')
    expect((await streamed('echo')).text).toBe('How are you, 世界?')
  })

  it('waits at its gates, so that a test decides when the next word comes', async () => {
    const gate = Promise.withResolvers<void>()
    provider.script({ steps: ['first', { pause: gate.promise }, 'second'] })
    const stream = await client.chat.completions.create({ model: 'any', messages, stream: true })
    const seen: string[] = []
    for await (const { choices } of stream) {
      const text = choices[0]?.delta.content
      if (text) seen.push(text)
      if (text === 'first') {
        expect(seen).toEqual(['first'])
        gate.resolve()
      }
    }
    expect(seen).toEqual(['first', 'second'])
  })

  it('records what arrived, and whether the client stayed to the end', async () => {
    await streamed('echo')
    expect(provider.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      body: { model: 'echo' },
    })
    expect(provider.requests[0]?.headers.authorization).toBe('Bearer sk-test')
    expect(await provider.requests[0]?.abandoned).toBe(false)
    const stop = new AbortController()
    const answer = client.chat.completions.create({ model: 'hang', messages, stream: true }, { signal: stop.signal })
    const request = await provider.arrived(2)
    stop.abort()
    await expect(answer).rejects.toThrow()
    expect(await request.abandoned).toBe(true)
  })

  it('refuses with the headers it is given', async () => {
    provider.script(refusal(429, 'Slow down', { headers: { 'retry-after': '3' } }))
    const error: unknown = await streamed('any').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 429 })
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('3')
  })

  it('can send any bytes, split anywhere', async () => {
    provider.script({
      steps: [
        { text: 'é👋', splitAt: 'every-byte' },
        { raw: ': comment\r\n\r\n' },
        { raw: Buffer.from('data: {"choi') },
      ],
      ending: 'stop',
    })
    const response = await fetch(`${provider.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'any', messages, stream: true }),
    })
    const body = await response.text()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(body).toContain('"content":"é👋"')
    expect(body).toMatch(/: comment\r\n\r\ndata: \{"choi$/)
  })
})
