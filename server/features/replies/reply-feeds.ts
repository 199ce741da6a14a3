/**
 * Who is reading which conversation, and what each reader still lacks. It lives in one process: text that is written here
 * reaches readers at once, text of other processes when a notice says where to look.
 */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Message } from '../messages/index.ts'
import {
  eventsSince,
  follows,
  isEnded,
  MAX_DELTA,
  type Position,
  type Reply,
  type ReplyEvent,
  type ReplyProgress,
} from './reply.ts'
import type { ReplyStore } from './reply-store.ts'

/** How long after a failed look at the database the next one follows, in milliseconds. */
const RETRY_MS = 1_000

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
  /** A reply that was `started` here is somebody else's now, or gone: the database knows more than this process. */
  letGo(reply: Reply): void
  /** A title or the like changed. */
  changed(conversationIds: readonly string[]): void
  deleted(conversationIds: readonly string[]): void
  /** Somebody may not read the conversation any more: their readers are closed, those that are just being attached too. */
  dismiss(conversationId: string, personId: string): void
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
  isRefreshing: boolean
  isStale: boolean
  retry: NodeJS.Timeout | undefined
}

interface Attached {
  readonly personId: string
  readonly reader: Reader
  position: Position
}

/** A reader that was let in and does not read yet. */
interface Arrival {
  readonly personId: string
  readonly conversationId: string
  isDismissed: boolean
}

export const makeReplyFeeds = ({
  store,
  now,
  onError,
  retryMs = RETRY_MS,
}: {
  store: Pick<ReplyStore, 'progressSince' | 'progressForReaders'>
  now: () => number
  onError: (error: unknown) => void
  retryMs?: number
}): ReplyFeeds => {
  const feeds = new Map<string, Feed>()
  const arrivals = new Set<Arrival>()

  const feedOf = (conversationId: string): Feed => {
    let feed = feeds.get(conversationId)
    if (feed === undefined) {
      const idle = { isLocal: false, isRefreshing: false, isStale: false, retry: undefined }
      feed = { ...idle, current: undefined, readers: new Set() }
      feeds.set(conversationId, feed)
    }
    return feed
  }
  const dropIfIdle = (conversationId: string, feed: Feed) => {
    if (feed.readers.size > 0 || feed.isLocal || feeds.get(conversationId) !== feed) return
    clearTimeout(feed.retry)
    feeds.delete(conversationId)
  }

  const tell = (attached: Attached, progress: ReplyProgress) => {
    const [events, position] = eventsSince(attached.position, progress)
    attached.position = position
    for (const event of events) attached.reader.receive(event, positionAfter(event, position))
  }
  /** Tells the latest to those who know all before it; the others catch up first. */
  const tellAll = (conversationId: string, feed: Feed) => {
    const current = feed.current!
    for (const attached of feed.readers) {
      if (follows(attached.position, current.reply)) tell(attached, current)
      else refreshFeed(conversationId, feed)
    }
  }

  /** Looks into the database for what the readers lack; one look at a time, and another one when that was too early. */
  const refreshFeed = (conversationId: string, feed: Feed): void => {
    feed.isStale = true
    if (feed.isRefreshing || feed.retry !== undefined) return
    feed.isRefreshing = true
    void catchUp(conversationId, feed)
  }

  /** What is written here is known here; whatever else there is can wait for its end. */
  const refreshSoon = (conversationId: string, feed: Feed): void => {
    if (feed.isLocal) feed.isStale = true
    else refreshFeed(conversationId, feed)
  }

  const catchUp = async (conversationId: string, feed: Feed): Promise<void> => {
    try {
      while (feed.isStale && feed.readers.size > 0) {
        feed.isStale = false
        // Who comes while the database is asked has a look of its own, and makes the feed stale again.
        const readers = [...feed.readers]
        const found = await store.progressForReaders(conversationId, oldestOrdinal(feed))
        if (feeds.get(conversationId) !== feed) return
        if (found === undefined) return closeFeed(conversationId)
        for (const progress of found) absorb(feed, readers, progress)
        for (const attached of feed.readers) {
          if (feed.current !== undefined && follows(attached.position, feed.current.reply)) tell(attached, feed.current)
        }
      }
    } catch (error) {
      onError(error)
      feed.retry = setTimeout(() => {
        feed.retry = undefined
        refreshFeed(conversationId, feed)
      }, retryMs).unref()
    } finally {
      feed.isRefreshing = false
    }
  }

  /** Takes what the database knows of a reply, unless this process knows more. */
  const absorb = (feed: Feed, readers: readonly Attached[], progress: ReplyProgress) => {
    if (isAheadOf(progress, feed)) return
    if (feed.current === undefined || isNewer(progress, feed.current)) {
      feed.current = progress
      feed.isLocal = false
    }
    for (const attached of readers) tell(attached, progress)
  }

  const closeFeed = (conversationId: string) => {
    const feed = feeds.get(conversationId)
    if (feed === undefined) return
    clearTimeout(feed.retry)
    feeds.delete(conversationId)
    for (const { reader } of feed.readers) reader.close()
  }

  /** What a reader is shown first. Fails with `conversation.not_found`. */
  const firstLook = async (actor: Actor, conversationId: string, from: Position | undefined) => {
    let found = await store.progressSince(actor, conversationId, from?.ordinal)
    if (found?.length === 0 && from !== undefined) {
      const latest = await store.progressSince(actor, conversationId, undefined)
      // A position from the future is of another conversation, or made up: its reader starts afresh.
      const isMadeUp = from.ordinal > (latest?.at(-1)?.reply.ordinal ?? 0)
      if (latest === undefined || isMadeUp) found = latest
    }
    if (found === undefined) throw new AppError('conversation.not_found')
    return found
  }

  return {
    async attach(actor, conversationId, reader, { from, replayMs }) {
      const personId = actor.userId
      const arrival: Arrival = { personId, conversationId, isDismissed: false }
      arrivals.add(arrival)
      const found = await firstLook(actor, conversationId, from).catch((error: unknown) => {
        arrivals.delete(arrival)
        throw error
      })
      const latest = laterOf(feeds.get(conversationId)?.current, found.at(-1))
      const attached: Attached = { personId, reader, position: startingPosition(from, latest, now() - replayMs) }
      let joined: Feed | undefined
      let isDetached = false
      return {
        position: attached.position,
        begin() {
          arrivals.delete(arrival)
          if (arrival.isDismissed) return reader.close()
          // The feed of this moment: the one that was there before may have been dropped and made anew.
          const feed = feedOf(conversationId)
          for (const progress of found) {
            if (!isDetached && !isAheadOf(progress, feed)) tell(attached, progress)
          }
          // A reader may leave while it is told.
          if (isDetached) return dropIfIdle(conversationId, feed)
          if (feed.readers.size === 0) feed.current ??= found.at(-1)
          joined = feed
          feed.readers.add(attached)
          const isCaughtUp = feed.current !== undefined && follows(attached.position, feed.current.reply)
          if (isCaughtUp) tell(attached, feed.current!)
          // Something may have happened between the look and now.
          if (!isCaughtUp || !feed.isLocal) refreshFeed(conversationId, feed)
        },
        detach() {
          arrivals.delete(arrival)
          isDetached = true
          if (joined === undefined) return
          joined.readers.delete(attached)
          dropIfIdle(conversationId, joined)
        },
      }
    },

    started(reply) {
      const feed = feedOf(reply.conversationId)
      feed.current = { reply, text: '', message: null }
      feed.isLocal = true
      tellAll(reply.conversationId, feed)
    },

    wrote(reply, text) {
      const feed = feeds.get(reply.conversationId)
      if (feed?.current?.reply.id !== reply.id || !feed.isLocal) return
      const offset = feed.current.text.length
      feed.current = { ...feed.current, text: feed.current.text + text }
      if (text.length > MAX_DELTA) return tellAll(reply.conversationId, feed)
      for (const attached of feed.readers) {
        const { position } = attached
        // The usual case, without looking at the whole text again.
        if (position.ordinal === reply.ordinal && position.offset === offset && !position.hasEnded) {
          attached.position = { ordinal: reply.ordinal, offset: offset + text.length, hasEnded: false }
          attached.reader.receive({ type: 'text-delta', reply, offset, text }, attached.position)
        } else if (follows(position, reply)) tell(attached, feed.current)
        else refreshFeed(reply.conversationId, feed)
      }
    },

    ended(reply, message) {
      const feed = feeds.get(reply.conversationId)
      if (feed?.current?.reply.id !== reply.id) return
      feed.current = { reply, text: feed.current.text, message }
      feed.isLocal = false
      tellAll(reply.conversationId, feed)
      // Another process has begun with the next reply before this one had heard that its own was over.
      if (feed.isStale) refreshFeed(reply.conversationId, feed)
      dropIfIdle(reply.conversationId, feed)
    },

    letGo(reply) {
      const feed = feeds.get(reply.conversationId)
      if (feed?.current?.reply.id !== reply.id) return
      feed.isLocal = false
      refreshFeed(reply.conversationId, feed)
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
      for (const id of conversationIds) closeFeed(id)
    },

    dismiss(conversationId, personId) {
      for (const arrival of arrivals) {
        if (arrival.conversationId === conversationId && arrival.personId === personId) arrival.isDismissed = true
      }
      for (const attached of feeds.get(conversationId)?.readers ?? []) {
        if (attached.personId === personId) attached.reader.close()
      }
    },

    refresh(conversationIds) {
      for (const id of conversationIds) {
        const feed = feeds.get(id)
        if (feed !== undefined) refreshSoon(id, feed)
      }
    },

    refreshAll() {
      for (const [id, feed] of feeds) refreshSoon(id, feed)
    },

    readerCount: () => feeds.values().reduce((count, feed) => count + feed.readers.size, 0),
  }
}

/** Of two states of the latest reply the one that says more. */
const laterOf = (known: ReplyProgress | undefined, found: ReplyProgress | undefined): ReplyProgress | undefined =>
  known === undefined || (found !== undefined && isNewer(found, known)) ? found : known

/** From which reply on its readers may lack something. */
const oldestOrdinal = (feed: Feed): number => {
  let oldest = feed.current?.reply.ordinal ?? Infinity
  for (const { position } of feed.readers) oldest = Math.min(oldest, position.ordinal)
  return oldest
}

/** Of a reply that is written here the journal knows less than the memory, until the database says that it is over. */
const isAheadOf = ({ reply }: ReplyProgress, feed: Feed): boolean =>
  feed.isLocal && feed.current!.reply.id === reply.id && !isEnded(reply)

/** Whether what was found in the database says more than what is known here. */
const isNewer = (found: ReplyProgress, known: ReplyProgress): boolean => {
  if (found.reply.ordinal !== known.reply.ordinal) return found.reply.ordinal > known.reply.ordinal
  if (isEnded(known.reply)) return false
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

/** Where a reader starts; see `ReplyFeeds.attach`. */
export const startingPosition = (
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
