/**
 * What an earlier run left behind: a server without its supervisor, server processes without their postmaster, files.
 * It knows nothing of how a server is started.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { processesIn, processIdentity } from './process-table.ts'
import { socketFile } from './socket-folder.ts'

/** ms that a signal gets before the next, harder one follows. */
export interface Patience {
  readonly fast: number
  readonly immediate: number
}

/** A fast shutdown rolls back and writes one checkpoint; with 64 MB of buffers that is well below a second. */
export const PATIENCE: Patience = { fast: 20_000, immediate: 5_000 }

/**
 * Makes the cluster's folder free for a new server. The caller holds the lock on DATA_DIR, so whoever still works in the
 * folder is left over from a supervisor that was killed.
 *
 * An orphaned server is stopped and not adopted: it costs some tens of milliseconds, and the new one has our settings,
 * our log and our knowledge of when it ends.
 *
 * @param options.clusterDir the cluster's folder
 * @param options.socketDir the folder of its socket
 * @param options.patience how long its processes may take to end
 * @throws Error when its processes can't be ended (they belong to another user)
 */
export async function clearLeftovers(options: {
  clusterDir: string
  socketDir: string
  log: (line: string, fields?: object) => void
  patience?: Patience
}): Promise<void> {
  const { clusterDir, socketDir, log, patience = PATIENCE } = options
  const pidFile = join(clusterDir, 'postmaster.pid')
  const postmaster = readPid(pidFile)
  const living = processesIn('postgres', clusterDir)
  if (postmaster && living.includes(postmaster)) {
    log('an earlier database server still runs without its supervisor; stopping it', { pid: postmaster })
    await end([postmaster], 'SIGINT', patience.fast)
  }
  // Backends that outlive a killed postmaster hold its shared memory, and PostgreSQL rightly refuses to start then.
  await end(processesIn('postgres', clusterDir), 'SIGQUIT', patience.immediate)
  await end(processesIn('postgres', clusterDir), 'SIGKILL', PATIENCE.immediate)
  const stubborn = processesIn('postgres', clusterDir)
  if (stubborn.length > 0) {
    throw new Error(
      `An earlier database server (process ${stubborn.join(', ')}) works in ${clusterDir} and can't be stopped. End it first.`,
    )
  }
  // PostgreSQL removes stale files itself, but not when their process number belongs to another program now, and it
  // takes an empty one (power cut) for a running start. Shared memory is found by the folder's inode, not by this file.
  rmSync(pidFile, { force: true })
  rmSync(socketFile(socketDir), { force: true })
  rmSync(`${socketFile(socketDir)}.lock`, { force: true })
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    // A negative number is a server in single-user mode.
    return Number.isNaN(pid) || pid === 0 ? undefined : Math.abs(pid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Signals processes and waits until they are gone, at most `limit` ms. */
async function end(pids: number[], signal: NodeJS.Signals, limit: number): Promise<void> {
  const identities = new Map(pids.map((pid) => [pid, processIdentity(pid)]))
  for (const pid of pids) trySignal(pid, signal)
  const deadline = performance.now() + limit
  const anyLeft = () => [...identities].some(([pid, identity]) => identity && processIdentity(pid) === identity)
  while (anyLeft() && performance.now() < deadline) await delay(5)
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone meanwhile, or not ours: who is left is looked at afterwards
  }
}
