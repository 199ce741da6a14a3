/** The one door to the database: opens transactions in somebody's name. Nothing else hands out a query. */
import pg from 'pg'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, DatabaseSession, Queries, Statement } from '#kernel/database.ts'
import { AppError } from '#kernel/errors.ts'
import { runPipeline } from './pipeline.ts'
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
  const pools = [options.app, options.system].map((config) => {
    const pool = new pg.Pool({ ...config, types } as pg.PoolConfig)
    pool.on('error', (error) => options.onConnectionError?.(error))
    return pool
  })
  const [appPool, systemPool] = pools as [pg.Pool, pg.Pool]

  return {
    as: (actor) => sessionOf(appPool, () => [entering(actor, options.clock.now())]),
    asSystem: (reason) => {
      options.onSystemUse?.(reason)
      return sessionOf(systemPool, () => [])
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}

const sessionOf = (pool: pg.Pool, opening: () => readonly Statement[]): DatabaseSession => {
  const runAlone = async (statements: readonly Statement[]): Promise<unknown[][]> => {
    const prologue = opening()
    const client = await connect(pool)
    const rows = await releasing(client, () => runPipeline(client, [...prologue, ...statements]))
    return rows.slice(prologue.length)
  }

  return {
    ...queriesOver(runAlone),
    async transaction(work) {
      const client = await connect(pool)
      return releasing(client, async () => {
        try {
          await runPipeline(client, [begin, ...opening()])
          const result = await work(queriesOver((statements) => runPipeline(client, statements)))
          await runPipeline(client, [commit])
          return result
        } catch (error) {
          await client.query('rollback')
          throw error
        }
      })
    },
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

const connect = async (pool: pg.Pool): Promise<pg.PoolClient> => {
  try {
    return await pool.connect()
  } catch (error) {
    throw new AppError('server.unavailable', { cause: error })
  }
}

/** Gives the client back, or throws it away when its connection is gone; translates what the database says. */
const releasing = async <Result>(client: pg.PoolClient, work: () => Promise<Result>): Promise<Result> => {
  let broken = false
  const onBroken = () => (broken = true)
  client.on('error', onBroken)
  try {
    return await work()
  } catch (error) {
    broken ||= !(error instanceof AppError) && isConnectionLoss(error)
    throw translated(error)
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

const isConnectionLoss = (error: unknown): boolean => {
  const code = (error as { code?: unknown }).code
  // Without an SQLSTATE the error is the socket's; 57P0x: the server is shutting down or starting.
  return typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('57P')
}

const translated = (error: unknown): unknown => {
  if (error instanceof AppError) return error
  if ((error as { code?: unknown }).code === 'PA401') return new AppError('identity.invalid', { cause: error })
  return error instanceof Error && isConnectionLoss(error) && 'code' in error
    ? new AppError('server.unavailable', { cause: error })
    : error
}
