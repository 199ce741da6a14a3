/** Where the private unix socket lies: in the cluster's folder, or where that name is too long for a socket. */
import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RunAs } from './run-as.ts'

/** Only names the socket file: no TCP port is opened. */
export const PORT = 5432

/** Bytes that fit into `sun_path` with the closing zero: 108 on Linux (unix(7)), 104 on macOS and the BSDs. */
const LONGEST = process.platform === 'linux' ? 107 : 103

export interface SocketFolder {
  /** What clients connect to. */
  readonly path: string
  /** What the server is told; `.` is its data folder, which it may not be able to name (see `folderArgument`). */
  readonly argument: string
  /** Removes what was made outside the cluster's folder. */
  remove(): void
}

/** The file that PostgreSQL makes in a socket folder. */
export function socketFile(folder: string): string {
  return join(folder, `.s.PGSQL.${PORT}`)
}

/**
 * Chooses the folder for one start.
 *
 * @param clusterDir absolute real path of the cluster's folder (itself 0700)
 * @throws Error when a folder is needed elsewhere and can't be made
 */
export function chooseSocketFolder(clusterDir: string, runAs: RunAs | undefined): SocketFolder {
  if (fits(clusterDir)) return { path: clusterDir, argument: '.', remove() {} }
  const path = makeShortFolder(clusterDir, runAs)
  return {
    path,
    argument: path,
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

function fits(folder: string): boolean {
  return Buffer.byteLength(socketFile(folder)) <= LONGEST
}

function makeShortFolder(clusterDir: string, runAs: RunAs | undefined): string {
  // Root's TMPDIR may be closed to the user who runs the server; /tmp is open to all.
  const base = !runAs && fits(join(tmpdir(), 'parlance-0123456789abcdef')) ? tmpdir() : '/tmp'
  const wanted = join(base, `parlance-${createHash('sha256').update(clusterDir).digest('hex').slice(0, 16)}`)
  try {
    mkdirSync(wanted, { mode: 0o700 })
    if (runAs) chownSync(wanted, runAs.uid, runAs.gid)
    return wanted
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  if (isPrivate(wanted, runAs?.uid ?? process.getuid?.())) return wanted
  // Left by a start as another user, or laid out by somebody who wants to listen in: keep away from it.
  const other = mkdtempSync(join(base, 'parlance-'))
  if (runAs) chownSync(other, runAs.uid, runAs.gid)
  return other
}

function isPrivate(folder: string, uid: number | undefined): boolean {
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0
}
