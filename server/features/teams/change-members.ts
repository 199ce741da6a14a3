/** Adds people to groups, changes their roles, and takes them out. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import { type ChangeNeeds, makeChangeRoster } from './change-team.ts'
import { withAdded, withRemoved, withRole } from './roster.ts'
import type { Member, Role } from './team.ts'

/**
 * Makes people members, and returns them as they are now, by name. Owner and admins. All of them or, when one does not
 * exist or there is no room, nobody. Fails as `withAdded` does, and with `conversation.not_found`.
 */
export const makeAddMembers = (needs: ChangeNeeds) => {
  const change = makeChangeRoster(needs)
  return async (actor: Actor, id: string, given: readonly string[]): Promise<Member[]> => {
    const personIds = given.map((personId) => personId.toLowerCase())
    await change(actor, id, personIds, (roster) => withAdded(roster, actor.userId, personIds))
    return needs.store.findMembers(actor, id, personIds)
  }
}

/** Promotes, demotes, or hands the group over. The owner. Fails as `withRole` does, and with `conversation.not_found`. */
export const makeChangeRole = (needs: ChangeNeeds) => {
  const change = makeChangeRoster(needs)
  return async (actor: Actor, id: string, given: { personId: string; role: Role }): Promise<Member> => {
    const personId = given.personId.toLowerCase()
    await change(actor, id, [personId], (roster) => withRole(roster, actor.userId, personId, given.role))
    const [member] = await needs.store.findMembers(actor, id, [personId])
    if (member === undefined) throw new AppError('member.not_found')
    return member
  }
}

/** Takes somebody out of a group, or oneself. Fails as `withRemoved` does, and with `conversation.not_found`. */
export const makeRemoveMember = (needs: ChangeNeeds) => {
  const change = makeChangeRoster(needs)
  return (actor: Actor, id: string, given: string): Promise<void> => {
    const personId = given.toLowerCase()
    return change(actor, id, [personId], (roster) => withRemoved(roster, actor.userId, personId))
  }
}
