/** Seed 1: the message page, and the team endpoints beside it under the same problem details. */
import type { FastifyInstance } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import type { makeListMessagePage, makeListSharedMessages, TeamMessages } from '../../features/messages/index.ts'
import type { Identify } from '../shared/identify.ts'
import { presentSeed4Message } from '../shared/seed4-message.ts'
import { serving } from '../shared/serve.ts'
import type { Surface } from '../shared/surface.ts'
import { messagesEnvelope } from './envelope.ts'
import { type FileFormatsNeeds, registerFileFormatsRoutes } from './file-formats.routes.ts'
import { type FileListNeeds, registerFileListRoutes } from './file-list.routes.ts'
import { type FilesRoutesNeeds, registerFilesRoutes } from './files.routes.ts'
import { presentMessage } from './present.ts'
import { type PictureRoutesNeeds, registerPictureRoutes } from './pictures.routes.ts'
import { registerTaskRoutes } from './tasks.routes.ts'
import { registerTeamMessageRoutes } from './team-messages.routes.ts'
import { registerTeamsRoutes, type TeamsRoutesNeeds } from './teams.routes.ts'
import { registerUploadsRoutes, type UploadsRoutesNeeds } from './uploads.routes.ts'

export interface MessagesNeeds
  extends TeamsRoutesNeeds, FileFormatsNeeds, FileListNeeds, FilesRoutesNeeds, PictureRoutesNeeds, UploadsRoutesNeeds {
  readonly identify: Identify
  /** Both tell a foreign conversation (403) from a missing one (404). */
  readonly listMessages: ReturnType<typeof makeListSharedMessages>
  readonly listMessagePage: ReturnType<typeof makeListMessagePage>
  readonly teamMessages: TeamMessages
}

export const messagesSurface = (needs: MessagesNeeds): Surface => ({
  name: 'messages',
  envelope: messagesEnvelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: MessagesNeeds): void => {
  const serve = serving(server, { identify: needs.identify })
  registerTeamsRoutes(serve, needs)
  registerTeamMessageRoutes(serve, needs.teamMessages)
  registerTaskRoutes(serve, needs.teamMessages)
  registerFileListRoutes(serve, needs)
  registerFilesRoutes(server, needs)
  registerUploadsRoutes(server, needs)
  registerPictureRoutes(server, needs)
  registerFileFormatsRoutes(serve, needs)

  serve(contract.listMessages, async ({ actor, params, query }) => {
    if ('page' in query) {
      const { messages, total } = await needs.listMessagePage(actor, params.conversationId, query)
      return { data: messages.map(presentSeed4Message), pagination: { ...query, total } }
    }
    const { limit, before, workTypeId } = query
    const page = await needs.listMessages(actor, params.conversationId, {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(workTypeId === undefined ? {} : { workTypeId }),
    })
    const oldest = page.messages.at(-1)
    return {
      data: page.messages.map(presentMessage),
      hasMore: page.hasMore,
      ...(oldest ? { oldestMessageId: oldest.id } : {}),
    }
  })
}
