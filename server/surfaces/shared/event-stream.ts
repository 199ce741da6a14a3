/** Server-sent events on a raw response (WHATWG HTML, 9.2): positions, heartbeats, and an end for readers that don't read. */
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/**
 * How much may wait for a slow reader, in characters, before it is cut off: it gets what waits, then the end, and may
 * come back with its last position. One event is never too large by itself: it would be each time again.
 */
const MAX_UNREAD = 128 * 1024
/** An event of more characters is written as bytes: Node keeps three for each character of a string that waits. */
const LARGE = 16 * 1024
/** How long the rest of an ended stream may take to leave, in milliseconds; then the connection is broken. */
const LINGER_MS = 5_000
/** The same when the server shuts down. */
const LINGER_AT_SHUTDOWN_MS = 1_000
/** How often an idle stream shows that it lives, in milliseconds: below the idle limit of common proxies. */
const HEARTBEAT_MS = 15_000
/** How long an ended sign-in is remembered, in milliseconds: far longer than opening a stream takes. */
const REVOKED_KEPT_MS = 60_000
/** How long a client waits before it comes back, in milliseconds. */
const RETRY_MS = 1_000

/** An event as it stands on the wire. */
export type WrittenEvent = string | Buffer

/** Writes an event out; JSON can't contain a line break, so nobody can inject a field. */
export const writtenEvent = (data: unknown, id?: string): WrittenEvent => {
  const event = `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
  return event.length > LARGE ? Buffer.from(event) : event
}

export interface EventStream {
  /** Sends one unnamed event. */
  send(data: unknown, id?: string): void
  /** Sends an event that was written out before, for many readers. */
  pass(event: WrittenEvent): void
  /** Resolves when there is room for more: when what was sent is on its way, or the stream is closed. */
  flushed(): Promise<void>
  /** Ends the stream in order, after what was sent; the client comes back by itself unless it is told not to. */
  close(): void
  readonly isOpen: boolean
}

/** All streams of this process, so that one timer serves them and a shutdown reaches them. */
export interface EventStreams {
  /**
   * Takes the response over: from here on there are no error answers. `heartbeat` makes the event that idle readers get,
   * `position` its id, where readers go on from. `onClose` is called once, whoever ends it.
   */
  open(
    reply: FastifyReply,
    options: {
      heartbeat: () => unknown
      position?: () => string
      credential?: string
      endsAt?: Date
      onClose: () => void
    },
  ): EventStream
  /** Ends the streams that a sign-in has opened, and those that it is opening at this moment. */
  closeOf(credential: string): void
  /** Ends all streams, and from now on each one that is opened. */
  closeAll(): void
  count(): number
}

/** `heartbeatMs`: how often idle streams show that they live and are asked whether their sign-in has ended. */
export const makeEventStreams = ({
  now,
  heartbeatMs = HEARTBEAT_MS,
}: {
  now: () => number
  heartbeatMs?: number | undefined
}): EventStreams => {
  const open = new Set<ResponseStream>()
  /** Streams that were ended and whose last bytes are still on their way. */
  const lingering = new Set<ServerResponse>()
  let isClosing = false
  /** Ended sign-ins, and when: a reader that was let in just before may not have its stream yet. */
  const revoked = new Map<string, number>()
  const timer = setInterval(() => {
    for (const stream of open) stream.beat(now())
    for (const [credential, at] of revoked) if (now() - at > REVOKED_KEPT_MS) revoked.delete(credential)
  }, heartbeatMs)
  timer.unref()

  /** Breaks the connection of a reader that does not take the end. */
  const linger = (response: ServerResponse, ms: number) => {
    if (response.closed) return
    const limit = setTimeout(() => response.destroy(), ms).unref()
    lingering.add(response)
    response.once('close', () => {
      clearTimeout(limit)
      lingering.delete(response)
    })
  }

  return {
    open(reply, { heartbeat, position, credential, endsAt, onClose }) {
      reply.hijack()
      const response = reply.raw
      // Without chunks one event is one write: a sixth more streams per core (measured).
      response.removeHeader('transfer-encoding')
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        connection: 'close',
      })
      response.write(`retry: ${RETRY_MS}\n\n`)
      response.socket?.setNoDelay(true)
      forgetHeads(reply)

      const stream = new ResponseStream(response, { heartbeat, position, credential, endsAt }, (by) => {
        open.delete(stream)
        onClose()
        if (by === 'us') linger(response, isClosing ? LINGER_AT_SHUTDOWN_MS : LINGER_MS)
      })
      open.add(stream)
      if (isClosing || (credential !== undefined && revoked.has(credential))) stream.close()
      return stream
    },
    closeOf(credential) {
      revoked.set(credential, now())
      for (const stream of open) if (stream.credential === credential) stream.close()
    },
    closeAll() {
      clearInterval(timer)
      isClosing = true
      for (const stream of open) stream.close()
      for (const response of lingering) linger(response, LINGER_AT_SHUTDOWN_MS)
    },
    count: () => open.size,
  }
}

interface StreamOptions {
  readonly heartbeat: () => unknown
  readonly position: (() => string) | undefined
  readonly credential: string | undefined
  readonly endsAt: Date | undefined
}

/** A class, and not an object with functions of its own: of idle streams there are thousands. */
class ResponseStream implements EventStream {
  readonly credential: string | undefined
  readonly #response: ServerResponse
  readonly #heartbeat: () => unknown
  readonly #position: (() => string) | undefined
  readonly #endsAt: Date | undefined
  readonly #onClose: (by: 'us' | 'reader') => void
  #isOpen = true

  /** `onClose` is called once. */
  constructor(response: ServerResponse, options: StreamOptions, onClose: (by: 'us' | 'reader') => void) {
    this.credential = options.credential
    this.#response = response
    this.#heartbeat = options.heartbeat
    this.#position = options.position
    this.#endsAt = options.endsAt
    this.#onClose = onClose
    const stop = () => this.#stop('reader')
    response.on('close', stop)
    response.on('error', stop)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  send(data: unknown, id?: string): void {
    if (this.#isOpen) this.pass(writtenEvent(data, id))
  }

  pass(event: WrittenEvent): void {
    if (!this.#isOpen) return
    if (this.#isFull() && !this.#madeRoom()) return this.close()
    this.#response.write(event)
  }

  async flushed(): Promise<void> {
    if (!this.#isOpen || !this.#response.writableNeedDrain) return
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#response.off('drain', settle).off('close', settle)
        resolve()
      }
      this.#response.on('drain', settle).on('close', settle)
    })
  }

  close(): void {
    if (!this.#isOpen) return
    this.#response.end()
    this.#stop('us')
  }

  /** Shows that it lives, unless its time is over. */
  beat(time: number): void {
    if (this.#endsAt !== undefined && time >= this.#endsAt.getTime()) this.close()
    else this.send(this.#heartbeat(), this.#position?.())
  }

  #isFull(): boolean {
    return this.#response.writableLength > MAX_UNREAD
  }

  /** Node holds back what is written in one turn: a reader is slow only when its socket does not take that. */
  #madeRoom(): boolean {
    this.#response.socket?.uncork()
    return !this.#isFull()
  }

  #stop(by: 'us' | 'reader'): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onClose(by)
  }
}

const NO_HEADERS: Record<string, never> = Object.freeze({})

/**
 * Lets go of what was read and written before the first event: Fastify and Node keep both heads as
 * long as the response lives. Of `_header`, which lies in seventy pieces, Node only asks whether there is one.
 */
const forgetHeads = ({ request, raw }: FastifyReply): void => {
  request.raw.rawHeaders = []
  request.raw.headers = NO_HEADERS
  ;(raw as ServerResponse & { _header: string })._header = 'sent'
}
