/** Messages of team conversations: reading, posting, changing, marking; under seed 1's problem details. */
import * as contract from '#contract/messages/index.ts'
import type { MarkCursor, TeamMessage, TeamMessages } from '../../features/messages/index.ts'
import { readCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'
import { presentTeamMessage } from './present.ts'

export const registerTeamMessageRoutes = (serve: Serve, messages: TeamMessages): void => {
  serve(contract.listTeamMessages, async ({ actor, params, query }) => {
    const { messages: found, hasOlder, hasNewer } = await messages.list(actor, params.id, query)
    return { data: found.map(presentTeamMessage), hasOlder, hasNewer }
  })

  serve(contract.postTeamMessage, async ({ actor, params, body }) =>
    presentTeamMessage(await messages.post(actor, params.id, body)),
  )

  serve(contract.readTeamMessage, async ({ actor, params }) => presentTeamMessage(await messages.get(actor, params.id)))

  serve(contract.editTeamMessage, async ({ actor, params, body }) =>
    presentTeamMessage(await messages.edit(actor, params.id, body)),
  )

  serve(contract.deleteTeamMessage, ({ actor, params }) => messages.delete(actor, params.id))

  serve(contract.pinMessage, ({ actor, params }) => messages.pin(actor, params.id))

  serve(contract.unpinMessage, ({ actor, params }) => messages.unpin(actor, params.id))

  serve(contract.starMessage, ({ actor, params }) => messages.star(actor, params.id))

  serve(contract.unstarMessage, ({ actor, params }) => messages.unstar(actor, params.id))

  serve(contract.listPins, async ({ actor, params, query }) =>
    presentMarkedPage(await messages.listPins(actor, params.id, markPage(query))),
  )

  serve(contract.listStars, async ({ actor, query }) =>
    presentMarkedPage(await messages.listStars(actor, markPage(query))),
  )

  serve(contract.tagMessage, async ({ actor, params, body }) =>
    presentTeamMessage(await messages.tag(actor, params.id, body.workTypeId)),
  )
}

const markPage = ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => ({
  limit,
  ...(cursor === undefined ? {} : { after: readCursor(cursor) }),
})

const presentMarkedPage = ({ messages, next }: { messages: TeamMessage[]; next: MarkCursor | undefined }) => ({
  data: messages.map(presentTeamMessage),
  nextCursor: next === undefined ? null : writeCursor(next),
})
