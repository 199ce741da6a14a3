/** Finds people whom one can write to or add. */
import type { Actor } from '#kernel/actor.ts'
import type { TeamPerson } from './team.ts'
import type { TeamStore } from './team-store.ts'

/** Most people that one search finds. */
const MAX_FOUND = 20

/**
 * Those whom the actor shares a conversation with and whose name contains `q`, and anybody whose e-mail address is `q`:
 * knowing that is what makes somebody a stranger no longer. At most 20; whoever was asked for by address comes first.
 */
export const makeFindPeople =
  ({ store }: { store: TeamStore }) =>
  async (actor: Actor, given: string): Promise<TeamPerson[]> => {
    const q = given.trim()
    const [addressed, companions] = await Promise.all([
      q.includes('@') ? store.findByEmail(actor, q.toLowerCase(), MAX_FOUND) : [],
      store.findCompanions(actor, q, MAX_FOUND),
    ])
    const others = companions.filter(({ id }) => addressed.every((person) => person.id !== id))
    return [...addressed, ...others].slice(0, MAX_FOUND)
  }
