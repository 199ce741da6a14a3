/** Team conversations and their members, under seed 1's problem details. */
import type { z } from 'zod'
import * as contract from '#contract/messages/index.ts'
import type { Actor } from '#kernel/actor.ts'
import { abilitiesOf, type Member, type TeamConversation, type Teams, type Unread } from '../../features/teams/index.ts'
import { readCursor, readIdCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'

export interface TeamsRoutesNeeds {
  readonly teams: Teams
  readonly live: {
    /** Tells the other members that somebody is writing. Fails as reading the conversation does. */
    typing(actor: Actor, conversationId: string): Promise<void>
  }
}

export const registerTeamsRoutes = (serve: Serve, { teams, live }: TeamsRoutesNeeds): void => {
  serve(contract.listPeople, async ({ actor, query }) => ({ data: await teams.findPeople(actor, query.q) }))

  serve(contract.listTeamConversations, async ({ actor, query }) => {
    const place = query.cursor === undefined ? undefined : readCursor(query.cursor)
    const after = place && { after: { activeAt: place.at, id: place.id } }
    const { items, next } = await teams.list(actor, { limit: query.limit, ...after })
    return {
      data: items.map(presentTeamConversation),
      nextCursor: next ? writeCursor({ at: next.activeAt, id: next.id }) : null,
    }
  })

  serve(contract.createTeamConversation, async ({ actor, body }) =>
    presentTeamConversation(await teams.create(actor, body)),
  )

  serve(contract.readTeamConversation, async ({ actor, params }) =>
    presentTeamConversation(await teams.get(actor, params.id)),
  )

  serve(contract.updateTeamConversation, async ({ actor, params, body }) =>
    presentTeamConversation(await teams.rename(actor, params.id, body.title)),
  )

  serve(contract.deleteTeamConversation, ({ actor, params }) => teams.delete(actor, params.id))

  serve(contract.listMembers, async ({ actor, params, query }) => {
    const after = query.cursor === undefined ? {} : { after: readIdCursor(query.cursor) }
    const named = query.q === undefined ? {} : { q: query.q }
    const { items, next } = await teams.listMembers(actor, params.id, { limit: query.limit, ...after, ...named })
    return { data: items.map(presentMember), nextCursor: next ?? null }
  })

  serve(contract.addMembers, async ({ actor, params, body }) => ({
    data: (await teams.addMembers(actor, params.id, body.personIds)).map(presentMember),
  }))

  serve(contract.changeRole, async ({ actor, params, body }) =>
    presentMember(await teams.changeRole(actor, params.id, { personId: params.personId, role: body.role })),
  )

  serve(contract.removeMember, ({ actor, params }) => teams.removeMember(actor, params.id, params.personId))

  serve(contract.markRead, async ({ actor, params, body }) =>
    presentUnread(await teams.markRead(actor, params.id, body.messageId)),
  )

  serve(contract.sayTyping, ({ actor, params }) => live.typing(actor, params.id))
}

const presentUnread = ({ readAt, unreadCount, mentionCount }: Unread) => ({
  readAt: readAt.toISOString(),
  unreadCount,
  mentionCount,
})

const presentTeamConversation = (conversation: TeamConversation): z.output<typeof contract.teamConversation> => ({
  id: conversation.id,
  type: conversation.type,
  title: conversation.title,
  otherPerson: conversation.otherPerson,
  role: conversation.role,
  memberCount: conversation.memberCount,
  messageCount: conversation.messageCount,
  preview: conversation.preview,
  ...presentUnread(conversation),
  createdAt: conversation.createdAt.toISOString(),
  activeAt: conversation.activeAt.toISOString(),
  can: abilitiesOf(conversation.type, conversation.role),
})

const presentMember = (member: Member): z.output<typeof contract.member> => ({
  id: member.id,
  name: member.name,
  role: member.role,
  joinedAt: member.joinedAt.toISOString(),
  readAt: member.readAt.toISOString(),
})
