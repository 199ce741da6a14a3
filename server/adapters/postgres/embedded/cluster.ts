/** The cluster's folder: made once, whole or not at all, with its password beside it. It starts no server. */
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import type { Binaries } from './binaries.ts'
import { giveTree, type RunAs } from './run-as.ts'

export const SUPERUSER = 'postgres'

/** The major version of the binaries: a cluster of another one can't be opened by them. */
const MAJOR = '18'

const UNFINISHED = 'postgres.new-'

export interface Cluster {
  readonly folder: string
  readonly password: string
}

/** Where the cluster of a DATA_DIR lies. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Where the superuser's password is kept (0600). */
function passwordFile(dataDir: string): string {
  return join(dataDir, 'postgres-password')
}

/**
 * What PostgreSQL's programs are told as `-D`.
 *
 * As root they run as another user, who may not pass the folders above DATA_DIR (root's home, a DATA_DIR of 0700). They
 * needn't: a process keeps the working directory it is born with, and Linux lets it name that folder without looking at
 * the ones above. PostgreSQL works in its data folder all its life, so the name stays right in all its processes.
 */
export function folderArgument(folder: string, runAs: RunAs | undefined): string {
  return runAs && existsSync('/proc/self/cwd') ? '/proc/self/cwd' : folder
}

/** Nothing of the program's own environment (keys, tokens) is the database's business. */
export function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}

/**
 * Opens the cluster of a DATA_DIR, and makes it when there is none. The DATA_DIR must be locked by the caller.
 *
 * @param options.synced false skips initdb's fsync, for throw-away clusters only
 * @throws Error that names the folder and what to do: another major version, not a cluster, somebody else's, password
 *   lost; or what initdb said
 */
export async function openCluster(options: {
  dataDir: string
  binaries: Binaries
  runAs: RunAs | undefined
  synced: boolean
  log: (line: string, fields?: object) => void
}): Promise<Cluster> {
  const { dataDir, runAs } = options
  const folder = clusterFolder(dataDir)
  removeUnfinished(dataDir)
  refuseForeign(folder, runAs)
  if (!existsSync(folder) || readdirSync(folder).length === 0) {
    const begun = performance.now()
    const password = existsSync(passwordFile(dataDir)) ? readPassword(dataDir) : makePassword(dataDir)
    await makeCluster({ ...options, folder, password })
    options.log('made the database cluster', { folder, ms: Math.round(performance.now() - begun) })
    return { folder, password }
  }
  refuseWrongCluster(folder)
  if (runAs && lstatSync(folder).uid !== runAs.uid) claim(folder, runAs)
  return { folder, password: readPassword(dataDir) }
}

/** A kill in the middle of initdb leaves such a folder. Its initdb may still run for a moment and put files back. */
function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter((name) => name.startsWith(UNFINISHED))) {
    try {
      rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // The next start tries again; nobody mistakes it for a cluster.
    }
  }
}

async function makeCluster(options: {
  dataDir: string
  binaries: Binaries
  runAs: RunAs | undefined
  synced: boolean
  folder: string
  password: string
}): Promise<void> {
  const { dataDir, binaries, runAs, folder } = options
  const workshop = join(dataDir, UNFINISHED + randomUUID())
  const unfinished = join(workshop, 'cluster')
  const pwfile = join(workshop, 'password')
  try {
    mkdirSync(unfinished, { recursive: true, mode: 0o700 })
    writeFileSync(pwfile, options.password, { mode: 0o600 })
    if (runAs) giveTree(workshop, runAs)
    const argument = folderArgument(unfinished, runAs)
    await runInitdb(
      binaries.initdb,
      [
        ['-D', argument],
        ['-U', SUPERUSER],
        ['--pwfile', `${argument}/../password`],
        ['--auth=scram-sha-256', '--encoding=UTF8', '--data-checksums', '--no-instructions'],
        // The server's own C.UTF-8: sorts and folds the same on every machine, whatever its C library is or becomes.
        ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        options.synced ? [] : ['--no-sync'],
      ].flat(),
      { cwd: unfinished, ...runAs },
    )
    // From here on it is whole. initdb has synced what is inside; the name is ours to make durable.
    renameSync(unfinished, folder)
    syncFolder(dataDir)
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
}

function runInitdb(program: string, args: string[], place: { cwd: string; uid?: number; gid?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...place, env: childEnvironment(), encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) return resolve()
      reject(
        new Error(
          `initdb could not make the database cluster: ${explainInitdb(stderr.trim() || stdout.trim() || error.message)}`,
        ),
      )
    })
  })
}

function explainInitdb(said: string): string {
  const userId = /could not look up effective user ID (\d+)/.exec(said)?.[1]
  return userId ? `user id ${userId} has no entry in /etc/passwd; add one, or start as another user` : said
}

function refuseWrongCluster(folder: string): void {
  let major: string
  try {
    major = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  } catch {
    throw new Error(`${folder} is not a PostgreSQL cluster. Move it away, or choose another DATA_DIR.`)
  }
  if (major !== MAJOR) {
    throw new Error(
      `${folder} was made by PostgreSQL ${major}, this program brings ${MAJOR}. ` +
        `Start the release that made it and export, or choose another DATA_DIR.`,
    )
  }
}

/** PostgreSQL insists on owning its folder, and only root can hand it over. */
function refuseForeign(folder: string, runAs: RunAs | undefined): void {
  const owner = lstatSync(folder, { throwIfNoEntry: false })?.uid
  if (runAs || owner === undefined || owner === process.getuid?.()) return
  throw new Error(
    `${folder} belongs to another user (uid ${owner}). Start as that user or as root, or give DATA_DIR to this user (chown -R).`,
  )
}

/** Takes over a cluster that root restored from a backup. */
function claim(folder: string, runAs: RunAs): void {
  giveTree(folder, runAs)
  chmodSync(folder, 0o700)
}

function makePassword(dataDir: string): string {
  const password = randomBytes(32).toString('base64url')
  const aside = `${passwordFile(dataDir)}.${randomUUID()}`
  writeFileSync(aside, `${password}\n`, { mode: 0o600, flush: true })
  renameSync(aside, passwordFile(dataDir))
  syncFolder(dataDir)
  return password
}

function readPassword(dataDir: string): string {
  const path = passwordFile(dataDir)
  try {
    const password = readFileSync(path, 'utf8').trim()
    if (password) return password
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  throw new Error(
    `${path} is missing or empty: it holds the password of the database in ${clusterFolder(dataDir)}. Restore it from the same backup.`,
  )
}

/** Makes renames in a folder survive a power cut. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
