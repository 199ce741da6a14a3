/** Seed 2: `/api/v1`, what a mobile chat app speaks. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import * as contract from '#contract/chat-v1/index.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type {
  Conversation,
  makeCreateConversation,
  makeGetConversation,
  makeListByActivity,
} from '../../features/conversations/index.ts'
import type { makeListMessages } from '../../features/messages/index.ts'
import { PLACEHOLDER, type Replies } from '../../features/replies/index.ts'
import type { CarryOutOnce } from '../../features/request-keys/index.ts'
import type { EventStreams } from '../shared/event-stream.ts'
import { followConversation } from '../shared/follow-conversation.ts'
import type { Identify } from '../shared/identify.ts'
import { makeRateLimit } from '../shared/rate-limit.ts'
import { serving } from '../shared/serve.ts'
import type { StreamTickets } from '../shared/stream-tickets.ts'
import type { Surface } from '../shared/surface.ts'
import { chatV1Envelope, wrapSuccess } from './envelope.ts'
import { makeOnce } from './idempotency.ts'
import { fromCuid, toCuid } from './ids.ts'
import { presentConversation, presentEvent, presentListItem, presentMessage } from './present.ts'

export interface ChatV1Needs {
  readonly identify: Identify
  readonly clock: Clock
  /** Of one person; 0: any number. */
  readonly requestsPerMinute: number
  readonly carryOutOnce: CarryOutOnce
  readonly createConversation: ReturnType<typeof makeCreateConversation>
  readonly getConversation: ReturnType<typeof makeGetConversation>
  readonly listByActivity: ReturnType<typeof makeListByActivity>
  readonly listMessages: ReturnType<typeof makeListMessages>
  readonly replies: Replies
  readonly streams: EventStreams
  readonly tickets: StreamTickets
  /** Fails when the database does not answer. */
  readonly checkDatabase: () => Promise<void>
}

/**
 * How long ago a reply may have ended to be shown to a fresh reader, in milliseconds: clients post first and open the
 * stream afterwards, and a fast model has answered by then.
 */
const REPLAY_MS = 10_000

export const chatV1Surface = (needs: ChatV1Needs): Surface => ({
  name: 'chat-v1',
  envelope: chatV1Envelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: ChatV1Needs): void => {
  const { clock, replies } = needs
  const limitRate = makeRateLimit(needs.requestsPerMinute, clock)
  const admit = ({ userId }: Actor, reply: FastifyReply) => limitRate(userId, reply)
  const serve = serving(server, { identify: needs.identify, present: wrapSuccess(clock), admit })
  // The stream is opened by a ticket too, where a client cannot send headers.
  const serveStream = serving(server, { identify: needs.tickets.identifyingBy(needs.identify), admit })
  const once = makeOnce(needs.carryOutOnce)

  serve(contract.createConversation, (call) => {
    const { title = null, initialMessage } = call.body
    const metadata = firstMetadata(call.body.title, call.body.metadata)
    return once(contract.createConversation, call, {
      conversationId: null,
      work: async (actor) => {
        if (initialMessage !== undefined) return openedWith(actor, initialMessage, title, metadata)
        const given = { ...(title === null ? {} : { title }), metadata }
        return { conversation: await needs.createConversation(actor, given) }
      },
      answer: ({ conversation }) => presentConversation(conversation!, call.actor.subject),
    })
  })

  const openedWith = async (
    actor: Actor,
    content: string,
    title: string | null,
    metadata: Record<string, unknown> | null,
  ): Promise<{ conversation: Conversation }> => {
    const choice = await replies.defaultChoice(actor.userId)
    if (choice.choice === PLACEHOLDER) {
      return replies.answerWithPlaceholder(actor, content, title, metadata)
    }
    const prompt = { content, choice, metadata, makesTitle: false }
    return replies.askInNew(actor, prompt, title)
  }

  serve(contract.listConversations, async ({ actor, query }) => {
    const after = query.before === undefined ? undefined : await cursorOf(actor, query.before)
    const { items } = await needs.listByActivity(actor, { limit: query.limit, ...(after ? { after } : {}) })
    return items.map(presentListItem)
  })

  const cursorOf = async (actor: Actor, id: string): Promise<Conversation> => {
    try {
      return await needs.getConversation(actor, uuidOf(id))
    } catch (error) {
      if (error instanceof AppError && error.kind === 'not_found') throw unknownCursor('one of your conversations')
      throw error
    }
  }

  serve(contract.readHistory, async ({ actor, params, query }) => {
    // Digits beyond 128 bits name no message: the nil UUID doesn't either.
    const before = query.before === undefined ? {} : { before: fromCuid(query.before) ?? NIL }
    const { messages } = await needs.listMessages(actor, uuidOf(params.id), { limit: query.limit, ...before })
    return messages.toReversed().map((message) => presentMessage(message, actor.subject))
  })

  serve(contract.postMessage, async (call) => {
    const { params, body } = call
    const conversationId = uuidOf(params.id)
    return once(contract.postMessage, call, {
      conversationId,
      work: async (actor) => {
        const choice = await replies.defaultChoice(actor.userId)
        return replies.ask(actor, conversationId, { content: body.content, choice, makesTitle: false })
      },
      answer: ({ message }) => presentMessage(message!, call.actor.subject),
    })
  })

  serve(contract.createStreamTicket, async ({ actor, params }) => {
    const { id } = await needs.getConversation(actor, uuidOf(params.id))
    return needs.tickets.make(actor, id)
  })

  serveStream(contract.streamConversation, async ({ actor, params, query, request, reply }) => {
    await followConversation({
      replies,
      streams: needs.streams,
      actor,
      conversationId: uuidOf(params.id),
      request,
      reply,
      lastEventId: query.lastEventId,
      replayMs: REPLAY_MS,
      connected: () => ({
        type: 'connected',
        conversationId: toCuid(uuidOf(params.id)),
        timestamp: clock.now().toISOString(),
      }),
      heartbeat: () => ({ type: 'heartbeat', timestamp: clock.now().toISOString() }),
      present: (event) => presentEvent(event, clock.now()),
    })
  })

  const health = () => ({
    status: 'ok' as const,
    timestamp: clock.now().toISOString(),
    environment: 'production',
  })
  serve(contract.health, async () => health())
  serve(contract.ready, async () => {
    await needs.checkDatabase()
    return { ...health(), checks: { database: 'ok' as const, redis: 'not configured' as const } }
  })
}

/** What the first message carries: the title and the caller's own data (contracts, 2.2); null when there is neither. */
const firstMetadata = (title: string | undefined, metadata: Record<string, unknown> | undefined) =>
  title === undefined && metadata === undefined ? null : { ...(title === undefined ? {} : { title }), ...metadata }

/** The id that nothing has. */
const NIL = '00000000-0000-0000-0000-000000000000'

/** A `before` that is well formed and leads nowhere. */
const unknownCursor = (wanted: string): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'query', path: ['before'], rule: 'other', message: `must be ${wanted}` }],
  })

/** The contract has checked the form; digits beyond 128 bits name nothing. */
const uuidOf = (id: string): string => {
  const uuid = fromCuid(id)
  if (uuid === undefined) throw new AppError('conversation.not_found')
  return uuid
}

/** Reads a conversation's id in either spelling, for whoever must compare one. */
export { fromCuid as uuidOfChatV1 } from './ids.ts'
