/** Which user PostgreSQL runs as: it refuses root. It knows no cluster and starts nothing. */
import { lchownSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface RunAs {
  readonly uid: number
  readonly gid: number
}

/** POSIX reserves no number for `nobody`; this is what Linux and the BSDs use. */
const NOBODY: RunAs = { uid: 65534, gid: 65534 }

/**
 * The user for the server of one cluster.
 *
 * @param clusterDir the cluster's folder; it need not exist
 * @returns nothing when we aren't root: the server then runs as ourselves. As root: the owner of an existing cluster
 *   (somebody may have used it as an ordinary user and will do so again), otherwise `nobody`.
 */
export function whoRunsPostgres(clusterDir: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined
  const cluster = lstatSync(clusterDir, { throwIfNoEntry: false })
  return cluster && cluster.uid !== 0 ? { uid: cluster.uid, gid: cluster.gid } : nobody()
}

/** The user `nobody` of this machine. */
export function nobody(): RunAs {
  try {
    const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
    // macOS writes -2.
    if (line) return { uid: Number(line[1]) >>> 0, gid: Number(line[2]) >>> 0 }
  } catch {
    // no such file: the number has to do
  }
  return NOBODY
}

/**
 * Hands a cluster that belongs to root (restored from a backup by root, say) to the user who runs it; the top folder
 * last, so that an interrupted run is repeated.
 */
export function giveTree(folder: string, owner: RunAs): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) giveTree(path, owner)
    else lchownSync(path, owner.uid, owner.gid)
  }
  lchownSync(folder, owner.uid, owner.gid)
}
