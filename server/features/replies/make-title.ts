/** The title of a conversation, made by a model from its first prompt and reply (contracts, 4.3). */
import { titleFromAnswer, titleFromPrompt } from '../conversations/index.ts'
import { collectText } from './collect-text.ts'
import type { LanguageModel } from './language-model.ts'

/** How long a title may take before the prompt's own beginning is used, in milliseconds. */
const TITLE_TIMEOUT_MS = 10_000
/** How much of the prompt and the reply the model is shown, in characters. */
const SHOWN = 2_000

const INSTRUCTION =
  'Name the following exchange with a title of 2 to 4 words, in the language of the exchange. ' +
  'Answer with the title alone: no quotation marks, no final period.'

/** Always gives a title: where the model fails or takes too long, the beginning of the prompt. */
export const makeTitleText = async (
  model: LanguageModel | undefined,
  prompt: string,
  answer: string,
  signal?: AbortSignal,
): Promise<string> => {
  if (model === undefined) return titleFromPrompt(prompt)
  try {
    const limit = AbortSignal.timeout(TITLE_TIMEOUT_MS)
    const { text } = await collectText(
      model,
      [
        { role: 'system', content: INSTRUCTION },
        { role: 'user', content: `Prompt:\n${prompt.slice(0, SHOWN)}\n\nReply:\n${answer.slice(0, SHOWN)}` },
      ],
      { signal: signal ? AbortSignal.any([signal, limit]) : limit, maxTokens: 30, temperature: 0.3 },
    )
    return titleFromAnswer(text) ?? titleFromPrompt(prompt)
  } catch {
    return titleFromPrompt(prompt)
  }
}
