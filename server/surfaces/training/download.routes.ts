/** Getting training data out: links to its files, the log of them, and what they add up to. */
import { Readable } from 'node:stream'
import * as contract from '#contract/training/index.ts'
import { LINK_SECONDS, type LogEntry, type LogFilter, type TrainingDownloads } from '../../features/training/index.ts'
import { readCursor, writeCursor } from '../shared/cursor.ts'
import { dispositionOf } from '../shared/send-file.ts'
import type { Serve } from '../shared/serve.ts'
import { csvLine } from './csv-line.ts'

export interface DownloadRoutesNeeds {
  readonly downloads: TrainingDownloads
}

export const registerDownloadRoutes = (serve: Serve, { downloads }: DownloadRoutesNeeds): void => {
  const { log } = downloads

  serve(contract.getDownload, async ({ actor, params, query }) => {
    const { link, fileName, size } = await downloads.getDownload(actor, params.conversationId, query.type)
    return {
      conversation_id: params.conversationId,
      download_url: link.url,
      filename: fileName,
      file_size: size,
      expires_at: link.expiresAt.toISOString(),
      expires_in_seconds: LINK_SECONDS,
    }
  })

  serve(contract.listDownloads, async ({ actor, params, query }) => {
    const found = await log.listDownloads(actor, params.conversationId, pageOf(query))
    return {
      download_count: found.count,
      last_downloaded_at: found.lastAt?.toISOString() ?? null,
      downloads: found.entries.map(({ at, action, bytes, errorCode }) => ({
        at: at.toISOString(),
        type: action === 'download_raw' ? ('raw' as const) : ('final' as const),
        bytes,
        error: errorCode,
      })),
      next_cursor: found.next ? writeCursor(found.next) : null,
    }
  })

  serve(contract.listLog, async ({ actor, query }) => {
    const { entries, next } = await log.list(actor, filterOf(query), pageOf(query))
    return { entries: entries.map(presentEntry), next_cursor: next ? writeCursor(next) : null }
  })

  serve(contract.readLogAsCsv, async ({ actor, query, request, reply }) => {
    const entries = log.readAll(actor, filterOf(query))
    // Before anything is sent: whoever may not read it, is told.
    const first = await entries.next()
    reply.type('text/csv; charset=utf-8')
    reply.header('content-disposition', dispositionOf({ disposition: 'attachment', name: 'training-log.csv' }))
    if (request.method === 'HEAD') reply.send()
    else reply.send(Readable.from(csvOf(first, entries)))
  })

  serve(contract.readAnalytics, async ({ actor, query }) => {
    const { from, to, totals, days, failures, top } = await downloads.readAnalytics(actor, query)
    return {
      from,
      to,
      totals: presentCounts(totals),
      days: days.map(({ date, ...counts }) => ({ date, ...presentCounts(counts) })),
      failures: failures.map(({ errorCode, count }) => ({ error: errorCode, count })),
      top_conversations: top.map(({ conversationId, title, downloads: count }) => ({
        conversation_id: conversationId,
        title,
        downloads: count,
      })),
    }
  })
}

const pageOf = ({ cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }) => ({
  after: cursor === undefined ? undefined : readCursor(cursor),
  limit,
})

interface LogQuery {
  readonly action?: LogEntry['action'] | undefined
  readonly conversation_id?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

const filterOf = ({ action, conversation_id: conversationId, from, to }: LogQuery): LogFilter => ({
  actions: action && [action],
  conversationId,
  from: from === undefined ? undefined : new Date(from),
  to: to === undefined ? undefined : new Date(to),
})

const presentEntry = (entry: LogEntry): contract.LogEntry => ({
  id: entry.id,
  at: entry.at.toISOString(),
  action: entry.action,
  actor_id: entry.actorId,
  conversation_id: entry.conversationId,
  bytes: entry.bytes,
  error: entry.errorCode,
  details: entry.details && { ...entry.details },
})

const columns = ['id', 'at', 'action', 'actor_id', 'conversation_id', 'bytes', 'error', 'details'] as const

async function* csvOf(first: IteratorResult<LogEntry>, rest: AsyncIterable<LogEntry>): AsyncGenerator<string> {
  yield csvLine(columns)
  if (first.done === true) return
  yield lineOf(first.value)
  for await (const entry of rest) yield lineOf(entry)
}

const lineOf = (entry: LogEntry): string => {
  const shown = presentEntry(entry)
  return csvLine(
    columns.map((column) => (column === 'details' ? shown.details && JSON.stringify(shown.details) : shown[column])),
  )
}

const presentCounts = (counts: {
  readonly downloads: number
  readonly failures: number
  readonly exports: number
  readonly bytesLinked: number
  readonly bytesServed: number
}) => ({
  downloads: counts.downloads,
  failures: counts.failures,
  exports: counts.exports,
  bytes_linked: counts.bytesLinked,
  bytes_served: counts.bytesServed,
})
