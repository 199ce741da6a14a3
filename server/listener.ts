/** The listening socket: it answers 503 from the first moment, and hands requests on once the server is ready. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Listener {
  readonly server: Server
  /** From now on requests go here. */
  use(handler: RequestListener): void
  /** Until now `/health` has said 503; from now on the server serves. */
  open(): void
  /** `/health` says 503 again, so that load balancers turn away; everything else goes on. */
  retire(): void
  readonly isServing: boolean
  /**
   * Lets the body of a request take as long as large files do: hours, as long as something comes at least every two
   * minutes. For requests of people who are known.
   */
  giveTime(request: IncomingMessage): void
  /** The port that was taken. Fails with one clear line when it is not to be had. */
  listen(host: string, port: number): Promise<number>
}

const notReady: RequestListener = (_request, response) => {
  const body = JSON.stringify({ status: 'starting', message: 'The server is starting. Please try again.' })
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' }).end(body)
}

const plainStatus: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Node takes the first of two; a proxy before us may take the second (RFC 9112, 3.2 wants a refusal). */
const hasTwoHosts = ({ rawHeaders }: IncomingMessage): boolean => {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

/** Whether an answer has begun: a refusal would end up in its middle. Node's own handler looks at the same field. */
const isAnswering = (socket: Duplex): boolean =>
  (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true

/** A whole request that nothing else was said about must have come after this long, in milliseconds. */
const REQUEST_MS = 60_000
/** The body of a request that was given time: without a byte for this long, and in all. */
const STALLED_MS = 2 * 60_000
const LONGEST_MS = 6 * 60 * 60_000

/** Other times are for tests, which can't wait as long. */
export const makeListener = ({
  requestMs = REQUEST_MS,
  stalledMs = STALLED_MS,
  checkEveryMs = 5_000,
} = {}): Listener => {
  /** Sockets whose request was given time: Node's limit is for all requests, but it asks before it ends one. */
  const patient = new WeakSet<Duplex>()
  let handler = notReady
  let isOpen = false
  const server = createServer(
    {
      // A slow attacker gets this long for a whole request, its head included.
      requestTimeout: requestMs,
      headersTimeout: Math.min(requestMs, 20_000),
      // How often the two are looked at; with Node's own half minute, twenty seconds could be fifty.
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      if (hasTwoHosts(request)) return void response.writeHead(400, { connection: 'close', 'content-length': 0 }).end()
      ;(isOpen ? handler : notReady)(request, response)
    },
  )
  // What isn't HTTP at all gets a plain answer and no stack.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && patient.has(socket)) return
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) return void socket.destroy()
    const status = plainStatus[error.code ?? ''] ?? '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
  })
  let isServing = false
  return {
    server,
    use: (next) => {
      handler = next
    },
    open: () => {
      isOpen = true
      isServing = true
    },
    retire: () => {
      isServing = false
    },
    giveTime(request) {
      const { socket } = request
      patient.add(socket)
      socket.setTimeout(stalledMs)
      const limit = setTimeout(() => socket.destroy(), LONGEST_MS).unref()
      const isOver = () => {
        clearTimeout(limit)
        patient.delete(socket)
        socket.setTimeout(0)
      }
      request.once('end', isOver).once('close', isOver)
    },
    get isServing() {
      return isServing
    },
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) =>
          reject(new Error(explained(error, host, port), { cause: error })),
        )
        server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
      }),
  }
}

const explained = (error: NodeJS.ErrnoException, host: string, port: number): string => {
  switch (error.code) {
    case 'EADDRINUSE':
      return `PORT ${port} on ${host} is taken by another program. Stop it, or choose another PORT.`
    case 'EACCES':
      return `PORT ${port} may only be used by root. Choose a PORT above 1023.`
    case 'EADDRNOTAVAIL':
      return `HOST ${host} is not an address of this machine.`
    default:
      return `HOST ${host}, PORT ${port}: ${error.message}`
  }
}
