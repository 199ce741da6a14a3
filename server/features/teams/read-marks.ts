/** Moves read marks. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Unread } from './team.ts'
import type { TeamStore } from './team-store.ts'

/**
 * Moves the actor's read mark to a message, or to the end; never back. Fails with `message.not_found`,
 * `conversation.forbidden` and `conversation.not_found`.
 */
export const makeMarkRead =
  ({ store, explainHidden }: { store: TeamStore; explainHidden: (id: string) => Promise<AppError> }) =>
  async (actor: Actor, id: string, messageId: string | undefined): Promise<Unread> => {
    const marked = await store.markRead(actor, id, messageId)
    if (marked === 'unreadable') throw await explainHidden(id)
    if (marked === 'unknown') throw new AppError('message.not_found')
    return marked
  }
