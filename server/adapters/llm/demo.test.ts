/** The built-in demo says what it is, reacts a little, and stops when it is told to. */
import { describe, expect, it } from 'vitest'
import type { ModelEvent, ModelTurn, StreamOptions } from '#server/features/replies/language-model.ts'
import { demoProvider } from './demo.ts'

const never = new AbortController().signal

const played = async (turns: readonly ModelTurn[], options: Partial<StreamOptions> = {}) => {
  const waits: number[] = []
  const provider = demoProvider({ wait: async (ms) => void waits.push(ms) })
  const events: ModelEvent[] = []
  for await (const event of provider.model('demo').stream(turns, { signal: never, ...options })) events.push(event)
  const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
  return { text: deltas.join(''), deltas, finish: events.at(-1), waits }
}
const asked = (content: string): ModelTurn[] => [{ role: 'user', content }]

describe('the demo', () => {
  it('is one model, and its name says that it is none', async () => {
    expect(await demoProvider().list(never)).toEqual([{ id: 'demo', name: 'Demo (built in, not a real model)' }])
  })

  it('says in its first sentence that it is not a language model', async () => {
    const { text } = await played(asked('Hello'))
    expect(text.split('.')[0]).toMatch(/Parlance's built-in demo and not a language model/)
  })

  it('quotes the question and counts its words', async () => {
    const { text } = await played(asked('What is the capital of France?'))
    expect(text).toContain('> What is the capital of France?')
    expect(text).toContain('| Words in your message | 6 |')
    expect(text).toContain('| Characters in your message | 30 |')
  })

  it('shows a list, a table and a code block, and how to connect a real model', async () => {
    const { text } = await played(asked('Hello'))
    for (const part of [
      /^- \*\*/m,
      /^\| --- \| ---: \|$/m,
      /^```sh$/m,
      /OpenRouter/,
      /\*Settings\*/,
      /Ollama/,
      /LM Studio/,
    ]) {
      expect(text).toMatch(part)
    }
  })

  it('quotes no Markdown, and only the beginning of what is long', async () => {
    const { text } = await played(asked(`![x](http://evil.example/p.png)\n# <b>${'👩‍🚀'.repeat(200)}`))
    const quote = text.split('\n').find((line) => line.startsWith('> ')) ?? ''
    expect(quote).toContain('\\!\\[x\\]\\(http\\:')
    expect(quote).toMatch(/👩‍🚀 …$/u)
    expect([...new Intl.Segmenter().segment(quote.replaceAll('\\', ''))]).toHaveLength('> '.length + 80 + ' …'.length)
  })

  it.each([[[]], [asked('')], [asked(' \n ')]])('answers even to nothing: %j', async (turns) => {
    expect((await played(turns)).text).toContain('Your message has no words.')
  })

  it('streams word by word, about thirty a second', async () => {
    const { deltas, waits } = await played(asked('Hello'))
    expect(deltas.every((delta) => /^\S+\s*$/u.test(delta))).toBe(true)
    expect(waits).toHaveLength(deltas.length)
    expect(1000 / (waits[0] ?? 0)).toBeCloseTo(30, 0)
  })

  it('invents no token counts, and keeps to a limit', async () => {
    expect((await played(asked('Hello'))).finish).toEqual({ type: 'finish', reason: 'stop', model: 'demo' })
    const { deltas, finish } = await played(asked('Hello'), { maxTokens: 5 })
    expect(deltas).toHaveLength(5)
    expect(finish).toMatchObject({ reason: 'length' })
  })

  it('ends with the reason of the signal, also in the middle of a wait', async () => {
    const stop = new AbortController()
    // The real clock: the abort must interrupt its timer.
    const events = demoProvider().model('demo').stream(asked('Hello'), { signal: stop.signal })[Symbol.asyncIterator]()
    await events.next()
    const pending = events.next()
    stop.abort('enough')
    await expect(pending).rejects.toBe('enough')
  })

  it('knows no other model', async () => {
    const events = demoProvider().model('gpt-4').stream(asked('Hello'), { signal: never })[Symbol.asyncIterator]()
    await expect(events.next()).rejects.toMatchObject({ code: 'model.not_available' })
  })
})
