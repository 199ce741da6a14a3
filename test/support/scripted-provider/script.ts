/** What the scripted provider can be told to do, and the scripts that a model's name stands for; it opens no socket. */
import { trainingAnswer } from './training-answers.ts'

/** How long to wait: milliseconds, until a promise (a test's gate) is fulfilled, or for ever. */
export type Pause = number | Promise<unknown> | 'never'

/** One thing that happens while an answer is streamed. A bare string is a piece of text. */
export type Step =
  | string
  /** A piece of text whose event is written in parts: byte positions where it is split, or after every byte. */
  | { readonly text: string; readonly splitAt: readonly number[] | 'every-byte' }
  /** A piece of reasoning, as thinking models send it: no text. */
  | { readonly reasoning: string }
  | { readonly pause: Pause }
  /** An SSE comment: `: OPENROUTER PROCESSING`. */
  | { readonly comment: string }
  /** An OpenAI style error in the middle of the stream. */
  | { readonly error: unknown }
  /** Any JSON as an event of its own. */
  | { readonly event: unknown }
  /** These bytes as they are, outside every format. */
  | { readonly raw: string | Uint8Array }

/** A steady stream for load tests: the bytes are made once, a timer writes them. */
export interface Load {
  readonly deltas: number
  /** Milliseconds between two deltas; 0 writes as fast as the reader takes them. */
  readonly everyMs: number
  /** Text of each delta (default `word `). */
  readonly text?: string
  /** Puts `t=<milliseconds since 1970, with fractions>;` into each delta instead, so that a reader can tell its age. */
  readonly stamp?: boolean
}

/** One answer of the provider. Everything has a default: `{}` is a short, healthy answer. */
export interface Script {
  /** HTTP status (200). */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Waited before the status line is sent. */
  readonly firstByteAfter?: Pause
  /** Waited after the status line and before the first byte of the body. */
  readonly bodyAfter?: Pause
  /** The whole answer instead of a stream: bytes as they are, anything else as JSON. */
  readonly body?: unknown
  /** Answers with one JSON completion although a stream was asked for. */
  readonly whole?: boolean
  /** Hangs up without answering a byte. */
  readonly drop?: boolean
  readonly steps?: readonly Step[]
  /** How lines end (`\n`). */
  readonly lineEnd?: '\n' | '\r\n' | '\r'
  /** `null` sends none (`stop`). */
  readonly finishReason?: string | null
  /** Token counts; sent in a stream only when the request asks for them, as the real ones do. `null` sends none. */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
  /** The model that claims to have answered (the one that was asked for). */
  readonly model?: string
  /** Whether `[DONE]` is sent (true). */
  readonly done?: boolean
  /**
   * `end` (default) finishes the stream in order. The others stop after the last step, without finish reason, usage
   * and `[DONE]`: `cut` closes the socket, `reset` resets it, `hang` keeps it open in silence, `stop` ends the body in order.
   */
  readonly ending?: 'end' | 'cut' | 'reset' | 'hang' | 'stop'
  readonly load?: Load
}

/** The part of a request that scripts by model name look at. */
export interface ChatRequest {
  readonly model: string
  /** Text of the last message of the role `user`. */
  readonly lastUserText: string
}

/** An answer that refuses with an OpenAI style error. */
export const refusal = (
  status: number,
  message: string,
  extra: { readonly code?: string | number; readonly type?: string; readonly headers?: Record<string, string> } = {},
): Script => ({
  status,
  headers: extra.headers,
  body: { error: { message, type: extra.type ?? 'scripted_error', code: extra.code ?? status } },
})

/** A text as a model would write it: word by word, spaces kept. */
export const wordsOf = (text: string): string[] => text.match(/\s*\S+\s*?/gu) ?? []

const slowly = (words: readonly string[], ms: number): Step[] => words.flatMap((word) => [word, { pause: ms }])

const USAGE = { prompt_tokens: 1200, completion_tokens: 800 }
const saying = (text: string, script: Script = {}): Script => ({ steps: [text], usage: USAGE, ...script })
const json = () => JSON.stringify(trainingAnswer(), null, 2)

/** Training conversations, and ways to miss their form; by the name of a model that answers so. */
export const trainingScripts: Record<string, () => Script> = {
  training: () => saying(json()),
  'training-fenced': () => saying(`Here it is:\n\n\`\`\`json\n${json()}\n\`\`\`\n`),
  'training-broken': () =>
    saying(
      json()
        .replace('"turn_number": 2,', '"turn_number": 2')
        .replace(/\]\s*\}$/, '],}'),
    ),
  'training-truncated': () => saying(json().slice(0, 700), { finishReason: 'length' }),
  'training-unfinished': () => saying(json().slice(0, 700)),
  'training-invalid': () => saying(JSON.stringify({ ...trainingAnswer(), turns: trainingAnswer().turns.slice(0, 1) })),
  'training-prose': () => saying("I'm sorry, but I can't write that conversation."),
  'training-slow': () => ({ ...saying(json()), firstByteAfter: 2_000 }),
}

/** Scripts to choose by name, for use by hand: `curl -d '{"model":"cut",…}'`. */
const namedScripts: Record<string, (request: ChatRequest) => Script> = {
  echo: ({ lastUserText }) => ({ steps: wordsOf(lastUserText) }),
  slow: ({ lastUserText }) => ({ firstByteAfter: 1500, steps: slowly(wordsOf(`Slowly: ${lastUserText}`), 250) }),
  'fail-401': () => refusal(401, 'Invalid API key', { code: 'invalid_api_key' }),
  'fail-402': () => refusal(402, 'Insufficient credits'),
  'fail-404': ({ model }) => refusal(404, `The model \`${model}\` does not exist`, { code: 'model_not_found' }),
  'fail-429': () => refusal(429, 'Rate limit exceeded', { headers: { 'retry-after': '7' } }),
  'fail-500': () => refusal(500, 'Internal error'),
  'fail-midway': () => ({
    steps: ['Half an ', 'answer', { error: { code: 502, message: 'Upstream failed' } }],
    ending: 'stop',
  }),
  cut: () => ({ steps: ['This answer ', 'breaks off in the mid'], ending: 'cut' }),
  garbage: () => ({
    headers: { 'content-type': 'text/html' },
    body: Buffer.from('<!doctype html><title>Not a model</title>'),
  }),
  empty: () => ({ steps: [] }),
  length: () => ({ steps: ['This answer reached ', 'its limit of'], finishReason: 'length' }),
  hang: () => ({ firstByteAfter: 'never' }),
  'hang-midway': () => ({ steps: ['This answer stops '], ending: 'hang' }),
  whole: ({ lastUserText }) => ({ whole: true, steps: [lastUserText] }),
  'long-1000': () => ({ load: { deltas: 1000, everyMs: 10 } }),
  ...trainingScripts,
}

/** Names that `GET /v1/models` lists. */
export const scriptedModels: readonly string[] = Object.keys(namedScripts)

/**
 * The script that a model's name stands for. Besides the listed names: `long-N` (N deltas, 10 ms apart),
 * `load-N-M` (N deltas, M ms apart) and `load-N-M-stamped` (each tells when it was sent). An unknown name is refused like a real provider refuses it.
 */
export const scriptByModel = (request: ChatRequest): Script => {
  const named = Object.hasOwn(namedScripts, request.model) ? namedScripts[request.model] : undefined
  if (named) return named(request)
  const load = /^(?:long-(\d{1,6})|load-(\d{1,6})-(\d{1,5})(-stamped)?)$/.exec(request.model)
  if (load) {
    const [, long, deltas, everyMs, stamped] = load
    return { load: { deltas: Number(long ?? deltas), everyMs: Number(everyMs ?? 10), stamp: stamped !== undefined } }
  }
  return refusal(404, `The model \`${request.model}\` does not exist`, { code: 'model_not_found' })
}
