/** Seed 4: conversations with a model under the person's own key. */
import type { FastifyInstance } from 'fastify'
import * as contract from '#contract/conversations/index.ts'
import { AppError, toAppError } from '#kernel/errors.ts'
import type {
  makeDeleteConversation,
  makeGetConversation,
  makeListByCreation,
  makeRenameConversation,
} from '../../features/conversations/index.ts'
import type { Replies } from '../../features/replies/index.ts'
import type { Identify } from '../shared/identify.ts'
import { presentSeed4Message } from '../shared/seed4-message.ts'
import { serving } from '../shared/serve.ts'
import type { Surface } from '../shared/surface.ts'
import { type AccountRoutesNeeds, registerAccountRoutes } from './accounts.routes.ts'
import { conversationsEnvelope } from './envelope.ts'
import { presentConversation } from './present.ts'

export interface ConversationsNeeds extends AccountRoutesNeeds {
  readonly identify: Identify
  readonly listByCreation: ReturnType<typeof makeListByCreation>
  readonly getConversation: ReturnType<typeof makeGetConversation>
  readonly renameConversation: ReturnType<typeof makeRenameConversation>
  readonly deleteConversation: ReturnType<typeof makeDeleteConversation>
  readonly replies: Replies
}

export const conversationsSurface = (needs: ConversationsNeeds): Surface => ({
  name: 'conversations',
  envelope: conversationsEnvelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: ConversationsNeeds): void => {
  const serve = serving(server, { identify: needs.identify })

  serve(contract.listConversations, async ({ actor, query }) => {
    const { items, total } = await needs.listByCreation(actor, query).catch(inTheSeedsWords)
    return { data: items.map(presentConversation), pagination: { ...query, total } }
  })

  serve(contract.createConversation, async ({ actor, body }) => {
    const { conversation, messages } = await needs.replies.answerInNew(actor, body)
    return { conversation: presentConversation(conversation), messages: messages.map(presentSeed4Message) }
  })

  serve(contract.readConversation, async ({ actor, params }) =>
    presentConversation(await needs.getConversation(actor, params.id)),
  )

  serve(contract.renameConversation, async ({ actor, params, body }) =>
    presentConversation(await needs.renameConversation(actor, params.id, body.title)),
  )

  serve(contract.deleteConversation, async ({ actor, params }) => needs.deleteConversation(actor, params.id))

  serve(contract.postMessage, async ({ actor, params, body }) => {
    const messages = await needs.replies.answer(actor, params.id, body)
    return messages.map(presentSeed4Message)
  })

  serve(contract.branchConversation, async ({ actor, params, body }) =>
    presentConversation(await needs.replies.branch(actor, params.id, params.messageId, body.type)),
  )

  serve(contract.listModels, async ({ actor }) => ({
    data: (await needs.replies.listByName(actor)).map(({ id, name }) => ({ id, name })),
  }))

  registerAccountRoutes(serve, needs)
}

/** What went wrong inside has a sentence of its own in the seed's list (contracts, 4.2). */
const inTheSeedsWords = (thrown: unknown): never => {
  const error = toAppError(thrown)
  if (error.code !== 'server.internal') throw error
  throw new AppError(error.code, { message: 'Failed to retrieve conversations', cause: error.cause })
}
