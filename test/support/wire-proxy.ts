/**
 * Stands between a program and a PostgreSQL server: counts flights, and cuts connections where a test wants it. It knows
 * bytes and their direction, and nothing of the protocol.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

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
  /** Breaks all connections and refuses new ones. */
  close(): Promise<void>
}

/** @param server the socket of the server, as `TestDatabase.socket` */
export const openWireProxy = async (server: { readonly host: string; readonly port: number }): Promise<WireProxy> => {
  const sockets = new Set<Socket>()
  let flights = 0
  let connections = 0

  const proxy = createServer((client) => {
    connections++
    const upstream = connect(`${server.host}/.s.PGSQL.${server.port}`)
    let clientSpokeLast = false
    client.on('data', (bytes) => {
      if (!clientSpokeLast) flights++
      clientSpokeLast = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      clientSpokeLast = false
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
        other.destroy()
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
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve))
      cut()
      await closed
    },
  }
}
