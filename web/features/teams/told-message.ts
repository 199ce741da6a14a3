/** A message as an event tells it → as the page shows it. What depends on the reader, an event leaves out: pure. */
import type { z } from 'zod'
import type { message } from '#contract/messages/index.ts'
import type { TeamConversation, TeamMessage } from '#contract/messages/team.ts'
import { isFromModel } from './typing.ts'

export type ToldMessage = z.output<typeof message>

/**
 * `known`: the message as it was shown before. Mentions are not told; a text with `@` in it has to be read again to know
 * whom it means.
 */
export const toldMessage = (
  told: ToldMessage,
  known: TeamMessage | undefined,
  reader: { readonly id: string; readonly role: TeamConversation['role'] | undefined },
): TeamMessage => {
  const isOwn = told.senderId === reader.id
  const isSameText = known !== undefined && known.content === told.content
  return {
    ...told,
    isStarred: known?.isStarred ?? false,
    mentions: isSameText ? known.mentions : [],
    editedAt: known && !isSameText ? (told.updatedAt ?? null) : (known?.editedAt ?? null),
    model: known?.model ?? (isFromModel(told) ? told.senderName : null),
    can: known?.can ?? {
      edit: isOwn && told.type !== 'system',
      delete: told.type !== 'system' && (isOwn || reader.role === 'owner' || reader.role === 'admin'),
    },
  }
}

/** Whether an event did not say all that there is to show. */
export const isHalfTold = (told: ToldMessage, known: TeamMessage | undefined): boolean =>
  (told.content ?? '').includes('@') && known?.content !== told.content
