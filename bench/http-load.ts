/**
 * Asks as fast as answers come, over connections that stay open: a process of its own on plain sockets, which costs a
 * fraction of what a client library does, and knows just enough of HTTP for answers that name their length.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { quantile } from './statistics.ts'

/** One thing to do: requests that follow each other on one connection. */
export type Errand = readonly HttpRequest[]

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface Load {
  readonly port: number
  /** Connections, each with one errand at a time, picked at random. */
  readonly clients: number
  readonly seconds: number
  readonly errands: readonly Errand[]
  /** The only status that counts as an answer. */
  readonly status: number
}

export interface LoadResult {
  /** Errands per second. */
  readonly rate: number
  /** Of one errand, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** @throws Error with the first answer that had another status, or when a connection broke */
export const runLoad = async (load: Load): Promise<LoadResult> => {
  const child = fork(import.meta.filename, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.send(load)
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The load generator ended before it was done.')
    }),
  ])) as [LoadResult | { problem: string }]
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}

const bytesOf = ({ method, path, token, body }: HttpRequest): Buffer => {
  const json = body === undefined ? '' : JSON.stringify(body)
  const ofBody =
    body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n`
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n${ofBody}\r\n${json}`,
  )
}

/** Runs one connection until `deadline`; pushes how long each errand took. */
const runClient = async (
  { port, status }: Load,
  errands: readonly (readonly Buffer[])[],
  deadline: number,
  took: number[],
): Promise<void> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const expected = `HTTP/1.1 ${status} `
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('The server closed the connection.')))
      let errand: readonly Buffer[] = []
      let step = 0
      let startedAt = 0
      const begin = () => {
        startedAt = performance.now()
        if (startedAt >= deadline) return resolve()
        errand = errands[Math.floor(Math.random() * errands.length)]!
        step = 0
        socket.write(errand[0]!)
      }
      readAnswers(socket, (head, text) => {
        if (!head.startsWith(expected)) return reject(new Error(`The server answered ${head}${text()}`))
        step += 1
        if (step < errand.length) return void socket.write(errand[step]!)
        const now = performance.now()
        if (now <= deadline) took.push(now - startedAt)
        begin()
      })
      begin()
    })
  } finally {
    socket.destroy()
  }
}

/** Calls back with the head of each answer once its body is complete, too. */
const readAnswers = (socket: Socket, onAnswer: (head: string, text: () => string) => void): void => {
  let pending: Buffer[] = []
  let length = 0
  let head: string | undefined
  let missing = 0
  socket.on('data', (chunk: Buffer) => {
    pending.push(chunk)
    length += chunk.length
    if (head === undefined) {
      const bytes = pending.length === 1 ? chunk : Buffer.concat(pending)
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      const found = bytes.toString('latin1', 0, end + 4)
      const contentLength = /content-length: *(\d+)/i.exec(found)?.[1]
      if (contentLength === undefined) throw new Error(`An answer without a length: ${found}`)
      head = found
      missing = end + 4 + Number(contentLength)
    }
    if (length < missing) return
    const answered: string = head
    const chunks = pending
    pending = []
    length = 0
    head = undefined
    onAnswer(answered, () => Buffer.concat(chunks).toString().slice(answered.length))
  })
}

const runHere = async (load: Load): Promise<LoadResult> => {
  const errands = load.errands.map((errand) => errand.map(bytesOf))
  const took: number[] = []
  const startedAt = performance.now()
  const deadline = startedAt + load.seconds * 1000
  await Promise.all(Array.from({ length: load.clients }, () => runClient(load, errands, deadline, took)))
  return { rate: took.length / load.seconds, p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
}

if (import.meta.main) {
  process.once('message', (load: Load) => {
    runHere(load)
      .catch((error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }))
      .then((result) => process.send!(result, () => process.disconnect?.()))
      .catch(() => process.exit(1))
  })
}
