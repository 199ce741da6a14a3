/** Seed 1: the message page, and the team endpoints that come later under the same problem details. */
import type { FastifyInstance } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import type { makeListMessagePage, makeListMessages } from '../../features/messages/index.ts'
import type { Identify } from '../shared/identify.ts'
import { presentSeed4Message } from '../shared/seed4-message.ts'
import { serving } from '../shared/serve.ts'
import type { Surface } from '../shared/surface.ts'
import { messagesEnvelope } from './envelope.ts'
import { presentMessage } from './present.ts'

export interface MessagesNeeds {
  readonly identify: Identify
  /** Both tell a foreign conversation (403) from a missing one (404). */
  readonly listMessages: ReturnType<typeof makeListMessages>
  readonly listMessagePage: ReturnType<typeof makeListMessagePage>
}

export const messagesSurface = (needs: MessagesNeeds): Surface => ({
  name: 'messages',
  envelope: messagesEnvelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: MessagesNeeds): void => {
  const serve = serving(server, { identify: needs.identify })

  serve(contract.listMessages, async ({ actor, params, query }) => {
    if ('page' in query) {
      const { messages, total } = await needs.listMessagePage(actor, params.conversationId, query)
      return { data: messages.map(presentSeed4Message), pagination: { ...query, total } }
    }
    const { limit, before, workTypeId } = query
    const page = await needs.listMessages(actor, params.conversationId, { limit, ...(before ? { before } : {}) })
    // Work types belong to team conversations: nothing else has one.
    if (workTypeId !== undefined) return { data: [], hasMore: false }
    const oldest = page.messages.at(-1)
    return {
      data: page.messages.map(presentMessage),
      hasMore: page.hasMore,
      ...(oldest ? { oldestMessageId: oldest.id } : {}),
    }
  })
}
