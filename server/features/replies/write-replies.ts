/** Writes replies: asks the model, hands its text to readers and journal, and ends every reply exactly once. */
import type { Clock } from '#kernel/clock.ts'
import { AppError, type ErrorCode, toAppError } from '#kernel/errors.ts'
import type { Message } from '../messages/index.ts'
import type { makeResolveWithKey } from './choose-model.ts'
import type { Journal } from './journal.ts'
import type { ModelTurn } from './language-model.ts'
import { encodeNotice } from '#kernel/notices.ts'
import type { FinishReason, Reply } from './reply.ts'
import type { ReplyFeeds } from './reply-feeds.ts'
import type { Brief, Ending, ReplyStore } from './reply-store.ts'

/** How often the end of a reply is tried again when the database refuses it; while it is away, for as long as it takes. */
const END_TRIES = 4
/** The longest pause between two tries, in milliseconds. */
const LONGEST_PAUSE_MS = 2_000

export interface ReplyWriter {
  /** Begins to write a reply that this server has claimed; returns at once. Without its brief, that is read first. */
  start(reply: Reply, brief?: Brief): void
  /** Stops a reply that is written here; false when it is not. */
  stop(replyId: string): boolean
  /** Stops whatever is written here in these conversations, without keeping anything: they are gone. */
  abandon(conversationIds: readonly string[]): void
  /** False once it shuts down: what is asked from then on would only be interrupted. */
  readonly isOpen: boolean
  /** Lets running replies finish for `graceMs`, then ends the rest as interrupted, and what is started later at once. */
  shutDown(graceMs: number): Promise<void>
  /** Resolves when nothing is written here, after `shutDown`. */
  drained(): Promise<void>
  runningCount(): number
}

interface Running {
  readonly reply: Reply
  readonly controller: AbortController
  /** Resolves when the reply has ended in the database. */
  done: Promise<void>
}

interface Ended {
  readonly reply: Reply
  readonly message: Message | null
}

type StopReason = 'stopped' | 'interrupted' | 'deleted'

export const makeReplyWriter = ({
  store,
  feeds,
  journal,
  resolveWithKey,
  makeTitle,
  clock,
  serverId,
  onError,
}: {
  store: Pick<ReplyStore, 'findBrief' | 'end' | 'startNext' | 'progressForReaders'>
  feeds: Pick<ReplyFeeds, 'started' | 'wrote' | 'ended' | 'letGo' | 'refresh'>
  journal: Journal
  resolveWithKey: ReturnType<typeof makeResolveWithKey>
  /** Gives the conversation its title; in a hurry, without a model, once the signal is aborted. */
  makeTitle: (reply: Reply, turns: readonly ModelTurn[], answer: string, signal: AbortSignal) => Promise<void>
  clock: Clock
  serverId: string
  onError: (error: unknown, reply: Reply) => void
}): ReplyWriter => {
  const running = new Map<string, Running>()
  /** Titles that are being made: nobody waits for them, except a shutdown. */
  const titling = new Set<Promise<void>>()
  const hurry = new AbortController()
  let isOpen = true

  const start = (reply: Reply, brief?: Brief): void => {
    const controller = new AbortController()
    if (hurry.signal.aborted) controller.abort('interrupted' satisfies StopReason)
    const entry: Running = { reply, controller, done: Promise.resolve() }
    running.set(reply.id, entry)
    feeds.started(reply)
    entry.done = write(reply, brief, controller)
      .catch((error) => onError(error, reply))
      .finally(() => running.delete(reply.id))
  }

  const write = async (reply: Reply, brief: Brief | undefined, controller: AbortController): Promise<void> => {
    const written = { text: '', model: reply.model, turns: [] as readonly ModelTurn[] }
    let ending: Omit<Ending, 'text' | 'model' | 'now'>
    try {
      ending = await readModel(reply, brief, controller.signal, written)
    } catch (error) {
      if (controller.signal.reason === 'deleted') return
      ending = endingOf(error, controller.signal)
      if (ending.errorCode === 'server.internal') onError(error, reply)
    }
    const ended = await end(reply, { ...ending, ...written, now: clock.now() })
    if (ended === undefined) feeds.letGo(reply)
    else {
      feeds.ended(ended.reply, ended.message)
      // What waited behind it was stopped too, and nobody has told the readers yet.
      if (ended.reply.status === 'stopped') feeds.refresh([reply.conversationId])
      if (reply.makesTitle && ended.message !== null) giveTitle(reply, written)
    }
    // What waits is started by whoever lives on.
    if (!isOpen) return
    const next = await store.startNext(reply.conversationId, serverId, clock.now())
    if (next !== undefined) start(next)
  }

  const giveTitle = (reply: Reply, { turns, text }: { turns: readonly ModelTurn[]; text: string }): void => {
    const making: Promise<void> = makeTitle(reply, turns, text, hurry.signal)
      .catch((error) => onError(error, reply))
      .finally(() => titling.delete(making))
    titling.add(making)
  }

  const readModel = async (
    reply: Reply,
    given: Brief | undefined,
    signal: AbortSignal,
    written: { text: string; model: string; turns: readonly ModelTurn[] },
  ): Promise<Omit<Ending, 'text' | 'model' | 'now'>> => {
    const brief = given ?? (await store.findBrief(reply))
    if (brief === undefined) throw new AppError('conversation.not_found')
    const { turns, sealedKey } = brief
    written.turns = turns
    const choice = { choice: reply.modelChoice, model: reply.model }
    const model = await resolveWithKey(reply.ownerId, choice, sealedKey)
    signal.throwIfAborted()
    let finish: { reason: FinishReason; promptTokens?: number; completionTokens?: number } | undefined
    for await (const event of model.stream(turns, { signal })) {
      if (event.type === 'finish') {
        finish = event
        if (event.model !== undefined) written.model = event.model
      } else {
        feeds.wrote(reply, event.text)
        journal.write(reply, written.text.length, event.text)
        written.text += event.text
      }
    }
    if (finish === undefined) throw new AppError('model.cut_off')
    return {
      status: 'complete',
      finishReason: finish.reason,
      errorCode: null,
      promptTokens: finish.promptTokens ?? null,
      completionTokens: finish.completionTokens ?? null,
    }
  }

  /** The text is safe in memory and journal; a database that is away for a moment must not lose its end. */
  const end = async (reply: Reply, ending: Ending): Promise<Ended | undefined> => {
    const notice = encodeNotice({ kind: 'progress', from: serverId, conversations: [reply.conversationId] })
    await journal.settle(reply)
    for (let tries = 1; ; tries++) {
      try {
        return (await store.end(reply, ending, notice)) ?? (tries > 1 ? await findOwnEnd(reply, ending) : undefined)
      } catch (error) {
        onError(error, reply)
        const isAway = toAppError(error).code === 'server.unavailable'
        if (tries >= END_TRIES) {
          // Whoever finds it abandoned closes it with what the journal has.
          if (hurry.signal.aborted) return undefined
          if (!isAway) return endWithoutText(reply, ending, notice)
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** tries, LONGEST_PAUSE_MS)))
      }
    }
  }

  /** A try that seemed to fail may have ended the reply: the answer was lost on its way, and not the work. */
  const findOwnEnd = async (reply: Reply, ending: Ending): Promise<Ended | undefined> => {
    const found = await store.progressForReaders(reply.conversationId, reply.ordinal)
    const own = found?.find((progress) => progress.reply.id === reply.id)
    return own?.reply.status === ending.status ? own : undefined
  }

  /** The database takes anything but this: without its text the conversation can at least be used again. */
  const endWithoutText = async (reply: Reply, { now }: Ending, notice: string): Promise<Ended | undefined> => {
    const nothing = { text: '', finishReason: null, promptTokens: null, completionTokens: null }
    const ending = { ...nothing, status: 'failed', errorCode: 'server.internal', model: reply.model, now } as const
    return store.end(reply, ending, notice).catch((error) => {
      onError(error, reply)
      return undefined
    })
  }

  const drained = async (): Promise<void> => {
    while (running.size > 0 || titling.size > 0) {
      await Promise.all([...running.values().map(({ done }) => done), ...titling])
    }
  }

  return {
    start,
    stop(replyId) {
      const entry = running.get(replyId)
      entry?.controller.abort('stopped' satisfies StopReason)
      return entry !== undefined
    },
    abandon(conversationIds) {
      for (const { reply, controller } of running.values()) {
        if (conversationIds.includes(reply.conversationId)) controller.abort('deleted' satisfies StopReason)
      }
    },
    get isOpen() {
      return isOpen
    },
    async shutDown(graceMs) {
      isOpen = false
      let timer: NodeJS.Timeout | undefined
      const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))
      await Promise.race([drained(), grace])
      clearTimeout(timer)
      hurry.abort()
      for (const { controller } of running.values()) controller.abort('interrupted' satisfies StopReason)
      await drained()
    },
    drained,
    runningCount: () => running.size,
  }
}

/** Why a reply ended without a `finish` from its model. */
const endingOf = (error: unknown, signal: AbortSignal): Omit<Ending, 'text' | 'model' | 'now'> => {
  const unfinished = { finishReason: null, promptTokens: null, completionTokens: null }
  if (signal.aborted) {
    return signal.reason === 'stopped'
      ? { ...unfinished, status: 'stopped', errorCode: null }
      : { ...unfinished, status: 'interrupted', errorCode: 'reply.interrupted' }
  }
  const errorCode: ErrorCode = toAppError(error).code
  return { ...unfinished, status: 'failed', errorCode }
}
