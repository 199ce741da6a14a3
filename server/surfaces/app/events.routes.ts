/** One stream for each tab: everything that happens in a person's team conversations, as it happens. */
import type { z } from 'zod'
import * as contract from '#contract/app/index.ts'
import type * as messages from '#contract/messages/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { formatLivePosition, type Live, type LoggedEvent, type TypingEvent } from '../../features/live/index.ts'
import type { Message } from '../../features/messages/index.ts'
import { type EventStreams, writtenEvent, type WrittenEvent } from '../shared/event-stream.ts'
import type { Serve } from '../shared/serve.ts'

export interface EventRoutesNeeds {
  readonly clock: Clock
  readonly live: Live
  readonly streams: EventStreams
  /** In the shape of seed 1, told to nobody in particular. */
  readonly presentMessage: (message: Message) => z.output<typeof messages.message>
}

export const registerEventRoutes = (serve: Serve, needs: EventRoutesNeeds): void => {
  const { clock, live, streams } = needs
  const timestamp = () => clock.now().toISOString()
  const written = oncePerEvent((event: LoggedEvent) =>
    writtenEvent(presentLogged(event, needs.presentMessage), formatLivePosition(event.position)),
  )
  const writtenTyping = oncePerEvent((event: TypingEvent) => writtenEvent(presentTyping(event)))

  serve(contract.streamEvents, async ({ actor, query, request, reply }) => {
    const header = request.headers['last-event-id']
    const lastEventId = typeof header === 'string' && header !== '' ? header : query.lastEventId
    // Assigned before `begin`: no event comes earlier.
    let stream!: ReturnType<EventStreams['open']>
    const attached = await live.attach(
      actor,
      {
        receive: (event) => stream.pass(written(event)),
        receiveTyping: (event) => stream.pass(writtenTyping(event)),
        flushed: () => stream.flushed(),
        close: () => stream.close(),
      },
      lastEventId,
    )
    if (request.raw.destroyed) return attached.detach()
    stream = streams.open(reply, {
      heartbeat: () => ({ type: 'heartbeat', timestamp: timestamp() }) satisfies messages.PersonEvent,
      position: () => formatLivePosition(attached.position()),
      ...(actor.credential === undefined ? {} : { credential: actor.credential.hash.toString('hex') }),
      ...(actor.expiresAt === undefined ? {} : { endsAt: actor.expiresAt }),
      onClose: attached.detach,
    })
    const start = formatLivePosition(attached.start)
    stream.send({ type: 'connected', timestamp: timestamp() } satisfies messages.PersonEvent, start)
    if (attached.isReset) stream.send({ type: 'reset', timestamp: timestamp() } satisfies messages.PersonEvent, start)
    await attached.begin()
  })
}

/** Everybody gets the same bytes: an event is written out for the first and kept as long as it is told. */
const oncePerEvent = <Event extends object>(write: (event: Event) => WrittenEvent) => {
  const known = new WeakMap<Event, WrittenEvent>()
  return (event: Event): WrittenEvent => {
    let text = known.get(event)
    if (text === undefined) known.set(event, (text = write(event)))
    return text
  }
}

const presentLogged = (
  { at, happening }: LoggedEvent,
  presentMessage: EventRoutesNeeds['presentMessage'],
): messages.PersonEvent => {
  const timestamp = at.toISOString()
  switch (happening.type) {
    case 'message-posted':
    case 'message-changed':
      return { type: happening.type, message: presentMessage(happening.message), timestamp }
    case 'message-deleted':
    case 'star-changed': {
      const { type, conversationId, messageId } = happening
      return { type, conversationId, messageId, timestamp }
    }
    default:
      return { type: happening.type, conversationId: happening.conversationId, timestamp }
  }
}

const presentTyping = ({ at, conversationId, person }: TypingEvent): messages.PersonEvent => ({
  type: 'typing',
  conversationId,
  person: { id: person.id, name: person.name },
  timestamp: at.toISOString(),
})
