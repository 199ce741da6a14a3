/** Starts and stops the program: reads the configuration, brings up the database, wires, listens, shuts down in order. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { attemptEach } from '#kernel/attempt-each.ts'
import { lockDataDir, startEmbeddedPostgres } from './adapters/postgres/embedded/index.ts'
import { migrate, readMigrations } from './adapters/postgres/migrate.ts'
import { ensureRoles, loginRolesOf } from './adapters/postgres/roles.ts'
import { keyring, newSecretKey } from './adapters/secrets/index.ts'
import { compose } from './compose.ts'
import { type Config, ConfigError, helpText, readConfig } from './config.ts'
import { makeListener } from './listener.ts'
import { makeLogger } from './logger.ts'

/** What a wrong setting exits with (sysexits: EX_CONFIG). */
const EXIT_CONFIG = 78
/** How long replies that are being written get to finish when the server is stopped, in milliseconds. */
const GRACE_MS = 5_000
/** After this long a shutdown that hangs is cut short, in milliseconds. */
const SHUTDOWN_LIMIT_MS = 15_000
/** Connections of one process: the work is in the database, so few are enough. */
const POOL_SIZE = 10

type Closer = () => Promise<void>

export const main = async (args: readonly string[] = process.argv.slice(2)): Promise<void> => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText())
    return
  }
  try {
    await run(readConfig(process.env))
  } catch (error) {
    // One line for the person who started it.
    process.stderr.write(`parlance: ${(error as Error).message}\n`)
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1)
  }
}

const run = async (config: Config): Promise<void> => {
  const startedAt = performance.now()
  const logger = makeLogger(config.logLevel)
  /** What to undo, latest first. */
  const closers: Closer[] = []
  const listener = makeListener()
  let program: Awaited<ReturnType<typeof compose>> | undefined
  let isStopping = false

  const stop = async (why: string, code: number): Promise<void> => {
    if (isStopping) return
    isStopping = true
    listener.retire()
    logger.info({ why, ...program?.counts() }, 'stopping')
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref()
    try {
      await attemptEach([() => program?.shutDown(GRACE_MS), ...closers.toReversed()])
      logger.info('stopped')
    } catch (error) {
      logger.error({ err: error }, 'stopping failed')
      code = 1
    }
    process.exit(code)
  }
  // Ctrl-C in a terminal reaches npm and us: the signal may come twice in one moment. A later one means business.
  let firstSignalAt = 0
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping && performance.now() - firstSignalAt > 1_000) process.exit(130)
    if (firstSignalAt === 0) firstSignalAt = performance.now()
    void stop(signal, 0)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', onSignal)
  // Nothing is known about the state of the program now; what is stored is safe, and the next start begins from there.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an error that nobody caught')
    void stop('uncaught error', 1)
  })
  process.on('unhandledRejection', (error) =>
    logger.error({ err: error }, 'a promise failed and nobody was waiting for it'),
  )

  try {
    if (config.databaseUrl === undefined) lockData(config, closers)
    const port = await listen(config, listener, closers)
    const database = await openDatabase(config, logger, closers, (reason) => void stop(reason, 1))
    program = await compose({ config, logger, listener, ...database })
    listener.open()
    announce(config, port, startedAt)
  } catch (error) {
    await attemptEach(closers.toReversed()).catch(() => {})
    throw error
  }
}

/** One server per data folder: a second one is refused before it touches anything. */
const lockData = (config: Config, closers: Closer[]): void => {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = lockDataDir(config.dataDir)
  closers.push(async () => lock.release())
}

const listen = async (
  config: Config,
  listener: ReturnType<typeof makeListener>,
  closers: Closer[],
): Promise<number> => {
  if (config.role === 'worker') return 0
  const port = await listener.listen(config.host, config.port)
  closers.push(
    () =>
      new Promise((resolve) => {
        listener.server.close(() => resolve())
        listener.server.closeAllConnections()
      }),
  )
  return port
}

/** Brings up the database that is configured and its schema, and says how the program's roles reach it. */
export const openDatabase = async (
  config: Config,
  logger: FastifyBaseLogger,
  closers: Closer[],
  onLost: (reason: string) => void,
) => {
  const isAlone = config.databaseUrl === undefined
  const keys = keyring(config.secretKey ?? ownSecretKey(config.dataDir), config.previousSecretKeys)
  const owner = isAlone
    ? await startEmbedded(config, logger, closers, onLost)
    : { connectionString: config.databaseUrl }

  const client = new pg.Client(owner)
  try {
    await client.connect()
  } catch (error) {
    throw new Error(`DATABASE_URL: the PostgreSQL server can't be reached (${(error as Error).message}).`, {
      cause: error,
    })
  }
  try {
    await refuseOldServer(client)
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const name = rows[0]!.name
    const roles = loginRolesOf(name, (purpose) => keys.derive(purpose).toString('base64url'))
    await ensureRoles(client, name, roles)
    const applied = await migrate(client, await readMigrations(path.join(import.meta.dirname, '../db/migrations')))
    if (applied.length > 0) logger.info({ applied }, 'schema brought up to date')
    const place = {
      host: client.host,
      port: client.port,
      database: name,
      ssl: client.ssl,
      // Dates are read as UTC; nothing we ask should take a minute.
      options: '-c TimeZone=UTC -c statement_timeout=30s',
      keepAlive: true,
    }
    return {
      keys,
      isAlone,
      database: {
        app: { ...place, ...roles.app, max: POOL_SIZE, application_name: 'parlance' },
        system: { ...place, ...roles.system, max: POOL_SIZE / 2, application_name: 'parlance system' },
      },
    }
  } finally {
    await client.end()
  }
}

const startEmbedded = async (
  config: Config,
  logger: FastifyBaseLogger,
  closers: Closer[],
  onLost: (reason: string) => void,
): Promise<pg.ClientConfig> => {
  const embedded = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (line, fields) => logger.debug({ ...fields }, line),
    onExit: (code, signal) => onLost(`the embedded database ended (${signal ?? code})`),
  })
  closers.push(() => embedded.stop())
  const superuser = { host: embedded.host, port: embedded.port, user: embedded.user, password: embedded.password }
  const client = new pg.Client({ ...superuser, database: 'postgres' })
  await client.connect()
  const { rowCount } = await client.query(`select from pg_database where datname = 'parlance'`)
  if (rowCount === 0) await client.query('create database parlance')
  await client.end()
  return { ...superuser, database: 'parlance' }
}

const refuseOldServer = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  if (Number(rows[0]!.version) < 150_000) {
    throw new Error('DATABASE_URL: this PostgreSQL server is older than version 15. Please use 15 or newer.')
  }
}

/** The root of all keys of this data folder, made at the first start and readable by its owner alone. */
const ownSecretKey = (dataDir: string): string => {
  const file = path.join(dataDir, 'secret.key')
  if (!existsSync(file)) writeFileSync(file, `${newSecretKey()}\n`, { mode: 0o600, flag: 'wx', flush: true })
  chmodSync(file, 0o600)
  return readFileSync(file, 'utf8').trim()
}

const announce = (config: Config, port: number, startedAt: number): void => {
  if (config.role === 'worker')
    return void process.stdout.write('\n  Parlance works in the background (ROLE=worker)\n\n')
  const url = new URL(config.publicUrl)
  if (config.port === 0) url.port = String(port)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(
    `\n  Parlance is ready at ${url.href.replace(/\/$/, '')}  (${seconds} s; stop it with Ctrl-C)\n\n`,
  )
}

if (import.meta.main) await main()
