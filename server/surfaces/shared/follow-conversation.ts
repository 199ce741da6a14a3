/** Opens a conversation's stream for a surface; only how an event is spelled differs between surfaces. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '#kernel/actor.ts'
import type { Replies, ReplyEvent } from '../../features/replies/index.ts'
import { formatPosition, parsePosition } from '../../features/replies/index.ts'
import type { EventStreams } from './event-stream.ts'

export interface FollowOptions {
  readonly replies: Replies
  readonly streams: EventStreams
  readonly actor: Actor
  readonly conversationId: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** The position in the query, for clients that can't set headers. */
  readonly lastEventId: string | undefined
  /** A fresh reader also gets a reply that ended less than this ago, in milliseconds. */
  readonly replayMs: number
  /** What the reader gets first. */
  readonly connected: () => unknown
  readonly heartbeat: () => unknown
  /** An event in the words of the surface; undefined where it has none. */
  readonly present: (event: ReplyEvent) => unknown
}

/** Resolves once the stream is open; fails before its first byte with `conversation.not_found`. */
export const followConversation = async (options: FollowOptions): Promise<void> => {
  // What lives as long as the stream holds only what it needs: not `options`, on which the request hangs.
  const { replies, streams, actor, request, reply, present } = options
  const header = request.headers['last-event-id']
  const from = parsePosition(typeof header === 'string' ? header : options.lastEventId)
  let detach = () => {}
  // Assigned before `begin`: no event comes earlier.
  let stream!: ReturnType<EventStreams['open']>
  const attached = await replies.follow(
    actor,
    options.conversationId,
    {
      receive(event, position) {
        const data = present(event)
        if (data !== undefined) stream.send(data, formatPosition(position))
      },
      close: () => stream.close(),
    },
    { ...(from === undefined ? {} : { from }), replayMs: options.replayMs },
  )
  detach = attached.detach
  if (request.raw.destroyed) return detach()
  stream = streams.open(reply, {
    heartbeat: options.heartbeat,
    ...(actor.credential === undefined ? {} : { credential: actor.credential.hash.toString('hex') }),
    ...(actor.expiresAt === undefined ? {} : { endsAt: actor.expiresAt }),
    onClose: () => detach(),
  })
  stream.send(options.connected(), formatPosition(attached.position))
  attached.begin()
}
