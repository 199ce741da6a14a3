/** The slice, put together: what one process tells those who listen to it. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { AppError } from '#kernel/errors.ts'
import type { NoticeBoard } from '#kernel/notices.ts'
import { makeAudience, type Reader } from './audience.ts'
import type { EventLog } from './event-log.ts'
import { makeEventTail, type Pace } from './event-tail.ts'
import { makeLimitTyping } from './limit-typing.ts'
import { isAfter, parsePosition, type Position } from './position.ts'

/** How often the log is looked at though nothing was noticed, in milliseconds. */
const LOOK_MS = 5_000
/** For how long a reader may be away and still go on where it was, in milliseconds. */
const KEPT_MS = 7 * 24 * 3_600_000
/** Most events that a reader that was away is told one by one; more than these are read anew faster. */
const MOST_MISSED = 1_000
/** Most entries, whoever they are for, among which those for one reader are looked for. */
const MOST_LOOKED_THROUGH = 100_000

export interface LiveNeeds {
  readonly log: EventLog
  readonly notices: NoticeBoard
  readonly clock: Clock
  /** Why a conversation is hidden from somebody: `conversation.forbidden` or `conversation.not_found`. */
  readonly explainHidden: (conversationId: string) => Promise<AppError>
  /** Hears of everybody who was taken out of a conversation, or left it. */
  readonly onLeft: (conversationId: string, personId: string) => void
  readonly onError: (error: unknown, what: string) => void
  /** Tests are in more of a hurry. */
  readonly pace?: Pace
}

export interface Attached {
  /** Where the reader starts. */
  readonly start: Position
  /** What happened since its last position can't be told: it must read everything again. Told with `start`. */
  readonly isReset: boolean
  /** Lets the events flow: first what was missed. Resolves when that was told. */
  begin(): Promise<void>
  /** Where the reader stands: nothing up to here is missing. */
  position(): Position
  detach(): void
}

export type Live = Awaited<ReturnType<typeof startLive>>

/** Begins to read the log. */
export const startLive = async ({ log, notices, clock, explainHidden, onLeft, onError, pace }: LiveNeeds) => {
  const audience = makeAudience()
  const tail = makeEventTail({
    log,
    from: await log.open(),
    onEntries: (entries) => {
      for (const { membership, conversationId, personId } of entries) {
        if (membership === 'left') onLeft(conversationId, personId!)
      }
      audience.tell(entries)
    },
    onError: (error) => onError(error, 'live.read'),
    ...(pace === undefined ? {} : { pace }),
  })
  await notices.listen({
    onNotice(notice) {
      if (notice.kind === 'team-events') tail.look()
      else if (notice.kind === 'typing') {
        audience.tellTyping({ at: clock.now(), conversationId: notice.conversation, person: notice.person })
      }
    },
    onGap: tail.look,
  })
  tail.look()
  const timer = setInterval(tail.look, LOOK_MS).unref()
  const mayTell = makeLimitTyping()

  /** What a person has missed after a position, up to another; undefined when nobody can tell. */
  const joinAs = async (actor: Actor, after: Position | undefined, upTo: Position) => {
    const isNear = after !== undefined && upTo.eventId - after.eventId <= MOST_LOOKED_THROUGH
    const joined = await log.joinAs(actor, isNear ? { after, upTo, limit: MOST_MISSED + 1 } : undefined)
    // Asked afterwards: what was swept before the look is then noticed.
    const canResume = isNear && joined.missed.length <= MOST_MISSED && (await log.knows(after))
    return { conversationIds: joined.conversationIds, missed: canResume ? joined.missed : undefined }
  }

  return {
    /**
     * Attaches a reader, from after its last position, or from now. Resolves before the first event. Fails as the door to
     * the database does.
     *
     * @param lastEventId what the reader was last told, as it says; undefined: it is new
     */
    async attach(actor: Actor, reader: Reader, lastEventId: string | undefined): Promise<Attached> {
      const here = tail.position()
      const after = lastEventId === undefined ? undefined : parsePosition(lastEventId)
      const listener = audience.enter(actor.userId, reader, here)
      try {
        const { conversationIds, missed } = await joinAs(actor, after, here)
        const isReset = lastEventId !== undefined && missed === undefined
        const start = missed === undefined ? here : after!
        listener.position = start
        let isCaughtUp = false
        return {
          start,
          isReset,
          async begin() {
            if (missed !== undefined) await audience.remind(listener, missed)
            isCaughtUp = true
            audience.admit(listener, conversationIds)
          },
          position: () =>
            isCaughtUp && isAfter(tail.position(), listener.position) ? tail.position() : listener.position,
          detach: () => audience.leave(listener),
        }
      } catch (error) {
        audience.leave(listener)
        throw error
      }
    },

    /**
     * Tells the others in a conversation that a person is writing; at most once in three seconds, and perhaps not at all.
     * Fails with `conversation.forbidden` or `conversation.not_found`.
     */
    async typing(actor: Actor, conversationId: string): Promise<void> {
      const name = await log.findTypist(actor, conversationId)
      if (name === undefined) throw await explainHidden(conversationId)
      if (!mayTell(actor.userId, conversationId.toLowerCase(), clock.now().getTime())) return
      await notices.post({
        kind: 'typing',
        conversation: conversationId.toLowerCase(),
        person: { id: actor.userId, name },
      })
    },

    /** Removes what no reader can go on from any more; returns how many entries. */
    sweep: () => log.sweep(KEPT_MS),
    readerCount: audience.count,
    /** Reads nothing more. */
    stop() {
      clearInterval(timer)
      tail.stop()
    },
  }
}
