/**
 * `npm run dev`: the server, restarted whenever one of its sources changes, and the page with hot reload in front of it.
 * It must not know which addresses the server has: whatever Vite cannot answer goes there.
 */
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { createServer, type Plugin } from 'vite'

const root = path.resolve(import.meta.dirname, '..')
const web = path.join(root, 'web')
const serverAddress = `http://${process.env['HOST'] ?? '127.0.0.1'}:${process.env['PORT'] ?? '3000'}`

/** A path that Vite answers, or `undefined` for the server's. */
function answeredByVite(request: IncomingMessage): string | undefined {
  const url = request.url ?? '/'
  const { pathname, searchParams } = new URL(url, serverAddress)
  const isVites = /^\/(@|node_modules\/)/.test(pathname) || searchParams.has('html-proxy')
  const file = [path.join(web, pathname), path.join(web, 'public', pathname)]
  if (isVites || file.some((each) => existsSync(each) && statSync(each).isFile())) return url
  const isNavigation = request.method === 'GET' && request.headers['sec-fetch-dest'] === 'document'
  return isNavigation && !/^\/(api|v1|download|health)(\/|$)/.test(pathname) ? url : undefined
}

/** Vite merges proxies; this one has to be the only one, and PORT decides where it leads. */
const proxyToServer: Plugin = {
  name: 'parlance:proxy-to-server',
  config(config) {
    config.server = { ...config.server, proxy: { '^/': { target: serverAddress, bypass: answeredByVite } } }
  },
}

const vite = await createServer({
  root: web,
  configFile: path.join(root, 'vite.config.ts'),
  configLoader: 'native',
  plugins: [proxyToServer],
  server: { host: '127.0.0.1' },
})
await vite.listen()
const page = vite.resolvedUrls?.local[0] ?? ''

const server = spawn(
  process.execPath,
  ['--watch', '--watch-preserve-output', path.join(root, 'server', 'main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, PUBLIC_URL: process.env['PUBLIC_URL'] ?? page.replace(/\/$/, '') } },
)
console.error(`The page with hot reload: ${page}`)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal))
server.on('exit', (code) => {
  process.exitCode = code ?? 0
  void vite.close()
})
