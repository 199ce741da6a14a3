/** The ways to read any conversation's messages: back from the newest by cursor, and by numbered pages. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Message } from './message.ts'
import type { MessageStore, StarredMessage } from './message-store.ts'

/** Tells why a conversation is hidden: that it is not there, or that it is not the actor's. */
export type ExplainHidden = (conversationId: string) => Promise<AppError>

export interface CursorPage<Listed extends Message = Message> {
  /** Newest first. */
  readonly messages: Listed[]
  readonly hasMore: boolean
}

/**
 * Of a conversation with a model, at most `limit` messages older than `before`. No message is skipped or repeated while
 * others are being written: the cursor is a place in (time, id), and times within a conversation only grow.
 * An unknown cursor is `request.invalid`.
 */
export const makeListMessages =
  ({ store }: { store: MessageStore }) =>
  async (actor: Actor, conversationId: string, page: { limit: number; before?: string }): Promise<CursorPage> => {
    const found = await store.listBefore(actor, conversationId, { ...page, limit: page.limit + 1 })
    if (!found.isReadable) throw new AppError('conversation.not_found')
    return cursorPage(found, page.limit)
  }

/**
 * The same of any conversation, whose deleted messages are left out, though a cursor may stand on one. A `workTypeId`
 * that is none finds nothing. Says why when the actor may not read the conversation.
 */
export const makeListSharedMessages =
  ({ store, explainHidden }: { store: MessageStore; explainHidden: ExplainHidden }) =>
  async (
    actor: Actor,
    conversationId: string,
    page: { limit: number; before?: string; workTypeId?: string },
  ): Promise<CursorPage<StarredMessage>> => {
    const { workTypeId } = page
    const wanted = workTypeId === undefined || isUuid(workTypeId) ? page : { ...page, workTypeId: NO_WORK_TYPE }
    const found = await store.listSharedBefore(actor, conversationId, { ...wanted, limit: page.limit + 1 })
    if (!found.isReadable) throw await explainHidden(conversationId)
    return cursorPage(found, page.limit)
  }

/** Page `page` (from 1) of any conversation, oldest first, and how many messages there are in all. */
export const makeListMessagePage =
  ({ store, explainHidden }: { store: MessageStore; explainHidden: ExplainHidden }) =>
  async (
    actor: Actor,
    conversationId: string,
    { page, pageSize }: { page: number; pageSize: number },
  ): Promise<{ messages: Message[]; total: number }> => {
    const found = await store.listPage(actor, conversationId, { offset: (page - 1) * pageSize, limit: pageSize })
    if (found === undefined) throw await explainHidden(conversationId)
    return found
  }

/** Nothing is tagged with it. */
const NO_WORK_TYPE = '00000000-0000-0000-0000-000000000000'
const isUuid = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

const cursorPage = <Listed extends Message>(
  found: { messages: Listed[]; isCursorKnown: boolean },
  limit: number,
): CursorPage<Listed> => {
  if (!found.isCursorKnown) throw unknownMessage('query', 'before')
  return { messages: found.messages.slice(0, limit), hasMore: found.messages.length > limit }
}

/** The refusal of a cursor, or of another reference, that is no message of the conversation. */
export const unknownMessage = (part: 'query' | 'body', name: string): AppError =>
  new AppError('request.invalid', {
    issues: [{ part, path: [name], rule: 'other', message: 'must be a message of this conversation' }],
  })
