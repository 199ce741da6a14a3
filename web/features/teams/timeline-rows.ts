/** What a timeline shows, from top to bottom: days, where the news begin, messages, and those on their way. Pure. */
import type { TeamMessage } from '#contract/messages/team.ts'
import type { Outbox, Outgoing } from './outbox.ts'

export type TimelineRow =
  | { readonly kind: 'day'; readonly key: string; readonly time: string }
  /** Everything below has come since the reader was here last. */
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'system'; readonly key: string; readonly message: TeamMessage }
  /** `goesOn`: the same person has just said the message above. */
  | { readonly kind: 'message'; readonly key: string; readonly message: TeamMessage; readonly goesOn: boolean }
  | { readonly kind: 'outgoing'; readonly key: string; readonly post: Outgoing; readonly goesOn: boolean }

/** Later than this after the message above, a message says again who sent it, in milliseconds. */
const GOES_ON_FOR = 5 * 60_000

/** A day of the reader's calendar. */
const dayOf = (iso: string) => new Date(iso).toDateString()

export interface TimelineView {
  readonly messages: readonly TeamMessage[]
  readonly outbox: Outbox
  readonly myId: string
  /** The read mark when the conversation was opened; null: no line. */
  readonly readAt: string | null
  /** Messages that are about to be deleted. */
  readonly hidden?: ReadonlyMap<string, unknown>
  /** False in a thread, where times are told with each message. */
  readonly days?: boolean
}

export const timelineRows = ({ messages, outbox, myId, readAt, hidden, days = true }: TimelineView): TimelineRow[] => {
  const rows: TimelineRow[] = []
  let last: TeamMessage | null = null
  let isMarked = readAt === null
  for (const message of messages) {
    if (hidden?.has(message.id)) continue
    let isBroken = last === null
    if (days && (last === null || dayOf(last.createdAt) !== dayOf(message.createdAt))) {
      rows.push({ kind: 'day', key: `day ${dayOf(message.createdAt)}`, time: message.createdAt })
      isBroken = true
    }
    if (!isMarked && readAt !== null && message.createdAt > readAt && message.senderId !== myId) {
      isMarked = true
      rows.push({ kind: 'new', key: 'new' })
      isBroken = true
    }
    if (message.type === 'system') rows.push({ kind: 'system', key: message.id, message })
    else {
      const goesOn =
        !isBroken &&
        last !== null &&
        last.type !== 'system' &&
        last.senderId === message.senderId &&
        last.model === message.model &&
        Date.parse(message.createdAt) - Date.parse(last.createdAt) < GOES_ON_FOR
      rows.push({ kind: 'message', key: message.id, message, goesOn })
    }
    last = message
  }
  const arrived = new Set(messages.map(({ id }) => id))
  let isAfterOwn = last !== null && last.type !== 'system' && last.senderId === myId
  for (const post of outbox) {
    // Its message came by the stream before the answer to its request did.
    if (arrived.has(post.id)) continue
    rows.push({ kind: 'outgoing', key: post.id, post, goesOn: isAfterOwn })
    isAfterOwn = true
  }
  return rows
}
