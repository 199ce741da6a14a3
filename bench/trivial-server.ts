/** A server that does nothing but answer: what the load generator gets out of it is the most that it could ever see. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ended } from './parlance.ts'

/** Starts it in a process of its own; every answer has `bytes` bytes. */
export const startTrivialServer = async (bytes: number): Promise<{ port: number; stop(): Promise<void> }> => {
  const child = fork(import.meta.filename, [String(bytes)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return { port, stop: () => ended(child) }
}

if (import.meta.main) {
  const body = Buffer.alloc(Number(process.argv[2]), 'x')
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, headers).end(body)
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
  process.once('disconnect', () => process.exit())
}
