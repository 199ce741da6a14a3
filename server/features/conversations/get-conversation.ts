/** Reads one conversation, or says that there is none. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Conversation, ConversationKind } from './conversation.ts'
import type { ConversationStore } from './conversation-store.ts'

/** Foreign and missing are the same, and any that is not of the `kind`: `conversation.not_found`. */
export const makeGetConversation =
  ({ store, kind }: { store: ConversationStore; kind?: ConversationKind }) =>
  async (actor: Actor, id: string): Promise<Conversation> => {
    const conversation = await store.find(actor, id)
    if (conversation === undefined || conversation.kind !== (kind ?? conversation.kind))
      throw new AppError('conversation.not_found')
    return conversation
  }

/**
 * Why a conversation is hidden, for the contracts that promise to tell (seeds 0 and 1): `conversation.forbidden` when it
 * belongs to somebody else, `conversation.not_found` when there is none, or none of the `kind` that the address is for.
 * The one place that looks past row-level security.
 */
export const makeExplainHidden =
  ({ store, kind }: { store: ConversationStore; kind?: ConversationKind }) =>
  async (id: string): Promise<AppError> =>
    new AppError((await store.existsForAnybody(id, kind)) ? 'conversation.forbidden' : 'conversation.not_found')
