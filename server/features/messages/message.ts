/** What a message is; pure. */

export interface Message {
  readonly id: string
  readonly conversationId: string
  /** Who may read the conversation; null for nobody in particular. */
  readonly ownerId: string
  /** Null for what a model or the system wrote. */
  readonly senderId: string | null
  /** The sender's name, or null where there is no person behind it. */
  readonly senderName: string | null
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: string
  /** The provider's name of the model that wrote it. */
  readonly model: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** `stopped` by the person, `interrupted` by a crash or lost connection, `truncated` at the model's token limit. */
  readonly status: 'complete' | 'stopped' | 'interrupted' | 'truncated'
  readonly metadata: Record<string, unknown> | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
