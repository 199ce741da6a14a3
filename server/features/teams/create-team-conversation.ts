/** Starts groups and direct conversations. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { TeamConversation } from './team.ts'
import type { TeamStore } from './team-store.ts'

export type NewTeamConversation =
  | { readonly type: 'group'; readonly title: string; readonly personIds: readonly string[] }
  | { readonly type: 'direct'; readonly personId: string }

/**
 * A group with the actor as its owner, or the one direct conversation with somebody, which may be there already.
 * Fails with `person.not_found`, and with `request.invalid` for a direct conversation with oneself.
 */
export const makeCreateTeamConversation = ({
  store,
  clock,
  newId,
}: {
  store: TeamStore
  clock: Clock
  newId: NewId
}) => {
  const createGroup = async (actor: Actor, title: string, personIds: readonly string[]) => {
    const others = new Set(personIds.map((id) => id.toLowerCase()))
    others.delete(actor.userId)
    const group = { id: newId(), title, personIds: [...others], now: clock.now() }
    return (await store.createGroup(actor, group)) ? group.id : undefined
  }
  const findOrCreateDirect = (actor: Actor, givenId: string) => {
    const personId = givenId.toLowerCase()
    if (personId === actor.userId) throw somebodyElse()
    return store.findOrCreateDirect(actor, { id: newId(), personId, now: clock.now() })
  }

  return async (actor: Actor, given: NewTeamConversation): Promise<TeamConversation> => {
    const id =
      given.type === 'group'
        ? await createGroup(actor, given.title, given.personIds)
        : await findOrCreateDirect(actor, given.personId)
    if (id === undefined) throw new AppError('person.not_found')
    const conversation = await store.find(actor, id)
    if (conversation === undefined) throw new AppError('conversation.forbidden')
    return conversation
  }
}

const somebodyElse = () =>
  new AppError('request.invalid', {
    issues: [{ part: 'body', path: ['personId'], rule: 'other', message: 'must be somebody else' }],
  })
