/** One HTTP exchange with a model provider: limits on time and size, cancelling, and what broke; it knows no JSON and no SSE. */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { AppError } from '#kernel/errors.ts'

/*
 * Why node:http and neither `fetch` nor an SDK. Measured with a bare loop over each, on two cores, against a provider
 * in a process of its own, 256 streams at once of 150 deltas, 20 ms apart (Node 26.10; medians, p99 in brackets):
 *
 *   client                         first delta     age of a delta on arrival   CPU for all
 *   @ai-sdk/openai-compatible 3    203 (245) ms    1.4 (48) ms                 2.75 s
 *   fetch + eventsource-parser 4   133 (137) ms    0.5 (26) ms                 1.16 s
 *   node:http                       45  (48) ms    0.4 (2.3) ms                0.80 s
 *
 * Besides, the SDK hides `[DONE]` and bounds no line, `fetch` gives up after five minutes of silence whatever the operator
 * allows, and closes an idle connection after four seconds: every reply would pay for a TLS handshake again.
 */

/** How long a free connection is kept for the next reply. */
const keepFreeMs = 60_000
/** How much text may wait for a slow reader before the provider is held back, in characters. */
const readAhead = 256 * 1024
/** How long the rest of a finished answer may take to arrive before its connection is given up. */
const drainMs = 1000

// Node decides whether the environment names a proxy (NODE_USE_ENV_PROXY); only config.ts may read it besides.
const proxied = { keepAlive: true, noDelay: true, timeout: keepFreeMs, proxyEnv: https.globalAgent.options.proxyEnv }
const agents = { http: new http.Agent(proxied), https: new https.Agent(proxied) }
/** This computer is never reached by way of a proxy. */
const direct = { ...proxied, proxyEnv: undefined }
const loopbackAgents = { http: new http.Agent(direct), https: new https.Agent(direct) }

/** Whether an address names this computer by number or as `localhost`. */
export const isLoopback = (url: URL): boolean => /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname)

export interface ExchangeRequest {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** Sent as it is, with its length. */
  readonly body?: string
  /** Cancels the exchange at any point. */
  readonly signal: AbortSignal
  /** Milliseconds until the first byte of the body. */
  readonly firstByteMs: number
  /** Milliseconds of silence after that. Time in which nobody reads does not count. */
  readonly idleMs: number
}

/** An answer whose headers have arrived. `close` must be called in the end. */
export interface Exchange {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /**
   * The next piece of the body (UTF-8, never half a character), `undefined` after its orderly end. Throws the signal's
   * reason, `model.timeout`, `model.cut_off` when the connection broke, `model.garbled` when it is not HTTP; what had
   * arrived before such a failure is handed out first.
   */
  read(): Promise<string | undefined>
  /** From now on silence ends the exchange after `ms`. */
  expectWithin(ms: number): void
  /** The answer is complete: lets the rest pass by, so that the connection can serve another one. */
  release(): void
  /** Ends the exchange and, unless it was released or over, its connection. */
  close(): void
}

/**
 * Sends a request and waits for the headers of the answer. Redirects are not followed: the key stays with the origin
 * it was given for. Throws the signal's reason, `model.unreachable` when nothing was answered, `model.timeout`,
 * `model.garbled` when the answer is not HTTP.
 */
export const openExchange = async (request: ExchangeRequest): Promise<Exchange> => {
  request.signal.throwIfAborted()
  const secure = request.url.protocol === 'https:'
  const pool = isLoopback(request.url) ? loopbackAgents : agents
  const outgoing = (secure ? https : http).request(request.url, {
    method: request.method,
    agent: secure ? pool.https : pool.http,
    headers: {
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
    },
  })

  const opened = Promise.withResolvers<void>()
  let incoming: IncomingMessage | undefined
  let failure: { readonly reason: unknown } | undefined
  let over = false
  let released = false
  let arrived = ''
  let anyByte = false
  let wake: (() => void) | undefined

  const fail = (reason: unknown): void => {
    failure ??= { reason }
    opened.reject(failure.reason)
    wake?.()
  }
  const cancel = (reason: unknown): void => {
    fail(reason)
    incoming?.destroy()
    outgoing.destroy()
  }

  let waiting = false
  const onSilence = (): void => {
    if (waiting || !anyByte)
      cancel(new AppError('model.timeout', { cause: new Error(`nothing within ${silenceMs} ms`) }))
  }
  let silenceMs = request.firstByteMs
  let silence = setTimeout(onSilence, silenceMs)
  const expectWithin = (ms: number): void => {
    clearTimeout(silence)
    silenceMs = ms
    silence = setTimeout(onSilence, ms)
  }

  const onAbort = (): void => cancel(request.signal.reason)
  request.signal.addEventListener('abort', onAbort, { once: true })

  const settle = (): void => {
    clearTimeout(silence)
    request.signal.removeEventListener('abort', onAbort)
  }

  const onData = (text: string): void => {
    if (!anyByte) {
      anyByte = true
      expectWithin(request.idleMs)
    }
    arrived += text
    if (arrived.length > readAhead) incoming?.pause()
    wake?.()
  }

  outgoing.on('error', (error: NodeJS.ErrnoException) => fail(brokenBy(error, incoming !== undefined)))
  outgoing.on('close', () => {
    if (incoming === undefined) fail(new AppError('model.unreachable'))
  })
  outgoing.on('response', (message) => {
    incoming = message
    message.setEncoding('utf8')
    message.on('data', onData)
    message.on('end', () => {
      over = true
      wake?.()
    })
    message.on('error', (error: NodeJS.ErrnoException) => fail(brokenBy(error, true)))
    message.on('close', () => {
      if (!over) fail(new AppError('model.cut_off'))
    })
    opened.resolve()
  })
  outgoing.end(request.body)

  try {
    await opened.promise
  } catch (reason) {
    settle()
    throw reason
  }

  const read = async (): Promise<string | undefined> => {
    for (;;) {
      request.signal.throwIfAborted()
      if (arrived !== '') {
        const text = arrived
        arrived = ''
        incoming?.resume()
        return text
      }
      if (failure) throw failure.reason
      if (over) return undefined
      waiting = true
      // The limit for the first byte counts from the request on.
      if (anyByte) silence.refresh()
      await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      waiting = false
    }
  }

  const release = (): void => {
    released = true
    settle()
    if (over || failure) return
    incoming?.removeListener('data', onData)
    incoming?.resume()
    const giveUp = setTimeout(() => outgoing.destroy(), drainMs).unref()
    incoming?.once('close', () => clearTimeout(giveUp))
  }

  const close = (): void => {
    settle()
    if (released || over) return
    incoming?.destroy()
    outgoing.destroy()
  }

  return { status: incoming?.statusCode ?? 0, headers: incoming?.headers ?? {}, read, expectWithin, release, close }
}

/** What a broken connection means. Messages of the system name hosts and ports, never headers, but a proxy's password. */
const brokenBy = (error: NodeJS.ErrnoException, answered: boolean): AppError => {
  // HPE_…: the parser of node:http does not recognise the answer as HTTP.
  if (error.code?.startsWith('HPE_')) return new AppError('model.garbled', { cause: new Error(error.code) })
  const cause = new Error(`${error.code ?? error.name}: ${error.message.replace(/\/\/[^/\s]*@/g, '//')}`)
  return new AppError(answered ? 'model.cut_off' : 'model.unreachable', { cause })
}

/**
 * Reads what is left of a body. Throws like `read`, and `model.garbled` beyond `maxChars` characters; with `truncate`
 * it gives what fits instead.
 */
export const readWhole = async (exchange: Exchange, maxChars: number, truncate = false): Promise<string> => {
  let whole = ''
  for (;;) {
    const text = await exchange.read()
    if (text === undefined) return whole
    whole += text
    if (whole.length <= maxChars) continue
    if (truncate) return whole.slice(0, maxChars)
    throw new AppError('model.garbled', { cause: new Error(`an answer of more than ${maxChars} characters`) })
  }
}
