/** Models behind any server that speaks OpenAI's chat completions; it knows neither people nor where the key is kept. */
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { AppError } from '#kernel/errors.ts'
import type {
  LanguageModel,
  ModelEvent,
  ModelInfo,
  ModelProvider,
  ModelTurn,
  StreamOptions,
} from '#server/features/replies/language-model.ts'
import { chatAnswer } from './chat-answer.ts'
import { type Exchange, openExchange, readWhole } from './http-exchange.ts'
import { modelsFrom } from './model-list.ts'
import { type FailureContext, failureOfStatus } from './provider-failure.ts'

export interface OpenAiCompatibleOptions {
  /** For the log: `openrouter`, `operator`, `Ollama`. */
  readonly name: string
  /**
   * Where `/chat/completions` and `/models` are found, with or without a slash at the end. Taken as it is given: servers that
   * put their paths under `/v1` want it written (`http://127.0.0.1:11434/v1`, `https://openrouter.ai/api/v1`).
   */
  readonly baseUrl: string
  /** Sent as `Authorization: Bearer`. Never appears in an error or its causes. */
  readonly apiKey?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeouts?: {
    /** Milliseconds from the request to the first byte of the answer's body (60 000). */
    readonly firstByteMs?: number
    /** Milliseconds of silence after that; comments and reasoning count as life (60 000). */
    readonly idleMs?: number
  }
}

const defaultTimeoutMs = 60_000
/** OpenRouter's list has about 500 KB. */
const longestModelList = 8 * 1024 * 1024
/** As much of a refusal as is looked at, in characters. */
const longestRefusal = 64 * 1024
/** After the reason to stop: how long token counts and `[DONE]` may take. Some servers never close. */
const closingWordsMs = 5000

/**
 * A provider for one key. Requests share connections with all other providers of the same origin.
 *
 * `stream` sends its request with the first `next()`, never repeats it, and cancels it when the signal is aborted or the
 * reader leaves. Deltas that arrive together come as one. A `stream` that ended by `[DONE]` without a reason finishes
 * with `other`.
 * @throws TypeError when `baseUrl` is no http(s) address or a header cannot be sent: a mistake of the configuration.
 */
export const openAiCompatibleProvider = (options: OpenAiCompatibleOptions): ModelProvider => {
  const base = baseOf(options.baseUrl)
  const own = checkedHeaders(options.headers ?? {})
  const secrets = secretsOf(options.apiKey, own)
  const limits = {
    firstByteMs: options.timeouts?.firstByteMs ?? defaultTimeoutMs,
    idleMs: options.timeouts?.idleMs ?? defaultTimeoutMs,
  }
  const headers = {
    // Compressed events arrive when the compressor pleases.
    'accept-encoding': 'identity',
    'user-agent': 'Parlance',
    ...own,
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  }

  const list = async (signal: AbortSignal): Promise<ModelInfo[]> => {
    const context: FailureContext = { provider: options.name, secrets }
    checkKey(options.apiKey, context)
    const exchange = await openExchange({
      url: at(base, '/models'),
      method: 'GET',
      headers: { ...headers, accept: 'application/json' },
      signal,
      ...limits,
    })
    try {
      if (!isSuccess(exchange)) throw await refusalOf(exchange, context)
      const models = modelsFrom(parsed(await readWhole(exchange, longestModelList)))
      if (!models) throw new AppError('model.garbled', { cause: new Error(`${options.name} sent no list of models`) })
      return models
    } finally {
      exchange.close()
    }
  }

  async function* stream(
    id: string,
    turns: readonly ModelTurn[],
    { signal, maxTokens, temperature }: StreamOptions,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    const context: FailureContext = { provider: options.name, model: id, secrets }
    checkKey(options.apiKey, context)
    const exchange = await openExchange({
      url: at(base, '/chat/completions'),
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream, application/json', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: id,
        messages: turns.map(({ role, content }) => ({ role, content })),
        stream: true,
        stream_options: { include_usage: true },
        [tokenLimitField(base)]: maxTokens,
        temperature,
      }),
      signal,
      ...limits,
    })
    try {
      if (!isSuccess(exchange)) throw await refusalOf(exchange, context)
      yield* answerFrom(exchange, context, signal)
    } finally {
      exchange.close()
    }
  }

  return {
    list,
    model: (id): LanguageModel => ({ id, stream: (turns, streamOptions) => stream(id, turns, streamOptions) }),
  }
}

async function* answerFrom(
  exchange: Exchange,
  context: FailureContext,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  const answer = chatAnswer(context)
  let closing = false
  for (;;) {
    const piece = await nextPiece(exchange, answer.complete, signal)
    const { text, failure, finish } = piece === undefined ? answer.end() : answer.feed(piece)
    if (text !== '') yield { type: 'text-delta', text }
    signal.throwIfAborted()
    if (failure) throw failure
    if (finish) {
      exchange.release()
      yield finish
      return
    }
    if (answer.complete && !closing) {
      closing = true
      exchange.expectWithin(closingWordsMs)
    }
  }
}

/** The next piece of the body. What breaks after a complete answer is only its end. */
const nextPiece = async (exchange: Exchange, complete: boolean, signal: AbortSignal): Promise<string | undefined> => {
  try {
    return await exchange.read()
  } catch (error) {
    if (complete && !signal.aborted) return undefined
    throw error
  }
}

const isSuccess = ({ status }: Exchange): boolean => status >= 200 && status <= 299

const refusalOf = async (exchange: Exchange, context: FailureContext): Promise<AppError> => {
  // The status says most of it: a body that breaks off changes nothing, an abort does.
  const body = await readWhole(exchange, longestRefusal, true).catch((error: unknown) => {
    if (error instanceof AppError) return ''
    throw error
  })
  return failureOfStatus(exchange.status, exchange.headers, body, context)
}

const baseOf = (baseUrl: string): URL => {
  const base = URL.parse(baseUrl)
  // Without the address: it may hold a password.
  if (!base || !/^https?:$/.test(base.protocol)) throw new TypeError('baseUrl must be an http or https address')
  base.hash = ''
  return base
}

const at = (base: URL, path: string): URL => {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url
}

/** OpenAI itself refuses `max_tokens` for its newer models; the compatible servers know only that. */
const tokenLimitField = (base: URL): string =>
  base.hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens'

const checkedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> => {
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    checked[name.toLowerCase()] = value
  }
  return checked
}

const secretsOf = (apiKey: string | undefined, headers: Record<string, string>): string[] => {
  const values = Object.entries(headers).filter(([name]) => /key|token|secret|auth|cookie/.test(name))
  return [apiKey ?? '', ...values.map(([, value]) => value.replace(/^Bearer\s+/i, ''))].filter(
    (secret) => secret !== '',
  )
}

/** A key that cannot stand in a header is no key: line breaks and non-ASCII letters come from careless copying. */
const checkKey = (apiKey: string | undefined, { provider }: FailureContext): void => {
  if (apiKey === undefined || /^[\x21-\x7e]+$/.test(apiKey)) return
  throw new AppError('model.key_rejected', {
    cause: new Error(`the key for ${provider} has characters that no key has`),
  })
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
