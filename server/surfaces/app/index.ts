/** What the web app needs beyond the five seeds. */
import type { FastifyInstance } from 'fastify'
import * as contract from '#contract/app/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { makeGetConversation, makeListByActivity } from '../../features/conversations/index.ts'
import type { makeListMessages } from '../../features/messages/index.ts'
import {
  type Asked,
  formatPosition,
  isEnded,
  PLACEHOLDER,
  type Position,
  type Replies,
  type Reply,
} from '../../features/replies/index.ts'
import { readCursor, writeCursor } from '../shared/cursor.ts'
import type { EventStreams } from '../shared/event-stream.ts'
import { followConversation } from '../shared/follow-conversation.ts'
import type { Identify } from '../shared/identify.ts'
import { serving } from '../shared/serve.ts'
import type { Surface } from '../shared/surface.ts'
import { type AccountRoutesNeeds, registerAccountRoutes } from './accounts.routes.ts'
import { appEnvelope } from './envelope.ts'
import { type EventRoutesNeeds, registerEventRoutes } from './events.routes.ts'
import { presentConversation, presentEvent, presentGroup, presentMessage, presentReply } from './present.ts'

export interface AppNeeds extends AccountRoutesNeeds, EventRoutesNeeds {
  readonly identify: Identify
  readonly clock: Clock
  readonly getConversation: ReturnType<typeof makeGetConversation>
  readonly listByActivity: ReturnType<typeof makeListByActivity>
  readonly listMessages: ReturnType<typeof makeListMessages>
  readonly replies: Replies
  readonly streams: EventStreams
}

export const appSurface = (needs: AppNeeds): Surface => ({
  name: 'app',
  envelope: appEnvelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: AppNeeds): void => {
  const { clock, replies } = needs
  const serve = serving(server, { identify: needs.identify })

  serve(contract.listModels, async ({ actor }) => {
    const [groups, choice] = await Promise.all([replies.listChoices(actor), replies.defaultChoice(actor.userId)])
    return {
      groups: groups.map(presentGroup),
      defaultModel: choice.choice === PLACEHOLDER ? null : choice.choice,
    }
  })

  serve(contract.listConversations, async ({ actor, query }) => {
    const place = query.cursor === undefined ? undefined : readCursor(query.cursor)
    const after = place && { after: { activeAt: place.at, id: place.id } }
    const { items, next } = await needs.listByActivity(actor, { limit: query.limit, ...after })
    return {
      data: items.map(presentConversation),
      nextCursor: next ? writeCursor({ ...next, at: next.activeAt }) : null,
    }
  })

  serve(contract.createConversation, async ({ actor, body }) => {
    const choice = choiceOf(body.model)
    return presentAsked(await replies.askInNew(actor, { content: body.content, choice, makesTitle: true }))
  })

  serve(contract.readConversation, async ({ actor, params }) => {
    const found = await replies.findLatest(actor, params.id)
    // Team conversations are read elsewhere; only their replies are followed here.
    if (found === undefined || found.conversation.kind === 'team') throw new AppError('conversation.not_found')
    return {
      conversation: presentConversation(found.conversation),
      latestReply: found.reply === undefined ? null : presentReply(found.reply),
      position: formatPosition(positionBefore(found.reply)),
    }
  })

  serve(contract.listMessages, async ({ actor, params, query }) => {
    const before = query.before === undefined ? {} : { before: query.before }
    const { messages, hasMore } = await needs.listMessages(actor, params.id, { limit: query.limit, ...before })
    return { data: messages.map(presentMessage), hasMore }
  })

  serve(contract.postMessage, async ({ actor, params, body }) => {
    const choice = choiceOf(body.model)
    return presentAsked(await replies.ask(actor, params.id, { content: body.content, choice, makesTitle: false }))
  })

  serve(contract.retryReply, async ({ actor, params, body }) => ({
    reply: presentReply(await replies.askAgain(actor, params.id, choiceOf(body.model))),
  }))

  serve(contract.stopReply, async ({ actor, params }) => replies.stop(actor, params.id))

  serve(contract.streamConversation, async ({ actor, params, query, request, reply }) => {
    await followConversation({
      replies,
      streams: needs.streams,
      actor,
      conversationId: params.id,
      request,
      reply,
      lastEventId: query.lastEventId,
      // The page reads the conversation first, so that what has ended is there already.
      replayMs: 0,
      connected: () => ({ type: 'connected', timestamp: clock.now().toISOString() }),
      heartbeat: () => ({ type: 'heartbeat', timestamp: clock.now().toISOString() }),
      present: (event) => presentEvent(event, clock.now()),
    })
  })

  registerEventRoutes(serve, needs)
  registerAccountRoutes(serve, needs)

  /** The placeholder is nobody's choice. */
  function choiceOf(model: string) {
    if (model === PLACEHOLDER) throw new AppError('model.not_available')
    return replies.parseChoice(model)
  }
}

/** A reader from here gets a reply that is not over yet from its start, and nothing of one that is. */
const positionBefore = (latest: Reply | undefined): Position => {
  const ordinal = latest === undefined ? 0 : isEnded(latest) ? latest.ordinal : latest.ordinal - 1
  return { ordinal, offset: 0, hasEnded: true }
}

const presentAsked = ({ conversation, message, reply }: Asked) => ({
  conversation: presentConversation(conversation),
  message: presentMessage(message),
  reply: presentReply(reply),
})
