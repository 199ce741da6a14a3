/** Everything that people do with team conversations and who is in them, put together. */
import type { AppError } from '#kernel/errors.ts'
import { makeAddMembers, makeChangeRole, makeRemoveMember } from './change-members.ts'
import { type ChangeNeeds, makeDeleteTeam, makeRenameTeam } from './change-team.ts'
import { makeCreateTeamConversation } from './create-team-conversation.ts'
import { makeFindPeople } from './find-people.ts'
import { makeGetTeamConversation, makeListMembers, makeListTeamConversations } from './list-team-conversations.ts'
import { makeMarkRead } from './read-marks.ts'

export interface TeamsNeeds extends ChangeNeeds {
  /** Tells `conversation.forbidden` from `conversation.not_found`. */
  readonly explainHidden: (id: string) => Promise<AppError>
  /** Hears of every conversation that was deleted. */
  readonly onDeleted: (id: string) => void
}

export type Teams = ReturnType<typeof makeTeams>

export const makeTeams = (needs: TeamsNeeds) => ({
  findPeople: makeFindPeople(needs),
  list: makeListTeamConversations(needs),
  get: makeGetTeamConversation(needs),
  create: makeCreateTeamConversation(needs),
  rename: makeRenameTeam(needs),
  delete: makeDeleteTeam(needs),
  listMembers: makeListMembers(needs),
  addMembers: makeAddMembers(needs),
  changeRole: makeChangeRole(needs),
  removeMember: makeRemoveMember(needs),
  markRead: makeMarkRead(needs),
})
