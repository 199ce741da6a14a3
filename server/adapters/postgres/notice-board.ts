/** Notices between server processes over LISTEN/NOTIFY: one connection of its own, renewed when it breaks. */
import pg from 'pg'
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import {
  decodeNotice,
  encodeNotice,
  type Notice,
  NOTICE_CHANNEL,
  type NoticeBoard,
  type NoticeListener,
} from '#kernel/notices.ts'

/** What the connection is called in pg_stat_activity. */
export const NOTICE_CONNECTION = 'parlance notices'
/** How long connecting may take, in milliseconds. */
const CONNECT_MS = 5_000
/** How long to wait before a broken connection is made again, in milliseconds. */
const RECONNECT_MS = 500
/**
 * How often the connection must show that it lives, in milliseconds: it only listens, and a router that has forgotten it,
 * or a server that has lost its power, says nothing.
 */
const PULSE_MS = 5_000

/**
 * What was asked to stop and has not ended yet, on whichever server: notices of it may have been missed. More than these
 * are looked at one pulse later.
 */
const PENDING_STOPS = `select reply_id from replies where status = 'running' and stop_requested_at is not null
  order by stop_requested_at limit 1000`

/** `pulseMs`: tests are in more of a hurry. */
export const pgNoticeBoard = (options: {
  readonly db: Database
  readonly connection: pg.ClientConfig
  readonly onError: (error: unknown) => void
  readonly pulseMs?: number
}): NoticeBoard => {
  const listeners: NoticeListener[] = []
  const tell = (notice: Notice) => listeners.forEach(({ onNotice }) => onNotice(notice))
  /** The first connection; those that replace it are nobody's to wait for. */
  let connected: Promise<void> | undefined
  let client: pg.Client | undefined
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      ...options.connection,
      application_name: NOTICE_CONNECTION,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
    })
    fresh.on('notification', ({ payload }) => {
      const notice = decodeNotice(payload ?? '')
      if (notice !== undefined) tell(notice)
    })
    // 'error' and 'end' both come when a connection breaks; either one leads to one new connection.
    let hasEnded = false
    let pulse: NodeJS.Timeout | undefined
    const renew = () => {
      clearInterval(pulse)
      if (hasEnded || isClosed) return
      hasEnded = true
      timer = setTimeout(() => {
        connect().then(
          () => listeners.forEach(({ onGap }) => onGap()),
          (error) => options.onError(error),
        )
      }, RECONNECT_MS)
    }
    const tellStops = async () => {
      const { rows } = await fresh.query<{ reply_id: string }>(PENDING_STOPS)
      for (const { reply_id: reply } of rows) tell({ kind: 'stop', from: '', reply })
    }
    fresh.on('error', (error) => {
      options.onError(error)
      renew()
    })
    fresh.on('end', renew)
    try {
      await fresh.connect()
      await fresh.query(`listen ${NOTICE_CHANNEL}`)
      await tellStops()
    } catch (error) {
      renew()
      void fresh.end().catch(() => {})
      throw error
    }
    // Closed while it was connecting.
    if (isClosed) return fresh.end()
    client = fresh
    pulse = feelPulse(fresh, tellStops, options.pulseMs ?? PULSE_MS)
  }

  return {
    async post(notice) {
      const told = statement`select pg_notify(${NOTICE_CHANNEL}, ${encodeNotice(notice)})`
      const session = options.db.asSystem('notice.post')
      if (notice.kind !== 'stop') return void (await session.query(told))
      await session.batch(
        statement`
          update replies set stop_requested_at = coalesce(stop_requested_at, now())
          where reply_id = ${notice.reply} and status = 'running'`,
        told,
      )
    },
    async listen(listener) {
      listeners.push(listener)
      await (connected ??= connect())
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}

/** Breaks a connection on which `ask` gets no answer from one beat to the next; its end then leads to a new one. */
const feelPulse = (client: pg.Client, ask: () => Promise<void>, ms: number): NodeJS.Timeout => {
  let hasAnswered = true
  const pulse = setInterval(() => {
    if (!hasAnswered) return void client.connection.stream.destroy()
    hasAnswered = false
    ask().then(
      () => (hasAnswered = true),
      () => {},
    )
  }, ms)
  return pulse.unref()
}
