/** The slices' objects in the shapes of seed 4. */
import type { z } from 'zod'
import type * as contract from '#contract/conversations/index.ts'
import type { Conversation } from '../../features/conversations/index.ts'

export const presentConversation = (conversation: Conversation): z.output<typeof contract.conversation> => ({
  id: conversation.id,
  title: conversation.title,
  parent_conversation_id: conversation.parentId,
  created_at: conversation.createdAt.toISOString(),
})
