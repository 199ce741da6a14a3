/** Renames and deletes groups. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { deleted, renamed, type Roster, type RosterChange } from './roster.ts'
import type { TeamConversation } from './team.ts'
import type { TeamStore } from './team-store.ts'

export interface ChangeNeeds {
  readonly store: TeamStore
  readonly clock: Clock
  readonly newId: NewId
}

/** What all changes of a team conversation have in common. Fails with `conversation.not_found` and as `decide` does. */
export const makeChangeRoster =
  ({ store, clock, newId }: ChangeNeeds) =>
  async (
    actor: Actor,
    conversationId: string,
    personIds: readonly string[],
    decide: (roster: Roster) => RosterChange,
  ): Promise<void> => {
    const wish = { conversationId, personIds, decide, messageId: newId(), now: clock.now() }
    if (!(await store.change(actor, wish))) throw new AppError('conversation.not_found')
  }

/** Owner and admins. Fails as `renamed` does, and with `conversation.not_found`. */
export const makeRenameTeam = (needs: ChangeNeeds) => {
  const change = makeChangeRoster(needs)
  return async (actor: Actor, id: string, title: string): Promise<TeamConversation> => {
    await change(actor, id, [], (roster) => renamed(roster, actor.userId, title))
    const conversation = await needs.store.find(actor, id)
    if (conversation === undefined) throw new AppError('conversation.forbidden')
    return conversation
  }
}

/**
 * With all of its messages and files; tells `onDeleted`, so that a reply that is being written there stops. The owner.
 * Fails as `deleted` does, and with `conversation.not_found`.
 */
export const makeDeleteTeam = ({ onDeleted, ...needs }: ChangeNeeds & { onDeleted: (id: string) => void }) => {
  const change = makeChangeRoster(needs)
  return async (actor: Actor, id: string): Promise<void> => {
    await change(actor, id, [], (roster) => deleted(roster, actor.userId))
    onDeleted(id)
  }
}
