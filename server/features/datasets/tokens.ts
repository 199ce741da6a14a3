/** Tokens: what is counted of a conversation, and what models can take; pure but for the counting itself. */
import type { CountTokens, TrainingContent } from '../training/index.ts'
import type { TextStudy } from './text-study.ts'

/** What surrounds each message, and the conversation, in OpenAI's chat format; other templates need about as much. */
const TOKENS_PER_MESSAGE = 3

/** Counts everything that a model reads of a conversation, by o200k_base. */
export const makeCountTokens =
  (study: Pick<TextStudy, 'countTokens'>): CountTokens =>
  async (content) => {
    const counts = await study.countTokens(textsOf(content))
    return counts.reduce((sum, count) => sum + count, TOKENS_PER_MESSAGE * (content.turns.length + 1))
  }

const textsOf = ({ turns, tools = [] }: TrainingContent): string[] => [
  ...turns.flatMap(({ content, name, toolCalls = [] }) => [
    content ?? '',
    name ?? '',
    ...toolCalls.flatMap((call) => [call.name, call.arguments]),
  ]),
  ...tools.map((tool) => JSON.stringify(tool)),
]

interface ModelLimit {
  readonly model: string
  /** Longest conversation that it is trained with, in its own tokens. */
  readonly contextTokens: number
  /** Whether it counts in another encoding than o200k_base: what we count is near its count and not equal to it. */
  readonly isEstimate: boolean
}

/** Services: what they document for one example of a training file. Open models: what they were made for. */
export const MODEL_LIMITS: readonly ModelLimit[] = [
  { model: 'Phi-3-mini-4k', contextTokens: 4_096, isEstimate: true },
  { model: 'Gemma-2', contextTokens: 8_192, isEstimate: true },
  { model: 'GPT-3.5-turbo', contextTokens: 16_385, isEstimate: true },
  { model: 'Mistral-7B-v0.3', contextTokens: 32_768, isEstimate: true },
  { model: 'Qwen2.5-7B', contextTokens: 32_768, isEstimate: true },
  { model: 'GPT-4o', contextTokens: 65_536, isEstimate: false },
  { model: 'Llama-3.1-8B', contextTokens: 131_072, isEstimate: true },
]

/** Each limit once. */
export const CONTEXT_SIZES: readonly number[] = [...new Set(MODEL_LIMITS.map(({ contextTokens }) => contextTokens))]
