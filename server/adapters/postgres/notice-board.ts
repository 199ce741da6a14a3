/** Notices between server processes over LISTEN/NOTIFY: one connection of its own, renewed when it breaks. */
import pg from 'pg'
import { statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { decodeNotice, encodeNotice, NOTICE_CHANNEL, type NoticeBoard } from '../../features/replies/index.ts'

/** How long to wait before a broken connection is made again, in milliseconds. */
const RECONNECT_MS = 500

export const pgNoticeBoard = (options: {
  readonly db: Database
  readonly connection: pg.ClientConfig
  readonly onError: (error: unknown) => void
}): NoticeBoard => {
  let client: pg.Client | undefined
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const connect: NoticeBoard['listen'] = async ({ onNotice, onGap }) => {
    const fresh = new pg.Client({ ...options.connection, keepAlive: true })
    fresh.on('notification', ({ payload }) => {
      const notice = decodeNotice(payload ?? '')
      if (notice !== undefined) onNotice(notice)
    })
    // 'error' and 'end' both come when a connection breaks; either one leads to one new connection.
    let hasEnded = false
    const renew = () => {
      if (hasEnded || isClosed) return
      hasEnded = true
      timer = setTimeout(() => {
        connect({ onNotice, onGap }).then(onGap, (error) => {
          options.onError(error)
        })
      }, RECONNECT_MS)
    }
    fresh.on('error', (error) => {
      options.onError(error)
      renew()
    })
    fresh.on('end', renew)
    try {
      await fresh.connect()
      await fresh.query(`listen ${NOTICE_CHANNEL}`)
      client = fresh
    } catch (error) {
      renew()
      throw error
    }
  }

  return {
    async post(notice) {
      await options.db
        .asSystem('notice.post')
        .query(statement`select pg_notify(${NOTICE_CHANNEL}, ${encodeNotice(notice)})`)
    },
    listen: connect,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
