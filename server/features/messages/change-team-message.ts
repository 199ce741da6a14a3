/** Edits and deletes messages of team conversations, and tags them with work types. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { previewOf } from '../conversations/index.ts'
import type { TeamMessage } from './message.ts'
import { eachOnce, refusalOf } from './post-team-message.ts'
import type { TeamMessageStore } from './team-message-store.ts'

interface Needs {
  store: TeamMessageStore
  clock: Clock
}

/** Changes the actor's own words. Fails with `message.not_found`, and with `team.not_allowed` for what somebody else wrote. */
export const makeEditTeamMessage =
  ({ store, clock }: Needs) =>
  async (
    actor: Actor,
    id: string,
    { content, mentions }: { content: string; mentions: readonly string[] },
  ): Promise<TeamMessage> => {
    const edited = await store.edit(actor, {
      id,
      content,
      preview: previewOf(content),
      mentions: eachOnce(mentions),
      now: clock.now(),
    })
    if ('refused' in edited) throw refusalOf(edited)
    return edited
  }

/** Deletes one's own message, or as owner or admin anybody's. Fails with `message.not_found` and `team.not_allowed`. */
export const makeDeleteTeamMessage =
  ({ store, clock }: Needs) =>
  async (actor: Actor, id: string): Promise<void> => {
    const outcome = await store.delete(actor, id, clock.now())
    if (outcome === 'unknown') throw new AppError('message.not_found')
    if (outcome === 'forbidden') throw new AppError('team.not_allowed')
  }

/** Tags a message with a work type, or with none. Fails with `message.not_found` and `work_type.not_found`. */
export const makeTagMessage =
  ({ store }: Needs) =>
  async (actor: Actor, id: string, workTypeId: string | null): Promise<TeamMessage> => {
    const tagged = await store.tag(actor, id, workTypeId)
    if (tagged === undefined) throw new AppError('message.not_found')
    if (tagged === 'unknown-work-type') throw new AppError('work_type.not_found')
    return tagged
  }
