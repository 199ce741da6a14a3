/** Creates, renames and deletes conversations. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { Conversation } from './conversation.ts'
import type { ConversationStore } from './conversation-store.ts'

interface Needs {
  store: ConversationStore
  clock: Clock
}

/** A conversation without messages (chat-v1). `metadata` is kept for its first message. */
export const makeCreateConversation =
  ({ store, clock, newId }: Needs & { newId: NewId }) =>
  (actor: Actor, given: { title?: string; metadata?: Record<string, unknown> | null }): Promise<Conversation> =>
    store.create(actor, {
      id: newId(),
      title: given.title ?? null,
      metadata: given.metadata ?? null,
      now: clock.now(),
    })

/** Fails with `conversation.not_found`. */
export const makeRenameConversation =
  ({ store, clock }: Needs) =>
  async (actor: Actor, id: string, title: string): Promise<Conversation> => {
    const renamed = await store.rename(actor, id, title, clock.now())
    if (renamed === undefined) throw new AppError('conversation.not_found')
    return renamed
  }

/** Deletes it with its messages and tells `onDeleted`, so that a reply that is being written stops. */
export const makeDeleteConversation =
  ({ store, onDeleted }: { store: ConversationStore; onDeleted: (id: string) => void }) =>
  async (actor: Actor, id: string): Promise<void> => {
    if (!(await store.delete(actor, id))) throw new AppError('conversation.not_found')
    onDeleted(id)
  }
