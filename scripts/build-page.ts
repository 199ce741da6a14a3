/** Builds the web app into `dist/web` unless what lies there was made from the same sources; it must not know the server. */
import { spawn } from 'node:child_process'
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip as gzipCallback } from 'node:zlib'

const gzip = promisify(gzipCallback)
const brotli = promisify(brotliCompress)

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const page = path.join(dist, 'web')
/** Inside the folder of the page, so that both always change together. */
const sourcesFile = '.sources'

/** What the page is made of. Its tests are not. */
const sources = ['web', 'contract', 'package.json', 'package-lock.json', 'vite.config.ts']

/**
 * Builds the page where `dist/web` is missing or made from other sources. The content of the sources decides, not their
 * time: a checkout changes times, and a copy of the project does not change the page.
 *
 * Vite runs in a process of its own, so that the server that starts afterwards neither carries its memory nor the
 * NODE_ENV that it sets.
 * @param tell hears one line when there is something to build
 * @throws Error when the build failed; its own words went to stderr
 */
export async function ensurePage(tell: (line: string) => void): Promise<void> {
  if (!existsSync(path.join(root, 'web', 'index.html'))) {
    if (existsSync(page)) return // delivered without its sources
    throw new Error('There is no page: dist/web is missing, and so is web/index.html, which it is built from.')
  }
  if ((await builtFrom(page)) === (await hashOfSources())) return
  tell('Building the page …')
  const child = spawn(process.execPath, [import.meta.filename], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (code !== 0) throw new Error(`The page could not be built (${signal ?? `exit code ${code}`}).`)
}

async function build(): Promise<void> {
  const { build: viteBuild } = await import('vite')
  await removeLeftovers()
  const hash = await hashOfSources()
  const temporary = path.join(dist, `.web-${process.pid}`)
  await mkdir(temporary, { recursive: true })
  try {
    await viteBuild({
      root: path.join(root, 'web'),
      configFile: path.join(root, 'vite.config.ts'),
      configLoader: 'native',
      logLevel: 'warn',
      build: { outDir: temporary, emptyOutDir: true },
    })
    await compressFiles(temporary)
    await writeFile(path.join(temporary, sourcesFile), hash)
    await moveIntoPlace(temporary, hash)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Lays a `.gz` and a `.br` beside every text, so that the server sends them as they are and never compresses itself. */
async function compressFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/\.(js|css|html|svg|webmanifest)$/.test(name)) continue
    const file = path.join(folder, name)
    const content = await readFile(file)
    // Less than a packet either way.
    if (content.length < 1024) continue
    await writeFile(`${file}.gz`, await gzip(content, { level: constants.Z_BEST_COMPRESSION }))
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
    await writeFile(`${file}.br`, await brotli(content, options))
  }
}

/** Two builds may finish at the same moment: whoever comes second keeps what is there when it is the same page. */
async function moveIntoPlace(temporary: string, hash: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await rename(temporary, page)
      return
    } catch (error) {
      if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    }
    if ((await builtFrom(page)) === hash) return
    const old = path.join(dist, `.web-old-${process.pid}-${attempt}`)
    await rename(page, old).catch((error: unknown) => {
      if (!isCode(error, 'ENOENT')) throw error
    })
    await rm(old, { recursive: true, force: true })
  }
  throw new Error('dist/web keeps changing: is something else building the page?')
}

/** What builds left that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(dist).catch((): string[] => [])) {
    const pid = Number(/^\.web-(?:old-)?(\d+)/.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) await rm(path.join(dist, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

async function builtFrom(folder: string): Promise<string | undefined> {
  return await readFile(path.join(folder, sourcesFile), 'utf8').catch(() => undefined)
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) await addTo(hash, source)
  return hash.digest('hex')
}

/** Names and contents, each with its length before it, so that no two trees give the same bytes. */
async function addTo(hash: Hash, relative: string): Promise<void> {
  const absolute = path.join(root, relative)
  try {
    const content = await readFile(absolute)
    hash.update(`${relative}\0${content.length}\0`).update(content)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    if (!isCode(error, 'EISDIR')) throw error
    const names = (await readdir(absolute)).filter((name) => !name.startsWith('.') && !/\.test\.tsx?$/.test(name))
    for (const name of names.sort()) await addTo(hash, `${relative}/${name}`)
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

if (import.meta.main) {
  await build().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
