/**
 * Makes `node_modules` agree with a lock file, whoever starts first and whatever died before.
 * Plain JavaScript without dependencies for any Node from 18 on; it must not know what is started afterwards.
 */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, linkSync, readFileSync, realpathSync } from 'node:fs'
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout, absolute. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const installLock = path.join(root, '.install.lock')
const installSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** A failure that is told in one sentence, without a stack. */
export class StartError extends Error {}

/**
 * Whether `folder/node_modules` is what `folder/package-lock.json` says. npm writes its hidden lock file last, so an
 * interrupted install never looks complete.
 * @param {string} folder absolute path with a package-lock.json
 * @param {{ dev: boolean, optional?: boolean }} wanted whether packages must be there that only development needs, and
 *   those that may fail to install (binaries for this platform; by default they must)
 * @returns {boolean}
 */
export function isInstalled(folder, { dev, optional = true }) {
  return firstDifference(folder, { dev, optional }) === undefined
}

/** The package, or the file, that keeps an installation from being complete. */
function firstDifference(folder, { dev, optional }) {
  const wanted = readJson(path.join(folder, 'package-lock.json'))?.packages
  const present = readJson(path.join(folder, 'node_modules', '.package-lock.json'))?.packages
  if (!wanted) return 'package-lock.json'
  if (!present) return 'node_modules/.package-lock.json'
  const isMissing = (entry) => !mayBeMissing(entry, dev) && (optional || !entry.optional)
  const isOther = (entry, found) =>
    found.version !== entry.version ||
    Boolean(entry.integrity && found.integrity && found.integrity !== entry.integrity)
  const difference = Object.entries(wanted).find(([where, entry]) => {
    if (where === '' || entry.link) return false
    return present[where] ? isOther(entry, present[where]) : isMissing(entry)
  })
  return difference?.[0]
}

/**
 * Installs what `folder/package-lock.json` says with `npm ci`, once, however many processes ask at the same time.
 * @param {string} folder absolute path with package.json and package-lock.json
 * @param {{ dev: boolean, what: string }} options `what` completes the sentence "Installing …"
 * @returns {Promise<void>} rejects with a StartError that says what to do
 */
export async function ensureInstalled(folder, { dev, what }) {
  if (isInstalled(folder, { dev })) return
  takeLock()
  try {
    if (isInstalled(folder, { dev })) return // somebody else did it while we waited
    await install(folder, what)
    if (isInstalled(folder, { dev })) return
    const difference = firstDifference(folder, { dev, optional: false })
    if (difference !== undefined) {
      throw new StartError(
        `npm ci ended without an error, but ${difference} is not as package-lock.json says. ` +
          'package.json and package-lock.json disagree, it seems: `npm install` brings them together.',
      )
    }
    console.error('A package for this platform could not be fetched; going on without it, the next start tries again.')
  } finally {
    releaseLock()
  }
}

/**
 * The operating system, processor and C library in npm's words.
 * @returns {{ os: string, cpu: string, libc: string | undefined }}
 */
export function platform() {
  const glibc = process.platform === 'linux' && process.report?.getReport().header.glibcVersionRuntime
  return {
    os: process.platform,
    cpu: process.arch,
    libc: process.platform === 'linux' ? (glibc ? 'glibc' : 'musl') : undefined,
  }
}

/**
 * @param {string} file
 * @returns {any} the parsed file; undefined where there is none or it is half written
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

let here
/** An optional package without a platform of its own belongs to another one that names it (the wasm fallbacks do). */
function mayBeMissing(entry, dev) {
  if (!dev && (entry.dev || entry.devOptional)) return true
  if (!entry.optional && !entry.devOptional) return false
  if (!entry.os && !entry.cpu) return true
  here ??= platform()
  return !(allows(entry.os, here.os) && allows(entry.cpu, here.cpu) && (!here.libc || allows(entry.libc, here.libc)))
}

/** npm's `os`, `cpu` and `libc` fields: a name or a list of names, where `!name` forbids. */
function allows(names, value) {
  const list = [names ?? []].flat()
  if (list.length === 0) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((item) => item.startsWith('!'))
}

async function install(folder, what) {
  console.error(`Installing ${what} (npm ci) …`)
  const started = Date.now()
  const { command, args, env } = npm(path.join(folder, 'node_modules'))
  const quiet = '--no-audit --no-fund --no-update-notifier --loglevel=error'
  // A person's own npm configuration must not change what the lock file promises.
  const whole =
    '--include=dev --include=optional --include=peer --package-lock --no-dry-run --no-engine-strict --no-global'
  const flags = `ci --ignore-scripts --prefer-offline ${quiet} ${whole}`.split(' ')
  const child = spawn(command, [...args, ...flags], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env })
  let stoppedBy
  const forward = (signal) => {
    stoppedBy = signal
    child.kill(signal)
  }
  for (const signal of installSignals) process.on(signal, forward)
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }))
    // npm outlives us when we are killed: whoever comes next has to wait for it too.
    child.on('spawn', () => writeLock([process.pid, child.pid]))
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  for (const signal of installSignals) process.removeListener(signal, forward)
  if (stoppedBy) {
    releaseLock()
    process.kill(process.pid, stoppedBy)
  }
  if (end.error?.code === 'ENOENT') throw new StartError('npm was not found. It comes with Node: https://nodejs.org')
  if (end.error) throw new StartError(`npm could not be run: ${end.error.message}`)
  if (end.code !== 0)
    throw new StartError(`npm ci failed (${end.signal ?? `exit code ${end.code}`}); its own words are above.`)
  console.error(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`)
}

/** How to run npm with a Node that npm is not about to delete. */
function npm(doomed) {
  const isSafe = (file) => !`${realpath(file)}${path.sep}`.startsWith(`${realpath(doomed)}${path.sep}`)
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const safeFolders = folders.filter((folder) => folder && isSafe(path.join(folder, 'node')) && isSafe(folder))
  const env = { ...process.env, PATH: safeFolders.join(path.delimiter) }
  delete env.NODE_ENV // `production` would leave packages out
  const cli = process.env.npm_execpath
  if (cli && cli.endsWith('npm-cli.js') && isSafe(cli)) {
    const node = [process.env.npm_node_execpath, process.execPath].find((file) => file && isSafe(file))
    if (node) return { command: node, args: [cli], env }
  }
  const command = safeFolders.map((folder) => path.join(folder, 'npm')).find(isExecutable)
  return { command: command ?? 'npm', args: [], env }
}

function realpath(file) {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

// ---- the lock: a file that names its owners by pid and start time, because a pid alone may be somebody else's by now

function takeLock() {
  let told = false
  for (const until = Date.now() + 15 * 60_000; Date.now() < until; sleep(200)) {
    if (createExclusively(installLock, owners([process.pid]))) return
    const content = readText(installLock)
    if (content === undefined) continue
    const living = livingOwner(content)
    if (living === undefined) removeStale(content)
    else if (!told) {
      told = true
      console.error(`Another start is installing (process ${living}); waiting for it …`)
    }
  }
  throw new StartError(`Another install did not finish within 15 minutes; if none is running, delete ${installLock}.`)
}

function releaseLock() {
  const content = readText(installLock)
  if (content !== undefined && content.split('\n')[0] === owners([process.pid])) rmSync(installLock, { force: true })
}

/** Replaces our own lock in one step: a reader never sees half of it. */
function writeLock(pids) {
  const temporary = `${installLock}.${process.pid}`
  writeFileSync(temporary, owners(pids))
  renameSync(temporary, installLock)
}

/**
 * Removes the lock of the dead. Two processes may find the same dead owner; without the second lock the slower one
 * would remove the lock that the faster one has taken in the meantime.
 */
function removeStale(content) {
  const takeover = `${installLock}.takeover`
  if (!createExclusively(takeover, owners([process.pid]))) {
    const other = readText(takeover)
    if (other !== undefined && livingOwner(other) === undefined) rmSync(takeover, { force: true })
    return
  }
  if (readText(installLock) === content) rmSync(installLock, { force: true })
  rmSync(takeover, { force: true })
}

/** A hard link appears with its content in it; a file opened with `wx` would be empty for a moment. */
function createExclusively(file, content) {
  const temporary = `${file}.${process.pid}`
  try {
    writeFileSync(temporary, content)
    linkSync(temporary, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new StartError(
      `Packages have to be installed, but ${path.dirname(file)} cannot be written to (${error.code}).`,
    )
  } finally {
    rmSync(temporary, { force: true })
  }
}

const owners = (pids) => pids.map((pid) => `${pid} ${startTime(pid) ?? ''}`).join('\n')

/** The first owner that still runs; undefined when none does. */
function livingOwner(content) {
  for (const line of content.split('\n')) {
    const [pid, started] = [Number(line.split(' ')[0]), line.slice(line.indexOf(' ') + 1)]
    if (pid > 0 && (startTime(pid) ?? '') === started && isAlive(pid)) return pid
  }
  return undefined
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** When a process started, in whatever unit the system tells; undefined where there is no such process. */
function startTime(pid) {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat !== undefined) {
    // The second field is the program's name and may hold blanks and brackets; start time is the 22nd (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19] // a zombie that nobody reaps is dead
  }
  if (process.platform === 'linux') return undefined
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || undefined
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
