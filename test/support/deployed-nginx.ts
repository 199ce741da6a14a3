/** A real nginx with `deploy/nginx.conf`, of which only names, ports and certificates are replaced; on loopback, as anybody. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../scripts/apt.ts'

export interface DeployedNginx {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  close(): Promise<void>
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/**
 * @param port where it listens
 * @param server the Parlance behind it
 */
export const startDeployedNginx = async (
  port: number,
  server: { readonly url: string; readonly dataDir: string },
): Promise<DeployedNginx> => {
  const folder = await mkdtemp('/tmp/parlance-nginx-')
  const deployed = await readFile(path.resolve(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8')
  const settings = path.join(folder, 'nginx.conf')
  await mkdir(path.join(folder, 'temp'))
  await writeFile(settings, settingsOf(deployed, folder, port, server))
  const child = spawn(findProgram('nginx') ?? 'nginx', ['-c', settings, '-p', folder, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended at once: ${said}`)
    await sleep(5)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await ended(child)
      await rm(folder, { recursive: true })
    },
  }
}

const settingsOf = (
  deployed: string,
  folder: string,
  port: number,
  server: { readonly url: string; readonly dataDir: string },
): string => {
  const replaced = [
    ['server 127.0.0.1:3000;', `server ${new URL(server.url).host};`],
    [/server \{\n\s+listen 80;[^}]*\}\n/, ''],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${port};`],
    [/ssl_certificate [^;]*;/, ''],
    [/ssl_certificate_key [^;]*;/, ''],
    [/\/var\/lib\/parlance\b/g, server.dataDir],
  ].reduce((text: string, [what, by]) => {
    const next = text.replace(what as RegExp, by as string)
    if (next === text) throw new Error(`deploy/nginx.conf has no ${String(what)} any more`)
    return next
  }, deployed)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/temp;`,
  )
  return `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    events {}
    http {
      access_log off;
      ${temporary.join(' ')}
      ${replaced}
    }`
}

const listens = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
