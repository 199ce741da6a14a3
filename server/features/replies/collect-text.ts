/** Reads a model's whole answer, for callers that wait for it. */
import { AppError } from '#kernel/errors.ts'
import type { LanguageModel, ModelTurn, StreamOptions } from './language-model.ts'
import type { FinishReason } from './reply.ts'

export interface WholeAnswer {
  readonly text: string
  readonly model: string
  readonly reason: FinishReason
  readonly promptTokens: number | null
  readonly completionTokens: number | null
}

/**
 * Fails as the model fails; an answer without an end is `model.cut_off`, one without text `model.empty`, one that a
 * time limit of ours has ended (`AbortSignal.timeout`) `model.timeout`.
 */
export const collectText = async (
  model: LanguageModel,
  turns: readonly ModelTurn[],
  options: StreamOptions,
): Promise<WholeAnswer> => {
  try {
    return await collect(model, turns, options)
  } catch (error) {
    if (!options.signal.aborted || (error as Error | undefined)?.name !== 'TimeoutError') throw error
    throw new AppError('model.timeout', { cause: error })
  }
}

const collect = async (
  model: LanguageModel,
  turns: readonly ModelTurn[],
  options: StreamOptions,
): Promise<WholeAnswer> => {
  let text = ''
  for await (const event of model.stream(turns, options)) {
    if (event.type === 'text-delta') text += event.text
    else {
      if (text === '') throw new AppError('model.empty')
      return {
        text,
        model: event.model ?? model.id,
        reason: event.reason,
        promptTokens: event.promptTokens ?? null,
        completionTokens: event.completionTokens ?? null,
      }
    }
  }
  throw new AppError('model.cut_off')
}
