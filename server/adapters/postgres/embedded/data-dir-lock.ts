/**
 * One server per DATA_DIR: a lock file that names the process which holds it. It knows nothing of what the folder holds.
 *
 * Node has no `flock`, so the lock is a file that comes into being whole (written aside, then hard-linked, which fails
 * when the name is taken; a plain O_EXCL file would be empty for a moment, and a kill in that moment would leave a lock
 * without an owner). Whether the owner lives is decided by process number *and* start time, so that a number given to
 * another program later doesn't keep the folder shut.
 */
import { randomUUID } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { HIDDEN, processIdentity, type ProcessSpace, thisProcessSpace } from './process-table.ts'

export const LOCK_FILE = 'server.lock'

/** How often the holder touches the file, in ms: the only sign of life across containers and machines. */
const HEARTBEAT = 3_000
/** How long the file of an owner whose processes we can't see is watched for a heartbeat, in ms. */
const WATCH = 10_000
/** How long we let another process finish taking over a stale lock, in ms; it needs a few system calls. */
const TAKEOVER_PATIENCE = 5_000

export interface DataDirLock {
  /** Gives the folder free. May be called more than once; a lock that is no longer ours stays untouched. */
  release(): void
}

interface Owner {
  readonly pid: number
  readonly identity: string
  readonly space: ProcessSpace
  /** Tells this lock from every other one, also from one of the same process. */
  readonly nonce: string
}

interface Limits {
  readonly watchFor: number
  readonly takeoverPatience: number
}

type Liveness = 'here' | 'elsewhere' | 'dead'

/**
 * Takes the folder for the life of this process, and makes it (0700) when there is none.
 *
 * Of two processes that start at the same moment exactly one gets it. A lock left by `kill -9` is taken over.
 * Nearly always immediate; it blocks for `watchFor` only when the lock was left by another container or machine.
 *
 * @param dataDir path of the folder
 * @param options.watchFor ms to wait for a sign of life of an owner whose processes can't be seen from here
 * @param options.takeoverPatience ms to wait for another process that is just taking over a stale lock
 * @throws Error of one line for the operator: the folder is in use, or can't be made or written
 */
export function lockDataDir(
  dataDir: string,
  options: { watchFor?: number; takeoverPatience?: number } = {},
): DataDirLock {
  const folder = openFolder(dataDir)
  const path = join(folder, LOCK_FILE)
  const me = ownerRecord()
  try {
    acquire(path, me, { watchFor: WATCH, takeoverPatience: TAKEOVER_PATIENCE, ...options })
  } catch (error) {
    if (error instanceof Taken) throw new Error(inUse(folder, error), { cause: error })
    throw couldNot('lock', dataDir, error)
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT).unref()
  return {
    release() {
      clearInterval(heartbeat)
      removeOwn(path, me)
    },
  }
}

function openFolder(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return realpathSync(dataDir)
  } catch (error) {
    throw couldNot('open', dataDir, error)
  }
}

function couldNot(what: string, dataDir: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(
    `DATA_DIR ${dataDir}: could not ${what} it (${reason}). Make it writable for this user, or choose another DATA_DIR.`,
  )
}

function inUse(folder: string, { owner, liveness }: Taken): string {
  const where = liveness === 'elsewhere' ? ' in another container or on another machine' : ''
  return `DATA_DIR ${folder} is in use by another Parlance server (process ${owner.pid}${where}). Stop it first, or choose another DATA_DIR.`
}

/** Somebody alive holds the lock. */
class Taken extends Error {
  readonly owner: Owner
  readonly liveness: Liveness

  constructor(owner: Owner, liveness: Liveness) {
    super(`held by process ${owner.pid}`)
    this.owner = owner
    this.liveness = liveness
  }
}

function ownerRecord(): Owner {
  return {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? HIDDEN,
    space: thisProcessSpace(),
    nonce: randomUUID(),
  }
}

/**
 * Makes `path` ours or throws `Taken`.
 *
 * A stale lock is replaced only under a second lock (`….takeover`, taken by the same rules) and after a second look:
 * without it two processes could both see the same corpse, and the slower one would remove the lock of the faster one.
 */
function acquire(path: string, me: Owner, limits: Limits): void {
  const { watchFor, takeoverPatience } = limits
  const deadline = Date.now() + watchFor + takeoverPatience
  while (true) {
    if (createWhole(path, me)) return
    const owner = readOwner(path)
    if (owner === 'gone') continue
    const liveness = livenessOf(owner, path, watchFor)
    if (liveness !== 'dead') throw new Taken(owner, liveness)
    if (takeOver(path, owner, me, limits)) return
    if (Date.now() > deadline) throw new Error(`${path}.takeover is in the way; remove it when no server is starting`)
    pause(5)
  }
}

/** @returns false when another process is at it, or was faster: look again */
function takeOver(path: string, stale: Owner, me: Owner, limits: Limits): boolean {
  const guard = `${path}.takeover`
  // Two kills, each within the few system calls of a takeover, lead here; more than that is not an accident any more.
  if (path.endsWith('.takeover.takeover')) return false
  try {
    acquire(guard, me, limits)
  } catch (error) {
    if (error instanceof Taken) return false
    throw error
  }
  try {
    const now = readOwner(path)
    if (now === 'gone' || now.nonce !== stale.nonce) return false
    writeAside(path, me, (aside) => renameSync(aside, path))
    return true
  } finally {
    removeOwn(guard, me)
  }
}

function createWhole(path: string, me: Owner): boolean {
  return writeAside(path, me, (aside) => {
    try {
      linkSync(aside, path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  })
}

function writeAside<Result>(path: string, me: Owner, use: (aside: string) => Result): Result {
  const aside = `${path}.${me.nonce}`
  // 0644: no secret, and another user who tries the folder is told who holds it.
  writeFileSync(aside, `${JSON.stringify(me)}\n`, { mode: 0o644 })
  try {
    return use(aside)
  } finally {
    rmSync(aside, { force: true })
  }
}

function readOwner(path: string): Owner | 'gone' {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    throw error
  }
  try {
    const owner = JSON.parse(text) as Owner
    if (typeof owner.pid === 'number' && typeof owner.nonce === 'string' && owner.space) return owner
  } catch {
    // falls through to the sentence below
  }
  // We never write half a lock; a power cut on an unjournaled disk might leave one. Guessing would risk two servers.
  throw new Error(`${path} can't be read as a lock; remove it when no server runs`)
}

function livenessOf(owner: Owner, path: string, watchFor: number): Liveness {
  const here = thisProcessSpace()
  const sameProcessSpace = owner.space.machine === here.machine && owner.space.container === here.container
  if (!sameProcessSpace) return showsLife(path, watchFor) ? 'elsewhere' : 'dead'
  if (owner.space.boot !== here.boot) return 'dead'
  const identity = processIdentity(owner.pid)
  return identity === owner.identity || identity === HIDDEN ? 'here' : 'dead'
}

/** Waits for a heartbeat. Compares the file with itself, so that the clocks of two machines don't matter. */
function showsLife(path: string, watchFor: number): boolean {
  const before = modifiedAt(path)
  const end = Date.now() + watchFor
  while (Date.now() < end) {
    pause(Math.min(100, watchFor))
    if (modifiedAt(path) !== before) return true
  }
  return false
}

function modifiedAt(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs
}

function touch(path: string): void {
  try {
    const now = new Date()
    utimesSync(path, now, now)
  } catch {
    // The folder was removed under us: there is nothing left to protect.
  }
}

function removeOwn(path: string, me: Owner): void {
  try {
    const owner = readOwner(path)
    if (owner !== 'gone' && owner.nonce === me.nonce) rmSync(path, { force: true })
  } catch {
    // A lock that can't be read isn't ours to remove.
  }
}

/** Synchronous on purpose: nothing else of the program runs before the folder is ours. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
