/** Sends and fetches large bodies as fast as they go, in a process of its own on plain sockets, and keeps none of them. */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Transfer {
  /** The head of the request but for its Content-Length, each line with its end, without the empty line. */
  readonly head: string
  /** What is sent: so many bytes that nothing makes smaller, between two texts. Nothing if it is left out. */
  readonly body?: { readonly before: string; readonly bytes: number; readonly after: string }
}

export interface TransferLoad {
  readonly port: number
  /** One connection for each; all at the same time. */
  readonly transfers: readonly Transfer[]
}

export interface TransferResult {
  /** Until the last answer was complete, in seconds. */
  readonly seconds: number
  /** Bytes of bodies in both directions. */
  readonly bytes: number
  /** The beginning of each answer's body, as text, in the order of the transfers. */
  readonly answers: readonly string[]
}

/** @throws Error with the first answer that is no success */
export const runTransfers = async (load: TransferLoad): Promise<TransferResult> => {
  const child = fork(import.meta.filename, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(load)
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The transfers ended before they were done.')
    }),
  ])) as [TransferResult | { problem: string }]
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}

/** As much of an answer as is kept, in bytes: its head, and a short body whole. */
const KEPT = 4096

const transfer = async (
  port: number,
  { head, body }: Transfer,
  noise: Buffer,
): Promise<[bytes: number, text: string]> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const answered = Promise.withResolvers<[bytes: number, text: string]>()
  let kept = Buffer.alloc(0)
  let received = 0
  let missing = Infinity
  socket.on('error', answered.reject)
  socket.on('close', () => answered.reject(new Error(`The server closed the connection: ${kept.toString()}`)))
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (kept.length < KEPT) {
      kept = Buffer.concat([kept, chunk.subarray(0, KEPT - kept.length)])
      const end = kept.indexOf('\r\n\r\n')
      const text = kept.toString()
      if (end > 0 && !/^HTTP\/1\.1 20[014] /.test(text)) answered.reject(new Error(`The server answered ${text}`))
      if (end > 0) missing = end + 4 + Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0)
    }
    if (received >= missing) answered.resolve([received, kept.subarray(kept.indexOf('\r\n\r\n') + 4).toString()])
  })
  try {
    const length = body === undefined ? 0 : body.before.length + body.bytes + body.after.length
    socket.write(`${head}${body === undefined ? '' : `Content-Length: ${length}\r\n`}\r\n${body?.before ?? ''}`)
    const toSend = body?.bytes ?? 0
    for (let sent = 0; sent < toSend; sent += noise.length) {
      if (socket.write(noise.subarray(0, toSend - sent))) continue
      await Promise.race([once(socket, 'drain'), answered.promise])
    }
    if (body !== undefined) socket.write(body.after)
    const [bytes, text] = await answered.promise
    return [bytes + length, text]
  } finally {
    socket.destroy()
  }
}

const runHere = async ({ port, transfers }: TransferLoad): Promise<TransferResult> => {
  const noise = randomBytes(256 * 1024)
  const startedAt = performance.now()
  const done = await Promise.all(transfers.map((each) => transfer(port, each, noise)))
  return {
    seconds: (performance.now() - startedAt) / 1000,
    bytes: done.reduce((sum, [bytes]) => sum + bytes, 0),
    answers: done.map(([, text]) => text),
  }
}

if (import.meta.main) {
  process.once('message', (load: TransferLoad) => {
    runHere(load)
      .catch((error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }))
      .then((result) => process.send!(result, () => process.disconnect?.()))
      .catch(() => process.exit(1))
  })
}
