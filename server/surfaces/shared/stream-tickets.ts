/** Tickets that open one stream, for clients that cannot send headers (contracts, decision 8): a token never goes into a URL. */
import type { FastifyRequest } from 'fastify'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { Identify } from './identify.ts'

/** How long a ticket may be used, in seconds. */
const TICKET_SECONDS = 60

/** Seals a payload for a while: nobody else can make or change one. */
export interface TicketBox {
  seal(payload: object, ttlSeconds: number): string
  /** Undefined when it was forged, changed or is too old. */
  open(ticket: string): unknown
}

export interface StreamTickets {
  make(actor: Actor, conversationId: string): { ticket: string; expiresAt: string }
  /** Who is asking, by the ticket in the query where there is one, for the conversation in the path only. */
  identifyingBy(identify: Identify): Identify
}

interface Payload {
  readonly conversation: string
  readonly user: string
  readonly subject: string
  readonly credential: { kind: 'session' | 'access_token'; hash: string } | null
  readonly endsAt: string | null
}

/** `uuidOf` reads the conversation out of a path parameter, in whatever spelling the surface has. */
export const makeStreamTickets = (
  box: TicketBox,
  clock: Clock,
  uuidOf: (id: string) => string | undefined,
): StreamTickets => ({
  make(actor, conversation) {
    const payload: Payload = {
      conversation,
      user: actor.userId,
      subject: actor.subject,
      credential: actor.credential
        ? { kind: actor.credential.kind, hash: actor.credential.hash.toString('base64url') }
        : null,
      endsAt: actor.expiresAt?.toISOString() ?? null,
    }
    return {
      ticket: box.seal(payload, TICKET_SECONDS),
      expiresAt: new Date(clock.now().getTime() + TICKET_SECONDS * 1000).toISOString(),
    }
  },
  identifyingBy: (identify) => async (request) => {
    const ticket = (request.query as { ticket?: unknown }).ticket
    if (ticket === undefined || request.headers.authorization !== undefined) return identify(request)
    return actorOf(typeof ticket === 'string' ? box.open(ticket) : undefined, request, uuidOf)
  },
})

const actorOf = (opened: unknown, request: FastifyRequest, uuidOf: (id: string) => string | undefined): Actor => {
  const payload = opened as Payload | undefined
  if (payload === undefined || uuidOf((request.params as { id: string }).id) !== payload.conversation) {
    throw new AppError('identity.invalid')
  }
  return {
    userId: payload.user,
    subject: payload.subject,
    ...(payload.credential
      ? { credential: { kind: payload.credential.kind, hash: Buffer.from(payload.credential.hash, 'base64url') } }
      : {}),
    ...(payload.endsAt ? { expiresAt: new Date(payload.endsAt) } : {}),
  }
}
