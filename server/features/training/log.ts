/** Reads the log of training data: a page of it, all of it, or the downloads of one conversation. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { LogEntry, LogFilter, LogPlace } from './log-line.ts'
import type { LogStore } from './log-store.ts'

export interface LogPage {
  readonly entries: readonly LogEntry[]
  /** Where the log goes on; undefined at its end. */
  readonly next: LogPlace | undefined
}

/** How many entries are read at once where all are wanted. */
const BATCH = 1000

export interface TrainingLog {
  /** The actor's own, newest first. */
  list(actor: Actor, filter: LogFilter, page: { after?: LogPlace | undefined; limit: number }): Promise<LogPage>
  /** All that pass, newest first, read as they are wanted. */
  readAll(actor: Actor, filter: LogFilter): AsyncGenerator<LogEntry>
  /** Downloads of one conversation, newest first. Fails with `conversation.not_found`. */
  listDownloads(
    actor: Actor,
    conversationId: string,
    page: { after?: LogPlace | undefined; limit: number },
  ): Promise<LogPage & { readonly count: number; readonly lastAt: Date | null }>
}

export const makeTrainingLog = ({ store }: { readonly store: LogStore }): TrainingLog => {
  // One more than the page, which says whether there is another.
  const pageOf = (entries: readonly LogEntry[], limit: number): LogPage => {
    const shown = entries.slice(0, limit)
    return { entries: shown, next: entries.length > limit ? shown.at(-1) : undefined }
  }
  return {
    async list(actor, filter, { after, limit }) {
      return pageOf(await store.list(actor, filter, { after, limit: limit + 1 }), limit)
    },

    async *readAll(actor, filter) {
      let after: LogPlace | undefined
      do {
        const entries = await store.list(actor, filter, { after, limit: BATCH })
        yield* entries
        after = entries.length === BATCH ? entries.at(-1) : undefined
      } while (after !== undefined)
    },

    async listDownloads(actor, conversationId, { after, limit }) {
      const found = await store.listDownloads(actor, conversationId, { after, limit: limit + 1 })
      if (found === undefined) throw new AppError('conversation.not_found')
      return { ...pageOf(found.entries, limit), count: found.count, lastAt: found.lastAt }
    },
  }
}
