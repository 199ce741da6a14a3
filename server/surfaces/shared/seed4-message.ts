/** Seed 4's message, which two surfaces speak: its own, and the shared message page (contracts, decision 3). */
import type { z } from 'zod'
import type * as contract from '#contract/conversations/index.ts'
import type { Message } from '../../features/messages/index.ts'

export const presentSeed4Message = (message: Message): z.output<typeof contract.message> => ({
  id: message.id,
  role: message.role,
  content: message.content,
  ...(message.model === null ? {} : { model_name: message.model }),
  ...(message.promptTokens === null ? {} : { prompt_tokens: message.promptTokens }),
  ...(message.completionTokens === null ? {} : { completion_tokens: message.completionTokens }),
  created_at: message.createdAt.toISOString(),
})
