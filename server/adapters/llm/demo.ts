/** The built-in demo: looks like a model, says that it is none, needs neither key nor network. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '#kernel/errors.ts'
import type {
  ModelEvent,
  ModelInfo,
  ModelProvider,
  ModelTurn,
  StreamOptions,
} from '#server/features/replies/language-model.ts'

/** Waits `ms` milliseconds, or until the signal is aborted; then it may throw anything. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>

/** About 30 words a second: faster than reading, slow enough to be seen. */
const msPerWord = 33
const demoModel: ModelInfo = { id: 'demo', name: 'Demo (built in, not a real model)' }

/**
 * A provider with the one model `demo`. It gives no token counts: it has no tokens. `maxTokens` is taken as a number of words.
 * @param options.wait Replaces the clock in tests.
 */
export const demoProvider = (options: { readonly wait?: Wait } = {}): ModelProvider => {
  const wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }))

  async function* stream(
    id: string,
    turns: readonly ModelTurn[],
    { signal, maxTokens = Infinity }: StreamOptions,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    signal.throwIfAborted()
    if (id !== demoModel.id) throw new AppError('model.not_available')
    const words = demoAnswer(turns).match(/\S+\s*/gu) ?? []
    for (const word of words.slice(0, maxTokens)) {
      yield { type: 'text-delta', text: word }
      await wait(msPerWord, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        throw error
      })
      signal.throwIfAborted()
    }
    yield { type: 'finish', reason: words.length > maxTokens ? 'length' : 'stop', model: demoModel.id }
  }

  return {
    list: async (signal) => {
      signal.throwIfAborted()
      return [demoModel]
    },
    model: (id) => ({ id, stream: (turns, streamOptions) => stream(id, turns, streamOptions) }),
  }
}

/** The whole answer, as Markdown. Its first sentence says what it is. */
const demoAnswer = (turns: readonly ModelTurn[]): string => {
  const question = turns.findLast(({ role }) => role === 'user')?.content ?? ''
  const words = question.match(/\S+/gu)?.length ?? 0
  const characters = [...graphemes.segment(question)].length
  const questions = turns.filter(({ role }) => role === 'user').length
  return `I am Parlance's built-in demo and not a language model, so I can't answer you. ${aboutQuestion(question, words)}

What I can tell about it:

| What | How much |
| --- | ---: |
| Words in your message | ${words} |
| Characters in your message | ${characters} |
| Your messages in this conversation | ${questions} |

To get real answers, connect a model:

- **OpenRouter**: open *Settings* and save your API key. It gives you the models of many providers under one key.
- **On this computer**: start [Ollama](https://ollama.com) or LM Studio; Parlance finds a running one by itself.
- **Any other OpenAI-compatible server**: whoever runs this Parlance sets its address and starts it again.

With Ollama, for example:

\`\`\`sh
ollama serve           # unless it is running already
ollama pull llama3.2   # in another terminal
\`\`\`

Until then I keep you company: this text was streamed word by word, as a model's would be.
`
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const longestQuote = 80

const aboutQuestion = (question: string, words: number): string => {
  if (words === 0) return 'Your message has no words.'
  return `You wrote ${words === 1 ? 'one word' : `${words} words`}:\n\n> ${quoted(question)}`
}

/** The beginning of a text, on one line and with every sign that Markdown could take for its own escaped. */
const quoted = (text: string): string => {
  const line = [...graphemes.segment(text.trim().replace(/\s+/gu, ' '))].map(({ segment }) => segment)
  const start = line.slice(0, longestQuote).join('').trimEnd()
  return start.replace(/[\\`*_{}[\]()<>#+\-.!|~$&:@=]/g, '\\$&') + (line.length > longestQuote ? ' …' : '')
}
