/** Sends what `fetch` would put right or refuse: any method, any bytes, any address, and half requests. */
import http from 'node:http'
import net from 'node:net'

export interface Ask {
  readonly method: string
  /** As it goes over the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Text and bytes go as they are; anything else as JSON. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** The body; of a stream, what came with its head. */
  readonly text: string
  /** Until the last byte, in milliseconds. */
  readonly ms: number
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

const payloadOf = (body: unknown): string | Uint8Array | undefined =>
  body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)

/** One request on a kept-alive connection. A stream is hung up on as soon as it has begun. */
export const ask = (base: string, { method, path, headers = {}, body }: Ask): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const payload = payloadOf(body)
    const typed = payload === undefined ? headers : { 'content-type': 'application/json', ...headers }
    const { hostname, port } = new URL(base)
    const startedAt = performance.now()
    const request = http.request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: {
        ...(typed as http.OutgoingHttpHeaders),
        ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
      },
    })
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      const finish = () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
          ms: performance.now() - startedAt,
        })
      const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream')
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (isStream) response.destroy()
      })
      response.once('close', finish)
      response.once('error', () => {})
      if (isStream && method === 'HEAD') response.destroy()
    })
    request.once('error', (error) =>
      reject(new Error(`${method} ${path.slice(0, 200)}: ${error.message}`, { cause: error })),
    )
    request.end(payload)
  })

export interface Talk {
  /** Everything that came. */
  readonly received: string
  /** Whether the server ended the connection. */
  readonly wasClosed: boolean
}

/**
 * Writes raw bytes on a connection of its own and collects what comes back until the server closes it, or until
 * `isEnough` says so of what came.
 */
export const talk = (
  base: string,
  bytes: string | Uint8Array,
  isEnough: (received: string) => boolean = () => false,
): Promise<Talk> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes))
    let received = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk
      if (isEnough(received)) finish(false)
    })
    // A reset is a way to close, too.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? finish(true) : reject(error),
    )
    socket.once('close', () => finish(true))
    const finish = (wasClosed: boolean) => {
      socket.destroy()
      resolve({ received, wasClosed })
    }
  })

/** How many complete answers with a length stand in what came. */
export const answersIn = (received: string): { status: number; body: string }[] => {
  const found: { status: number; body: string }[] = []
  let rest = received
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const head = rest.slice(0, end)
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]
    if (end === -1 || status === undefined) return found
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (rest.length < end + 4 + length) return found
    found.push({ status: Number(status), body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
}
