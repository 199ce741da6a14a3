/**
 * Stands between a program and a server: counts flights, and cuts or freezes connections where a test wants it. It knows
 * bytes and their direction, and nothing of the protocol.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestDatabase } from './database.ts'

export interface WireProxy {
  /** What to connect to instead of the server. */
  readonly host: string
  readonly port: number
  /**
   * How often, since this was last asked, the client spoke after the server had spoken (or at first): the number of
   * network round trips, however many packets each took.
   */
  takeFlights(): number
  /** How many connections were opened since this was last asked. */
  takeConnections(): number
  /** Breaks all connections without a word. New ones are accepted. */
  cut(): void
  /** Keeps all connections open and passes nothing on any more, as a lost route does. New ones work. */
  freeze(): void
  /** Breaks all connections, and new ones at once. */
  off(): void
  on(): void
  /** Breaks all connections and refuses new ones. */
  close(): Promise<void>
}

/** A TCP port, or the path of a Unix socket. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string }

/** Where the PostgreSQL server of a test database listens. */
export const socketOf = ({ socket }: TestDatabase): Target => ({ path: `${socket.host}/.s.PGSQL.${socket.port}` })

/** The address of a test database, by way of a proxy. */
export const urlThrough = ({ host, port }: WireProxy, database: TestDatabase): string => {
  const url = new URL(database.url)
  url.searchParams.set('host', host)
  url.searchParams.set('port', String(port))
  return url.href
}

/** `cutAfter`: how many bytes of the server's a new connection lives for; undefined: for ever. */
export const openWireProxy = async (
  target: Target,
  cutAfter: () => number | undefined = () => undefined,
): Promise<WireProxy> => {
  const sockets = new Set<Socket>()
  let isOn = true
  /** How often all was frozen: what was opened before passes nothing on. */
  let frosts = 0
  let flights = 0
  let connections = 0

  const proxy = createServer((client) => {
    if (!isOn) return void client.destroy()
    connections++
    const upstream = connect(target)
    const frostsBefore = frosts
    let left = cutAfter() ?? Infinity
    let clientSpokeLast = false
    client.on('data', (bytes) => {
      if (frosts > frostsBefore) return
      if (!clientSpokeLast) flights++
      clientSpokeLast = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes: Buffer) => {
      if (frosts > frostsBefore) return
      clientSpokeLast = false
      if (bytes.length >= left) {
        client.end(bytes.subarray(0, left))
        return void upstream.destroy()
      }
      left -= bytes.length
      client.write(bytes)
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroySoon()
      })
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))

  const take = (count: () => number, reset: () => void) => {
    const taken = count()
    reset()
    return taken
  }
  const cut = () => sockets.forEach((socket) => socket.destroy())
  return {
    host: '127.0.0.1',
    port: (proxy.address() as AddressInfo).port,
    takeFlights: () =>
      take(
        () => flights,
        () => (flights = 0),
      ),
    takeConnections: () =>
      take(
        () => connections,
        () => (connections = 0),
      ),
    cut,
    freeze: () => void frosts++,
    off() {
      isOn = false
      cut()
    },
    on() {
      isOn = true
    },
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve))
      cut()
      await closed
    },
  }
}
