/** The embedded PostgreSQL: brings up the one server of a DATA_DIR, and takes it down. It knows no schema and no role. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'

import { findNativeFolder, prepareBinaries } from './binaries.ts'
import { clusterFolder, folderArgument, openCluster, SUPERUSER } from './cluster.ts'
import { clearLeftovers } from './leftovers.ts'
import { type Postmaster, spawnPostmaster, waitUntilReady } from './postmaster.ts'
import { whoRunsPostgres } from './run-as.ts'
import { refuseReservedSettings, settingsArguments } from './settings.ts'
import { chooseSocketFolder, PORT } from './socket-folder.ts'

export { lockDataDir, type DataDirLock } from './data-dir-lock.ts'

export interface EmbeddedPostgres {
  /** libpq-style coordinates of the private unix socket */
  readonly host: string // socket directory
  readonly port: number // names the socket file only
  readonly user: string // the superuser, 'postgres'
  readonly password: string
  readonly pid: number
  /** Fast shutdown in order, idempotent; escalates (SIGINT, SIGQUIT, SIGKILL) with time limits. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The DATA_DIR. It must be locked (`lockDataDir`) by this process, for longer than the server runs. */
  dataDir: string
  /** Receives the supervisor's own lines and the server's (with `source: 'postgres'` and its severity). */
  log?: (line: string, fields?: object) => void
  /** PostgreSQL settings over the defaults, e.g. `{ fsync: 'off' }` for a throw-away cluster. */
  settings?: Record<string, string>
  /** Called once when the server ends and nobody called `stop`. */
  onExit?: (code: number | null, signal: NodeJS.Signals | null) => void
  /** The package's `native` folder; found by itself. */
  nativeDir?: string
}

/**
 * Starts the server of a DATA_DIR and waits until it answers. The first start makes the cluster (`DATA_DIR/postgres`);
 * after a crash it recovers, and a server that outlived its supervisor is stopped first.
 *
 * @throws Error for the operator: no binaries for this system (then DATABASE_URL), a folder that can't be used, or what
 *   the server itself said
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log = () => {}, settings = {} } = options
  refuseReservedSettings(settings)
  const dataDir = realpathSync(options.dataDir)
  const clusterDir = clusterFolder(dataDir)
  const runAs = whoRunsPostgres(clusterDir)
  const binaries = prepareBinaries({
    nativeDir: options.nativeDir ?? findNativeFolder(),
    runAs,
    privateDir: join(dataDir, 'postgres-binaries'),
  })
  const { password } = await openCluster({ dataDir, binaries, runAs, synced: settings['fsync'] !== 'off', log })
  const socket = chooseSocketFolder(clusterDir, runAs)
  const coordinates = { host: socket.path, port: PORT, user: SUPERUSER, password }
  let postmaster: Postmaster
  try {
    await clearLeftovers({ clusterDir, socketDir: socket.path, log })
    postmaster = await spawnPostmaster({
      program: binaries.postgres,
      args: [
        '-D',
        folderArgument(clusterDir, runAs),
        ...settingsArguments(settings, { argument: socket.argument, port: PORT }),
      ],
      cwd: clusterDir,
      runAs,
      log,
    })
    await waitUntilReady(postmaster, coordinates, log)
  } catch (error) {
    socket.remove()
    throw error
  }
  void postmaster.ended.then(({ code, signal }) => {
    if (!postmaster.stopping) options.onExit?.(code, signal)
  })
  return {
    ...coordinates,
    pid: postmaster.pid,
    async stop() {
      await postmaster.stop()
      socket.remove()
    },
  }
}
