/** The front door of the slice: what a conversation is and what people do with one. */
export {
  type Conversation,
  type ConversationKind,
  previewOf,
  titleFromAnswer,
  titleFromPrompt,
} from './conversation.ts'
export type { ActivityCursor, ConversationStore, NewBranch } from './conversation-store.ts'
export {
  type ConversationRow,
  conversationColumns,
  pgConversationStore,
  toConversation,
} from './conversation-store.pg.ts'
export { makeCreateConversation, makeDeleteConversation, makeRenameConversation } from './change-conversation.ts'
export { makeExplainHidden, makeGetConversation } from './get-conversation.ts'
export { type ActivityPage, makeListByActivity, makeListByCreation } from './list-conversations.ts'
