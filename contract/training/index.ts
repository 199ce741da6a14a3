/** Seed 0: training data, from its making to its download, `{error, message, conversation_id?, details?}` on failure. */
import { z } from 'zod'

export * from './conversations.ts'
export * from './datasets.ts'
export * from './downloads.ts'
export * from './exports.ts'
export * from './generations.ts'
export * from './sources.ts'
export * from './scaffolding.ts'
export * from './targets.ts'

export const failure = z.strictObject({
  error: z.string(),
  message: z.string(),
  conversation_id: z.string().optional(),
  details: z.string().optional(),
})
