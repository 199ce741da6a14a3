/** A real Redis of its own for a test, on loopback and in memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'

export interface RedisServer {
  readonly url: string
  stop(): Promise<void>
}

/** @param port of a server that was stopped, to take its place */
export const startRedisServer = async (port?: number): Promise<RedisServer> => {
  const place = port ?? (await freePort())
  const folder = await mkdtemp('/tmp/parlance-redis-')
  const settings = ['--port', String(place), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('Ready to accept connections')) break
  }
  if (!said.includes('Ready to accept connections')) throw new Error(`Redis did not start: ${said}`)
  return {
    url: `redis://127.0.0.1:${place}`,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
