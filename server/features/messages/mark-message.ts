/** Pins messages for everybody in their conversation, and stars them for oneself. Doing it twice is doing it once. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { TeamMessageStore } from './team-message-store.ts'

interface Needs {
  store: TeamMessageStore
  clock: Clock
}

export const makePinMessage = ({ store, clock }: Needs) => found((actor, id) => store.pin(actor, id, clock.now()))

export const makeUnpinMessage = ({ store }: Needs) => found((actor, id) => store.unpin(actor, id))

export const makeStarMessage = ({ store, clock }: Needs) => found((actor, id) => store.star(actor, id, clock.now()))

export const makeUnstarMessage = ({ store }: Needs) => found((actor, id) => store.unstar(actor, id))

/** Fails with `message.not_found` where nothing was found to be marked. */
const found =
  (mark: (actor: Actor, id: string) => Promise<boolean>) =>
  async (actor: Actor, id: string): Promise<void> => {
    if (!(await mark(actor, id))) throw new AppError('message.not_found')
  }
