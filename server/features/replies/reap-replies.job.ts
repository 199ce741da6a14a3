/** Closes what dead processes left: their running replies as interrupted, and starts what waited behind them. */
import type { Clock } from '#kernel/clock.ts'
import type { ReplyProgress } from './reply.ts'
import type { ReplyFeeds } from './reply-feeds.ts'
import type { ReplyStore } from './reply-store.ts'
import { encodeNotice } from '#kernel/notices.ts'
import type { ReplyWriter } from './write-replies.ts'

/** How it is known which servers live. */
export interface Liveness {
  /** How often a server says that it lives, and looks for dead ones, in milliseconds. */
  readonly beatMs: number
  /** A server that was silent for so long is dead, in milliseconds: several missed beats. */
  readonly deadAfterMs: number
}

export const LIVENESS: Liveness = { beatMs: 5_000, deadAfterMs: 20_000 }
const BATCH = 100

/**
 * One round: beat, then close what is abandoned. Several servers may run this at once; the store lets one of them win
 * each reply. With `isAlone` (the data folder is locked by this process) every other server is dead by definition.
 * A server that has missed a beat itself takes nobody for dead until it has beaten for `deadAfterMs`: a database that was
 * away was away for all, and the first to reach it again would end what the others are writing.
 */
export const makeReapReplies = ({
  store,
  feeds,
  writer,
  clock,
  serverId,
  isAlone,
  liveness,
  onError,
}: {
  store: Pick<ReplyStore, 'beat' | 'listAbandoned' | 'end' | 'listStalled' | 'startNext'>
  feeds: Pick<ReplyFeeds, 'refresh'>
  writer: Pick<ReplyWriter, 'start'>
  clock: Clock
  serverId: string
  isAlone: boolean
  liveness: Liveness
  /** One reply that cannot be closed keeps no other from it. */
  onError: (error: unknown) => void
}) => {
  let lastBeat: number | undefined
  let beatingSince = -Infinity

  const beat = async (): Promise<boolean> => {
    await store.beat(serverId, isAlone)
    const now = clock.now().getTime()
    if (lastBeat !== undefined && now - lastBeat > 2 * liveness.beatMs) beatingSince = now
    lastBeat = now
    return isAlone || now - beatingSince >= liveness.deadAfterMs
  }

  const close = async ({ reply, text }: ReplyProgress): Promise<boolean> => {
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
    try {
      const ended = await store.end(reply, ending, notice)
      if (ended !== undefined) feeds.refresh([reply.conversationId])
      return ended !== undefined
    } catch (error) {
      onError(error)
      return false
    }
  }

  return async (): Promise<{ interrupted: number }> => {
    let interrupted = 0
    if (await beat()) {
      let abandoned: ReplyProgress[]
      let closed: number
      do {
        abandoned = await store.listAbandoned(liveness.deadAfterMs, BATCH)
        closed = 0
        for (const progress of abandoned) if (await close(progress)) closed++
        interrupted += closed
      } while (abandoned.length === BATCH && closed > 0)
    }
    for (const conversationId of await store.listStalled(BATCH)) {
      const next = await store.startNext(conversationId, serverId, clock.now())
      if (next !== undefined) writer.start(next)
    }
    return { interrupted }
  }
}
