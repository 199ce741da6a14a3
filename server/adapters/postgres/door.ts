/** The one door to the database: opens transactions in somebody's name. Nothing else hands out a query. */
import pg from 'pg'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, DatabaseSession, Queries, Statement } from '#kernel/database.ts'
import { AppError } from '#kernel/errors.ts'
import { ConnectionLost, runPipeline } from './pipeline.ts'
import { readTimestamp } from './types.ts'

export interface DoorOptions {
  /** Logs in as a member of `parlance_app`. */
  readonly app: pg.PoolConfig
  /** Logs in as a member of `parlance_system`. */
  readonly system: pg.PoolConfig
  readonly clock: Clock
  /** Hears of every use of `asSystem`. */
  readonly onSystemUse?: (reason: string) => void
  /** Hears of idle connections that broke; the pool replaces them. */
  readonly onConnectionError?: (error: Error) => void
}

export interface Door extends Database {
  close(): Promise<void>
}

const types = new pg.TypeOverrides()
types.setTypeParser(20, Number) // bigint: our counts stay far below 2^53
types.setTypeParser(1184, readTimestamp)
types.setTypeParser(1082, String) // date: a day, whatever the zone of the machine

const begin: Statement = { sql: 'begin', parameters: [] }
const commit: Statement = { sql: 'commit', parameters: [] }

/** The statement that gives the transaction its person; it fails the whole pipeline when the credential is no good. */
const entering = (actor: Actor, now: Date): Statement => {
  if (actor.credential === undefined) {
    return { sql: `select set_config('app.user_id', $1, true)`, parameters: [actor.userId] }
  }
  const { kind, hash } = actor.credential
  return { sql: 'select enter($1, $2, $3, $4)', parameters: [actor.userId, kind, hash, now] }
}

/** Opens the two pools; connects lazily. */
export const openDoor = (options: DoorOptions): Door => {
  let isClosing = false
  const pools = [options.app, options.system].map((config) => {
    const pool = new pg.Pool({ ...config, types })
    pool.on('error', (error: Error & { client?: unknown }) => {
      // A pool has ended before its connections have: a database that stops just then breaks them, and nobody minds.
      if (isClosing) return
      // The whole client hangs on the error: too much for a log, and the key that cancels its queries is in it.
      delete error.client
      options.onConnectionError?.(error)
    })
    return pool
  })
  const [appPool, systemPool] = pools as [pg.Pool, pg.Pool]

  return {
    as: (actor) => sessionOf(appPool, () => [entering(actor, options.clock.now())]),
    asSystem: (reason, onBehalfOf) => {
      options.onSystemUse?.(reason)
      return sessionOf(systemPool, () => (onBehalfOf ? [entering(onBehalfOf, options.clock.now())] : []))
    },
    async close() {
      isClosing = true
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}

const sessionOf = (pool: pg.Pool, opening: () => readonly Statement[]): DatabaseSession => {
  const runAlone = async (statements: readonly Statement[]): Promise<unknown[][]> => {
    const prologue = opening()
    const rows = await withClient(pool, (client) => run(client, [...prologue, ...statements]))
    return rows.slice(prologue.length)
  }

  return {
    ...queriesOver(runAlone),
    transaction: (work) =>
      withClient(pool, async (client) => {
        let failure: { readonly error: unknown } | undefined
        const runNoting = (statements: readonly Statement[]) =>
          run(client, statements).catch((error: unknown) => {
            failure ??= { error }
            throw error
          })
        try {
          await run(client, [begin, ...opening()])
          const result = await work(queriesOver(runNoting))
          // COMMIT of a transaction in which a statement failed rolls back, and PostgreSQL calls that success.
          if (failure) throw failure.error
          await run(client, [commit])
          return result
        } catch (error) {
          // Where the connection is gone there is nothing to roll back, and `error` is what the caller must hear.
          await client.query('rollback').catch(() => {})
          throw error
        }
      }),
  }
}

const queriesOver = (run: (statements: readonly Statement[]) => Promise<unknown[][]>): Queries => ({
  async query(statement) {
    const [rows] = await run([statement])
    return rows as never
  },
  async batch(...statements) {
    return (await run(statements)) as never
  },
})

/** Lends a client to `work`; takes it back, or throws it away when its connection broke meanwhile. */
const withClient = async <Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
  const client = await connect(pool)
  let broken = false
  const onBroken = () => (broken = true)
  client.on('error', onBroken)
  try {
    return await work(client)
  } catch (error) {
    broken ||= error instanceof AppError && error.code === 'server.unavailable'
    throw error
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

const connect = async (pool: pg.Pool): Promise<pg.PoolClient> => {
  try {
    return await pool.connect()
  } catch (error) {
    throw new AppError('server.unavailable', { cause: error })
  }
}

/** Runs statements and translates what the database or the connection say; what `work` itself throws stays as it is. */
const run = async (client: pg.PoolClient, statements: readonly Statement[]): Promise<unknown[][]> => {
  try {
    return await runPipeline(client, statements)
  } catch (error) {
    throw translated(error)
  }
}

const translated = (error: unknown): unknown => {
  if (error instanceof ConnectionLost) return new AppError('server.unavailable', { cause: error })
  const { code } = error as { code?: unknown }
  if (code === 'PA401') return new AppError('identity.invalid', { cause: error })
  return typeof code === 'string' && ENDS_CONNECTION.test(code)
    ? new AppError('server.unavailable', { cause: error })
    : error
}

/** Class 08: connection; 57P: the server stops, starts or ended this session; 25P03, 25P04: it ended it for a timeout. */
const ENDS_CONNECTION = /^(08|57P|25P0[34])/
