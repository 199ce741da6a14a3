/** A language model, as replies need it: turns in, events out. It knows neither keys nor HTTP. */

/** One turn of the dialogue that a model is asked to continue. */
export interface ModelTurn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What a model sends while it answers. Exactly one `finish` ends a successful stream; failures are thrown. */
export type ModelEvent =
  | {
      readonly type: 'text-delta'
      /**
       * Never empty, and can be stored and shown as it is: well-formed Unicode without NUL, and no delta ends in the
       * middle of a character (half a surrogate pair waits for its other half).
       */
      readonly text: string
    }
  | {
      readonly type: 'finish'
      /** `length`: the model ran into its token limit and the text is not complete. */
      readonly reason: 'stop' | 'length' | 'content-filter' | 'other'
      readonly promptTokens?: number
      readonly completionTokens?: number
      /** The model that really answered, where the provider says so. */
      readonly model?: string
    }

export interface LanguageModel {
  /** The provider's own name of the model, as it is stored with the message: `google/gemini-flash-1.5`. */
  readonly id: string
  /**
   * Continues the dialogue. Text arrives as it is written. Throws `AppError` with one of the `model.*` codes;
   * after `signal` has been aborted it ends by throwing the signal's reason. The upstream request is cancelled at once.
   */
  stream(turns: readonly ModelTurn[], options: StreamOptions): AsyncIterable<ModelEvent>
}

export interface StreamOptions {
  readonly signal: AbortSignal
  /** Upper bound of the answer, in tokens. */
  readonly maxTokens?: number
  readonly temperature?: number
}

/** A model that can be chosen. */
export interface ModelInfo {
  /** The provider's own id. */
  readonly id: string
  readonly name: string
  /** How many tokens fit into one request, where the provider says so. */
  readonly contextLength?: number
  /** Where the provider says so, and tokens are all that it charges for. */
  readonly prices?: ModelPrices
}

/** In US dollars per million tokens. */
export interface ModelPrices {
  readonly prompt: number
  readonly completion: number
}

/** Something that serves models: OpenRouter with one person's key, the operator's server, the demo. */
export interface ModelProvider {
  /** Lists the models; throws `AppError` with a `model.*` code. */
  list(signal: AbortSignal): Promise<ModelInfo[]>
  model(id: string): LanguageModel
}
