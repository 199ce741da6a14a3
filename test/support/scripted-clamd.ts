/** A ClamAV daemon that answers as a test says, on loopback; it speaks enough of INSTREAM to know where a file ends. */
import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo } from 'node:net'

/**
 * What it does with a file. `answer`: what it writes after the last byte, then it closes. `early`: the same after so many
 * bytes. `silent`: it never answers. `cut`: it closes without a word after so many bytes.
 */
export type Behaviour =
  | { readonly answer: string }
  | { readonly answer: string; readonly early: number }
  | { readonly cut: number }
  | 'silent'
  /** The same by what the file holds. */
  | ((file: Buffer) => string)

export interface ScriptedClamd {
  /** A port, or the path of a socket. */
  readonly address: { readonly host: string; readonly port: number }
  behaviour: Behaviour
  /** Files that came whole. */
  readonly files: readonly Buffer[]
  close(): Promise<void>
}

export const startScriptedClamd = async (behaviour: Behaviour, at?: string): Promise<ScriptedClamd> => {
  const sockets = new Set<net.Socket>()
  const files: Buffer[] = []
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket, clamd.behaviour, files)
  })
  server.listen(...((at === undefined ? [0, '127.0.0.1'] : [at]) as [number, string]))
  await once(server, 'listening')
  const port = at === undefined ? (server.address() as AddressInfo).port : 0
  const clamd: ScriptedClamd = {
    address: { host: '127.0.0.1', port },
    behaviour,
    files,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return clamd
}

const COMMAND = Buffer.from('zINSTREAM\0')

const serve = (socket: net.Socket, behaviour: Behaviour, files: Buffer[]): void => {
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (behaviour === 'silent') return
    if (typeof behaviour === 'object' && 'cut' in behaviour) {
      if (received.length >= behaviour.cut) socket.destroy()
      return
    }
    if (typeof behaviour === 'object' && 'early' in behaviour) {
      if (received.length >= behaviour.early) socket.end(behaviour.answer)
      return
    }
    const file = fileIn(received)
    if (file === undefined) return
    files.push(file)
    const answer = typeof behaviour === 'function' ? behaviour(file) : behaviour.answer
    socket.end(answer, 'latin1')
  })
}

/** The file, once its last piece has come. */
const fileIn = (received: Buffer): Buffer | undefined => {
  if (!received.subarray(0, COMMAND.length).equals(COMMAND)) return undefined
  const pieces: Buffer[] = []
  for (let at = COMMAND.length; at + 4 <= received.length;) {
    const length = received.readUInt32BE(at)
    if (length === 0) return Buffer.concat(pieces)
    pieces.push(received.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return undefined
}
