/** What was chosen of the targets: pure. */
import type { TargetChoice } from '#contract/training/index.ts'
import type { Target } from './list-targets.ts'

export type TargetId = Target['id']
type FixId = Target['fixes'][number]['id']

/** Of one target; options by their names, whatever each of them takes. */
export interface Chosen {
  readonly fixes: readonly FixId[]
  /** Tokens, as typed; nothing: the target's own limit, or none. */
  readonly limit: string
  readonly options: Readonly<Record<string, string | boolean>>
}

export const usual: Chosen = { fixes: [], limit: '', options: {} }

/** Options with a list of values, in the order in which they are offered. */
export const optionValues = {
  service: ['openai', 'azure', 'fireworks', 'together'],
  form: ['sharegpt', 'messages', 'alpaca', 'dpo'],
  names: ['trl', 'openai', 'axolotl'],
  roles: ['human_gpt', 'user_assistant'],
  turns: ['expand', 'history', 'first', 'last'],
  rows: ['conversation', 'turn'],
  arguments: ['text', 'object'],
} as const

export type OptionName = keyof typeof optionValues
export const optionNames = Object.keys(optionValues) as OptionName[]

/** As the contract has it. `limit` is left out while it can't be meant. */
export const choiceOf = (id: TargetId, { fixes, limit, options }: Chosen): TargetChoice => {
  const tokens = Number(limit)
  // Which options a target has is what the server's list of targets says.
  return {
    id,
    options: {
      ...options,
      ...(fixes.length > 0 ? { fixes: [...fixes] } : {}),
      ...(limit.trim() !== '' && Number.isInteger(tokens) && tokens >= 1 && tokens <= 10_000_000
        ? { limit: tokens }
        : {}),
    },
  }
}
