/** Closes what dead processes left: their running replies as interrupted, and starts what waited behind them. */
import type { Clock } from '#kernel/clock.ts'
import type { ReplyFeeds } from './reply-feeds.ts'
import type { ReplyStore } from './reply-store.ts'
import { encodeNotice } from './notices.ts'
import type { ReplyWriter } from './write-replies.ts'

/** How often a server says that it lives, and looks for dead ones, in milliseconds. */
export const BEAT_MS = 5_000
/** A server that was silent for so long is dead: four missed beats. */
export const DEAD_AFTER_MS = 20_000
const BATCH = 100

/**
 * One round: beat, then close what is abandoned. Several servers may run this at once; the store lets one of them win
 * each reply. With `isAlone` (the data folder is locked by this process) every other server is dead by definition.
 */
export const makeReapReplies =
  ({
    store,
    feeds,
    writer,
    clock,
    serverId,
    isAlone,
  }: {
    store: ReplyStore
    feeds: ReplyFeeds
    writer: ReplyWriter
    clock: Clock
    serverId: string
    isAlone: boolean
  }) =>
  async (): Promise<{ interrupted: number }> => {
    await store.beat(serverId, clock.now(), isAlone)
    const abandoned = await store.listAbandoned(new Date(clock.now().getTime() - DEAD_AFTER_MS), BATCH)
    for (const { reply, text } of abandoned) {
      const notice = encodeNotice({ kind: 'progress', from: serverId, conversations: [reply.conversationId] })
      const ending = {
        status: 'interrupted',
        finishReason: null,
        errorCode: 'reply.interrupted',
        text,
        model: reply.model,
        promptTokens: null,
        completionTokens: null,
        now: clock.now(),
      } as const
      const ended = await store.end(reply, ending, notice)
      if (ended !== undefined) feeds.refresh([reply.conversationId])
    }
    for (const conversationId of await store.listStalled(BATCH)) {
      const next = await store.startNext(conversationId, serverId, clock.now())
      if (next !== undefined) writer.start(next)
    }
    return { interrupted: abandoned.length }
  }
