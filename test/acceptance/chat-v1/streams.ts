/** Readers of `/api/v1` streams that hold every event to the contract's schema. */
import { streamConversation, streamEvent } from '#contract/chat-v1/index.ts'
import { type EventReader, openEvents } from '#test/support/server.ts'
import { type Caller, pathOf, type World } from './world.ts'

export interface FollowOptions {
  /** With its question mark. */
  readonly query?: string
  readonly headers?: Record<string, string>
}

/** Follows a conversation by plain fetch; resolves after `connected`, which is demanded to be the first event. */
export const follow = async (
  world: World,
  caller: Caller,
  id: string,
  { query = '', headers = {} }: FollowOptions = {},
): Promise<EventReader> => {
  const url = world.server.url + pathOf(streamConversation, { id, query })
  const own: Record<string, string> = caller.token === '' ? {} : { authorization: `Bearer ${caller.token}` }
  const events = await openEvents(url, { ...own, ...headers })
  const checked: EventReader = {
    seen: events.seen,
    ended: events.ended,
    stop: events.stop,
    async next(wanted) {
      const event = await events.next(wanted)
      for (const { data } of events.seen) streamEvent.parse(data)
      return event
    },
  }
  const first = await checked.next()
  if (first.data.type !== 'connected') throw new Error(`the first event is ${JSON.stringify(first)}`)
  return checked
}

type Seen = EventReader['seen'][number]

/** What a reader was told of replies: no heartbeats, no greetings. */
export const toldOf = (events: EventReader): readonly Seen[] =>
  events.seen.filter(({ data }) => data.type !== 'heartbeat' && data.type !== 'connected')

/** All pieces of text, joined. */
export const textOf = (events: EventReader): string =>
  events.seen.map(({ data }) => (data.type === 'llm_chunk' ? data.content : '')).join('')

/** A promise that a test fulfils when it wants a script to go on. */
export const newGate = (): { readonly passed: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}
