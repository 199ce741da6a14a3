/** An OpenAI-compatible server on loopback that does what a test tells it; it knows nothing of Parlance. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ChatRequest,
  type Load,
  type Pause,
  type Script,
  scriptByModel,
  scriptedModels,
  type Step,
} from './script.ts'

export { refusal, type Load, type Pause, type Script, type Step } from './script.ts'

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON body; `undefined` for none. */
  readonly body: any
  /** Settles when the exchange is over: `true` when the client hung up before the answer was complete. */
  readonly abandoned: Promise<boolean>
}

/** A script, or what chooses one: `undefined` leaves the choice to the model's name. */
export type NextScript = Script | ((request: RecordedRequest) => Script | undefined | Promise<Script | undefined>)

export interface ScriptedProvider {
  /** Base address including `/v1`, without a slash at the end. */
  readonly url: string
  /** What arrived, oldest first; the last 1000 are kept. */
  readonly requests: RecordedRequest[]
  /** Waits until `count` requests have arrived in total (default: one more than now). */
  arrived(count?: number): Promise<RecordedRequest>
  /** A script answers exactly the next completion (they queue up); a function answers all that find the queue empty. */
  script(next: NextScript): void
  /** The same for `GET /v1/models`. */
  scriptModels(next: Script): void
  /** Forgets scripts and requests. */
  reset(): void
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

const rememberedRequests = 1000
const createdAt = 1_700_000_000

/**
 * Starts the provider on 127.0.0.1.
 * @param options.port 0 or none: any free one. Fails with the system's error when the port is taken.
 */
export const startScriptedProvider = async (options: { readonly port?: number } = {}): Promise<ScriptedProvider> => {
  const requests: RecordedRequest[] = []
  const waiting: { readonly count: number; readonly resolve: (request: RecordedRequest) => void }[] = []
  let arrivals = 0
  let queue: Script[] = []
  let modelQueue: Script[] = []
  let chooser: ((request: RecordedRequest) => Script | undefined | Promise<Script | undefined>) | undefined

  const record = (request: RecordedRequest): void => {
    arrivals += 1
    requests.push(request)
    if (requests.length > rememberedRequests) requests.shift()
    for (const waiter of waiting.filter(({ count }) => count <= arrivals)) {
      waiting.splice(waiting.indexOf(waiter), 1)
      waiter.resolve(request)
    }
  }

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new Promise<void>((resolve) => response.once('close', resolve))
    const request: RecordedRequest = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: await readJson(message),
      abandoned: gone.then(() => !response.writableFinished),
    }
    record(request)
    const path = request.path.split('?')[0] ?? ''
    if (request.method === 'GET' && path.endsWith('/models')) {
      return play(modelQueue.shift() ?? modelList(), request, response, gone)
    }
    if (request.method !== 'POST' || !path.endsWith('/chat/completions')) {
      return play({ status: 404, body: { error: { message: 'Not found', code: 404 } } }, request, response, gone)
    }
    const script = queue.shift() ?? (await chooser?.(request)) ?? scriptByModel(chatRequest(request.body))
    return play(script, request, response, gone)
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: 30_000 }, (message, response) => {
    answer(message, response).catch((error: unknown) => {
      // A script that cannot be played is a mistake in a test: say so where the client's test will show it.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: `scripted provider: ${String(error)}` } }))
    })
  })
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    arrived: (count = arrivals + 1) => {
      const last = requests.at(-1)
      if (last && arrivals >= count) return Promise.resolve(last)
      return new Promise((resolve) => waiting.push({ count, resolve }))
    },
    script: (next) => {
      if (typeof next === 'function') chooser = next
      else queue.push(next)
    },
    scriptModels: (next) => void modelQueue.push(next),
    reset: () => {
      queue = []
      modelQueue = []
      chooser = undefined
      requests.length = 0
      arrivals = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const modelList = (): Script => ({
  body: {
    object: 'list',
    data: scriptedModels.map((id) => ({ id, object: 'model', created: createdAt, owned_by: 'scripted-provider' })),
  },
})

const readJson = async (message: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Text of a message's content, which may be a string or a list of parts. */
const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('')
}

const chatRequest = (body: any): ChatRequest => {
  const messages: { role?: string; content?: unknown }[] = Array.isArray(body?.messages) ? body.messages : []
  return {
    model: String(body?.model ?? ''),
    lastUserText: textOf(messages.findLast(({ role }) => role === 'user')?.content),
  }
}

/** Waits, but never longer than the client stays; tells whether the client is still there. */
const waited = async (pause: Pause | undefined, gone: Promise<void>): Promise<boolean> => {
  if (pause === undefined) return true
  const left = gone.then(() => false)
  if (pause === 'never') return left
  if (typeof pause !== 'number') return Promise.race([pause.then(() => true), left])
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, pause, true)
  void left.then(() => {
    clearTimeout(timer)
    resolve(false)
  })
  return promise
}

const play = async (
  script: Script,
  request: RecordedRequest,
  response: ServerResponse,
  gone: Promise<void>,
): Promise<void> => {
  if (script.drop) return void response.socket?.destroy()
  if (!(await waited(script.firstByteAfter, gone))) return
  const stream = request.body?.stream === true && script.body === undefined && script.whole !== true
  response.writeHead(script.status ?? 200, {
    'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    ...(stream ? { 'cache-control': 'no-cache' } : {}),
    ...script.headers,
  })
  if (script.bodyAfter !== undefined) {
    response.flushHeaders()
    if (!(await waited(script.bodyAfter, gone))) return
  }
  if (!stream) return void response.end(wholeBody(script, request))
  if (script.load) return playLoad(script, script.load, request, response, gone)
  return playSteps(script, request, response, gone)
}

const wholeBody = (script: Script, request: RecordedRequest): string | Uint8Array => {
  if (script.body !== undefined) return script.body instanceof Uint8Array ? script.body : JSON.stringify(script.body)
  const text = script.load
    ? loadText(script.load).repeat(script.load.deltas)
    : (script.steps ?? defaultSteps).map(stepText).join('')
  return JSON.stringify({
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: createdAt,
    model: script.model ?? request.body?.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: script.finishReason === undefined ? 'stop' : script.finishReason,
      },
    ],
    ...(script.usage === null ? {} : { usage: usageOf(script, request) }),
  })
}

const defaultSteps: readonly Step[] = ['Hello', ' from', ' the', ' scripted', ' provider', '.']
const stepText = (step: Step): string => (typeof step === 'string' ? step : 'text' in step ? step.text : '')

const usageOf = (script: Script, request: RecordedRequest) => {
  const counts = script.usage ?? {
    prompt_tokens: JSON.stringify(request.body?.messages ?? []).length >> 2,
    completion_tokens:
      script.load?.deltas ?? (script.steps ?? defaultSteps).filter((step) => stepText(step) !== '').length,
  }
  return { ...counts, total_tokens: counts.prompt_tokens + counts.completion_tokens }
}

/** The JSON of one event, with everything that real providers put around a delta. */
const chunkOf = (model: unknown, delta: object, finishReason: string | null = null): object => ({
  id: 'chatcmpl-scripted',
  object: 'chat.completion.chunk',
  created: createdAt,
  model,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
})

const closingEvents = (script: Script, request: RecordedRequest, model: unknown): string[] => {
  const events: string[] = []
  const reason = script.finishReason === undefined ? 'stop' : script.finishReason
  if (reason !== null) events.push(JSON.stringify(chunkOf(model, {}, reason)))
  if (script.usage !== null && request.body?.stream_options?.include_usage === true) {
    events.push(JSON.stringify({ ...chunkOf(model, {}), choices: [], usage: usageOf(script, request) }))
  }
  if (script.done !== false) events.push('[DONE]')
  return events
}

const playSteps = async (
  script: Script,
  request: RecordedRequest,
  response: ServerResponse,
  gone: Promise<void>,
): Promise<void> => {
  const lineEnd = script.lineEnd ?? '\n'
  const model = script.model ?? request.body?.model
  const framed = (data: string): string => `data: ${data}${lineEnd}${lineEnd}`
  response.write(framed(JSON.stringify(chunkOf(model, { role: 'assistant', content: '' }))))
  for (const step of script.steps ?? defaultSteps) {
    if (response.destroyed) return
    if (typeof step === 'string') response.write(framed(JSON.stringify(chunkOf(model, { content: step }))))
    else if ('pause' in step) {
      if (!(await waited(step.pause, gone))) return
    } else if ('comment' in step) response.write(`: ${step.comment}${lineEnd}${lineEnd}`)
    else if ('error' in step) response.write(framed(JSON.stringify({ error: step.error })))
    else if ('event' in step) response.write(framed(JSON.stringify(step.event)))
    else if ('raw' in step) response.write(step.raw)
    else if ('reasoning' in step) {
      response.write(framed(JSON.stringify(chunkOf(model, { content: '', reasoning: step.reasoning }))))
    } else
      await writeSplit(
        response,
        Buffer.from(framed(JSON.stringify(chunkOf(model, { content: step.text })))),
        step.splitAt,
      )
  }
  if (script.ending === 'hang') return void (await gone)
  // Node holds writes back until the end of the turn: a cut loses nothing of what the steps sent.
  await nextTurn()
  if (script.ending === 'cut') return void response.socket?.destroySoon()
  // An empty write: its callback tells that everything before it has left, so that the reset loses nothing of it.
  if (script.ending === 'reset') return void response.socket?.write('', () => response.socket?.resetAndDestroy())
  if (script.ending !== 'stop') for (const data of closingEvents(script, request, model)) response.write(framed(data))
  response.end()
}

const writeSplit = async (
  response: ServerResponse,
  bytes: Buffer,
  splitAt: readonly number[] | 'every-byte',
): Promise<void> => {
  const positions = splitAt === 'every-byte' ? Array.from(bytes.keys()).slice(1) : splitAt
  let start = 0
  for (const end of [...positions, bytes.length]) {
    response.write(bytes.subarray(start, end))
    start = end
    // A turn of the event loop: the bytes so far leave in a packet of their own.
    await nextTurn()
  }
}

const loadText = (load: Load): string => load.text ?? 'word '

/** A stream that costs as little as possible: one buffer and one timer for each. */
const playLoad = async (
  script: Script,
  load: Load,
  request: RecordedRequest,
  response: ServerResponse,
  gone: Promise<void>,
): Promise<void> => {
  const model = script.model ?? request.body?.model
  const [before = '', after = ''] = `data: ${JSON.stringify(chunkOf(model, { content: '\u0000' }))}\n\n`.split(
    '\\u0000',
  )
  const fixed = Buffer.from(before + JSON.stringify(loadText(load)).slice(1, -1) + after)
  const next = (): Buffer =>
    load.stamp ? Buffer.from(`${before}t=${(performance.timeOrigin + performance.now()).toFixed(3)};${after}`) : fixed
  const finished =
    load.everyMs > 0 ? await writeEvery(load, next, response, gone) : await writeAtOnce(load, next, response, gone)
  if (!finished) return
  response.end(
    closingEvents(script, request, model)
      .map((data) => `data: ${data}\n\n`)
      .join(''),
  )
}

const writeEvery = (
  load: Load,
  next: () => Buffer,
  response: ServerResponse,
  gone: Promise<void>,
): Promise<boolean> => {
  if (load.deltas <= 0) return Promise.resolve(true)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let left = load.deltas
  const writeOne = (): void => {
    response.write(next())
    left -= 1
    if (left === 0) {
      clearInterval(timer)
      resolve(true)
    }
  }
  const timer = setInterval(writeOne, load.everyMs)
  writeOne()
  void gone.then(() => {
    clearInterval(timer)
    resolve(false)
  })
  return promise
}

const writeAtOnce = async (
  load: Load,
  next: () => Buffer,
  response: ServerResponse,
  gone: Promise<void>,
): Promise<boolean> => {
  for (let written = 0; written < load.deltas; written += 1) {
    if (response.write(next())) continue
    const drained = new Promise<void>((resolve) => response.once('drain', resolve))
    await Promise.race([drained, gone])
    if (response.destroyed) return false
  }
  return true
}
