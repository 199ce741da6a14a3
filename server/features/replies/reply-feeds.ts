/**
 * Who is reading which conversation, and what each reader still lacks. It lives in one process: text that is written here
 * reaches readers at once, text of other processes when a notice says where to look.
 */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Message } from '../messages/index.ts'
import { eventsSince, isEnded, type Position, type Reply, type ReplyEvent, type ReplyProgress } from './reply.ts'
import type { ReplyStore } from './reply-store.ts'

export interface Reader {
  /** Called with each event and the position after it. Must not throw. */
  receive(event: ReplyEvent, position: Position): void
  /** The conversation is gone; nothing more will come. */
  close(): void
}

export interface ReplyFeeds {
  /**
   * Attaches a reader. It gets everything after `from`; without `from`, whatever is being written now from its start,
   * and what ended less than `replayMs` ago. Resolves, with the position where it starts, before the first event;
   * `begin` then lets the events flow. Fails with `conversation.not_found`.
   */
  attach(
    actor: Actor,
    conversationId: string,
    reader: Reader,
    options: { from?: Position; replayMs: number },
  ): Promise<{ position: Position; begin(): void; detach(): void }>
  /** A reply of this process: its text so far is held here until it has ended. */
  started(reply: Reply): void
  /** More text of a reply that was `started` here. */
  wrote(reply: Reply, text: string): void
  ended(reply: Reply, message: Message | null): void
  /** A title or the like changed. */
  changed(conversationIds: readonly string[]): void
  deleted(conversationIds: readonly string[]): void
  /** Another process wrote something there. */
  refresh(conversationIds: readonly string[]): void
  /** Notices may have been missed. */
  refreshAll(): void
  /** How many readers are attached. */
  readerCount(): number
}

interface Feed {
  /** The latest reply that is known here; undefined before the first or while nothing was loaded. */
  current: ReplyProgress | undefined
  /** Written by this process: the memory here is ahead of the journal. */
  isLocal: boolean
  readonly readers: Set<Attached>
  refreshing: Promise<void> | undefined
  isStale: boolean
}

interface Attached {
  readonly reader: Reader
  position: Position
}

export const makeReplyFeeds = ({
  store,
  now,
  onError,
}: {
  store: Pick<ReplyStore, 'progressSince' | 'progressForReaders'>
  now: () => number
  onError: (error: unknown) => void
}): ReplyFeeds => {
  const feeds = new Map<string, Feed>()

  const feedOf = (conversationId: string): Feed => {
    let feed = feeds.get(conversationId)
    if (feed === undefined) {
      feed = { current: undefined, isLocal: false, readers: new Set(), refreshing: undefined, isStale: false }
      feeds.set(conversationId, feed)
    }
    return feed
  }
  const dropIfIdle = (conversationId: string, feed: Feed) => {
    if (feed.readers.size === 0 && !feed.isLocal && feeds.get(conversationId) === feed) feeds.delete(conversationId)
  }

  const tell = (attached: Attached, progress: ReplyProgress) => {
    const [events, position] = eventsSince(attached.position, progress)
    attached.position = position
    for (const event of events) attached.reader.receive(event, positionAfter(event, position))
  }
  const tellAll = (feed: Feed) => {
    for (const attached of feed.readers) tell(attached, feed.current!)
  }

  /** Takes what the database knows, unless this process knows more. */
  const absorb = (feed: Feed, found: readonly ReplyProgress[]) => {
    for (const progress of found) {
      if (feed.current !== undefined && !isNewer(progress, feed.current, feed.isLocal)) continue
      feed.current = progress
      tellAll(feed)
    }
  }

  const refreshFeed = (conversationId: string, feed: Feed): void => {
    feed.isStale = true
    feed.refreshing ??= (async () => {
      try {
        while (feed.isStale && feed.readers.size > 0) {
          feed.isStale = false
          absorb(feed, await store.progressForReaders(conversationId, feed.current?.reply.ordinal ?? 0))
        }
      } catch (error) {
        onError(error)
      } finally {
        feed.refreshing = undefined
      }
    })()
  }

  return {
    async attach(actor, conversationId, reader, { from, replayMs }) {
      const found = await store.progressSince(actor, conversationId, from?.ordinal)
      if (found === undefined) throw new AppError('conversation.not_found')
      const feed = feedOf(conversationId)
      const latest = feed.isLocal ? feed.current! : (found.at(-1) ?? feed.current)
      const position = startingPosition(from, latest, now() - replayMs)
      const attached: Attached = { reader, position }
      let isDetached = false
      return {
        position,
        begin() {
          if (isDetached) return
          for (const progress of found) {
            if (!(feed.isLocal && progress.reply.id === feed.current!.reply.id)) tell(attached, progress)
          }
          feed.readers.add(attached)
          feeds.set(conversationId, feed)
          if (!feed.isLocal) {
            absorb(feed, found)
            // Something may have happened between the look and now.
            refreshFeed(conversationId, feed)
          }
          if (feed.current !== undefined) tell(attached, feed.current)
        },
        detach() {
          isDetached = true
          feed.readers.delete(attached)
          dropIfIdle(conversationId, feed)
        },
      }
    },

    started(reply) {
      const feed = feedOf(reply.conversationId)
      feed.current = { reply, text: '', message: null }
      feed.isLocal = true
      tellAll(feed)
    },

    wrote(reply, text) {
      const feed = feeds.get(reply.conversationId)
      if (feed?.current?.reply.id !== reply.id) return
      const offset = feed.current.text.length
      feed.current = { ...feed.current, text: feed.current.text + text }
      for (const attached of feed.readers) {
        const { position } = attached
        // The usual case, without looking at the whole text again.
        if (position.ordinal === reply.ordinal && position.offset === offset && !position.hasEnded) {
          attached.position = { ordinal: reply.ordinal, offset: offset + text.length, hasEnded: false }
          attached.reader.receive({ type: 'text-delta', reply, offset, text }, attached.position)
        } else tell(attached, feed.current)
      }
    },

    ended(reply, message) {
      const feed = feeds.get(reply.conversationId)
      if (feed?.current?.reply.id !== reply.id) return
      feed.current = { reply, text: feed.current.text, message }
      feed.isLocal = false
      tellAll(feed)
      dropIfIdle(reply.conversationId, feed)
    },

    changed(conversationIds) {
      for (const id of conversationIds) {
        for (const { reader, position } of feeds.get(id)?.readers ?? []) {
          reader.receive({ type: 'conversation-changed' }, position)
        }
      }
    },

    deleted(conversationIds) {
      for (const id of conversationIds) {
        const feed = feeds.get(id)
        feeds.delete(id)
        for (const { reader } of feed?.readers ?? []) reader.close()
      }
    },

    refresh(conversationIds) {
      for (const id of conversationIds) {
        const feed = feeds.get(id)
        if (feed !== undefined && feed.readers.size > 0 && !feed.isLocal) refreshFeed(id, feed)
      }
    },

    refreshAll() {
      for (const [id, feed] of feeds) if (!feed.isLocal) refreshFeed(id, feed)
    },

    readerCount: () => feeds.values().reduce((count, feed) => count + feed.readers.size, 0),
  }
}

/** Whether what was found in the database says more than what is known here. */
const isNewer = (found: ReplyProgress, known: ReplyProgress, isLocal: boolean): boolean => {
  if (found.reply.ordinal !== known.reply.ordinal) return found.reply.ordinal > known.reply.ordinal
  if (isLocal || isEnded(known.reply)) return false
  return isEnded(found.reply) || found.text.length > known.text.length
}

/** The position that an event brings its reader to, where several events lie between two positions. */
const positionAfter = (event: ReplyEvent, last: Position): Position => {
  if (event.type === 'reply-started') return { ordinal: event.reply.ordinal, offset: 0, hasEnded: false }
  if (event.type === 'text-delta') {
    return { ordinal: event.reply.ordinal, offset: event.offset + event.text.length, hasEnded: false }
  }
  return last
}

const startingPosition = (
  from: Position | undefined,
  latest: ReplyProgress | undefined,
  replaySince: number,
): Position => {
  const last = latest?.reply.ordinal ?? 0
  // A position from the future is of another conversation, or made up.
  if (from !== undefined && from.ordinal <= last) return from
  const endedAt = latest?.reply.endedAt?.getTime() ?? 0
  const isReplayed = latest !== undefined && (!isEnded(latest.reply) || endedAt >= replaySince)
  return { ordinal: isReplayed ? last - 1 : last, offset: 0, hasEnded: true }
}
