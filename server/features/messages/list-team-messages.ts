/** The ways to read a team conversation: its timeline, a thread, one message, what is pinned, what is starred. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import { type ExplainHidden, unknownMessage } from './list-messages.ts'
import type { TeamMessage } from './message.ts'
import type { MarkCursor, MarkPage, Stretch, TeamMessageStore } from './team-message-store.ts'

interface Needs {
  store: TeamMessageStore
  explainHidden: ExplainHidden
}

/** At most one of `before`, `after` and `around`, each a message that may have been deleted; none: the latest messages. */
export interface TimelineQuery {
  readonly limit: number
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly around?: string | undefined
  /** The message that a thread hangs on: only its replies are listed, which the timeline leaves out. */
  readonly threadId?: string | undefined
  /** Only what is tagged with it, replies in threads too. */
  readonly workTypeId?: string | undefined
}

export interface TimelinePage {
  /** Oldest first. */
  readonly messages: TeamMessage[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

/** Unknown messages in the query are `request.invalid`. */
export const makeListTeamMessages =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string, query: TimelineQuery): Promise<TimelinePage> => {
    const stretch = stretchOf(query)
    const found = await store.list(actor, conversationId, stretch)
    if (!found.isReadable) throw await explainHidden(conversationId)
    if (!found.isThreadKnown) throw unknownMessage('query', 'threadId')
    if (!found.isCursorKnown)
      throw unknownMessage(
        'query',
        cursorNames.find((name) => query[name] !== undefined)!,
      )
    return {
      messages: [...last(found.older, stretch.older), ...found.newer.slice(0, stretch.newer)],
      hasOlder: found.older.length > stretch.older,
      hasNewer: found.newer.length > stretch.newer,
    }
  }

const last = <Item>(items: Item[], count: number): Item[] => items.slice(Math.max(items.length - count, 0))

const cursorNames = ['before', 'after', 'around'] as const

/** The half of which nothing is wanted is asked for all the same: whether there is anything in it. */
const stretchOf = ({ limit, before, after, around, threadId, workTypeId }: TimelineQuery): Stretch => {
  const where = { ...(threadId ? { threadId } : {}), ...(workTypeId ? { workTypeId } : {}) }
  if (before !== undefined) return { ...where, older: limit, newer: 0, cursor: { messageId: before, half: 'newer' } }
  if (after !== undefined) return { ...where, older: 0, newer: limit, cursor: { messageId: after, half: 'older' } }
  if (around === undefined) return { ...where, older: limit, newer: 0 }
  const newer = Math.floor((limit - 1) / 2)
  return { ...where, older: limit - newer, newer, cursor: { messageId: around, half: 'older' } }
}

/** Fails with `message.not_found`. */
export const makeGetTeamMessage =
  ({ store }: Needs) =>
  async (actor: Actor, id: string): Promise<TeamMessage> => {
    const message = await store.find(actor, id)
    if (message === undefined) throw new AppError('message.not_found')
    return message
  }

export interface MarkedPage {
  readonly messages: TeamMessage[]
  /** Where the next page begins; undefined at the end. */
  readonly next: MarkCursor | undefined
}

/** At most `limit` pinned messages, latest pin first. */
export const makeListPins =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string, page: MarkPage): Promise<MarkedPage> => {
    const found = await store.listPinned(actor, conversationId, { ...page, limit: page.limit + 1 })
    if (found === undefined) throw await explainHidden(conversationId)
    return markedPage(found, page.limit, ({ pinnedAt }) => pinnedAt)
  }

/** At most `limit` messages that the actor starred and can still read, latest star first. */
export const makeListStars =
  ({ store }: Needs) =>
  async (actor: Actor, page: MarkPage): Promise<MarkedPage> => {
    const found = await store.listStarred(actor, { ...page, limit: page.limit + 1 })
    return markedPage(found, page.limit, ({ starredAt }) => starredAt)
  }

const markedPage = (
  found: TeamMessage[],
  limit: number,
  markedAt: (message: TeamMessage) => Date | null,
): MarkedPage => {
  const messages = found.slice(0, limit)
  const end = messages.at(-1)
  const at = end && markedAt(end)
  return { messages, next: found.length > limit && end && at ? { at, id: end.id } : undefined }
}
