/** Reads team conversations and who is in them. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Member, TeamConversation } from './team.ts'
import type { TeamCursor, TeamStore } from './team-store.ts'

interface Needs {
  readonly store: TeamStore
  /** Tells `conversation.forbidden` from `conversation.not_found`. */
  readonly explainHidden: (id: string) => Promise<AppError>
}

/** Fails with `conversation.forbidden` or `conversation.not_found`. */
export const makeGetTeamConversation =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, id: string): Promise<TeamConversation> => {
    const conversation = await store.find(actor, id)
    if (conversation === undefined) throw await explainHidden(id)
    return conversation
  }

/** At most `limit` of the actor's conversations, latest activity first. */
export const makeListTeamConversations =
  ({ store }: Pick<Needs, 'store'>) =>
  async (
    actor: Actor,
    page: { limit: number; after?: TeamCursor },
  ): Promise<{
    items: TeamConversation[]
    /** Where the next page begins; undefined at the end. */
    next: TeamCursor | undefined
  }> => {
    const found = await store.list(actor, { ...page, limit: page.limit + 1 })
    const items = found.slice(0, page.limit)
    const last = items.at(-1)
    return { items, next: found.length > page.limit && last ? { activeAt: last.activeAt, id: last.id } : undefined }
  }

/**
 * At most `limit` members by name, after the one with the id `after`; with `q` those whose name contains it, whatever its
 * accents and capitals. Fails with `conversation.forbidden`, `conversation.not_found`, and `request.invalid` for an
 * unknown cursor.
 */
export const makeListMembers =
  ({ store, explainHidden }: Needs) =>
  async (
    actor: Actor,
    id: string,
    page: { limit: number; after?: string; q?: string },
  ): Promise<{ items: Member[]; next: string | undefined }> => {
    const found = await store.listMembers(actor, id, { ...page, limit: page.limit + 1 })
    if (!found.isReadable) throw await explainHidden(id)
    if (!found.isCursorKnown) {
      throw new AppError('request.invalid', {
        issues: [{ part: 'query', path: ['cursor'], rule: 'format', message: 'must come from an earlier page' }],
      })
    }
    const items = found.members.slice(0, page.limit)
    return { items, next: found.members.length > page.limit ? items.at(-1)?.id : undefined }
  }
