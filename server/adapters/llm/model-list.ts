/** The lists of models that OpenAI-compatible servers give, in all their shapes, as ModelInfo. */
import type { ModelInfo, ModelPrices } from '#server/features/replies/language-model.ts'

const longestId = 255
const longestName = 200

/**
 * Models of a parsed `GET /models` answer, in the server's order, each id once; `undefined` when it is no list of models.
 * Accepts `{data:[…]}` (OpenRouter, OpenAI, vLLM, LM Studio, llama.cpp), `data: null` (Ollama without models), `{models:[…]}`
 * (Ollama's own, older llama.cpp) and a bare array (Together). Models that write no text are left out where the server says so.
 */
export const modelsFrom = (body: unknown): ModelInfo[] | undefined => {
  const entries = listOf(body)
  if (!entries) return undefined
  const models = new Map<string, ModelInfo>()
  for (const entry of entries) {
    const model = isRecord(entry) && writesText(entry) ? modelOf(entry) : undefined
    if (model && !models.has(model.id)) models.set(model.id, model)
  }
  // A list in which nothing is a model is a list of something else.
  return models.size === 0 && entries.length > 0 && !entries.some(isModelLike) ? undefined : [...models.values()]
}

const listOf = (body: unknown): unknown[] | undefined => {
  if (Array.isArray(body)) return body
  if (!isRecord(body)) return undefined
  if (Array.isArray(body.data)) return body.data
  if (Array.isArray(body.models)) return body.models
  return body.data === null && body.object === 'list' ? [] : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const idOf = (entry: Record<string, unknown>): string | undefined =>
  [entry.id, entry.model, entry.name].find(
    (id): id is string => typeof id === 'string' && id.trim() !== '' && id.length <= longestId,
  )

const isModelLike = (entry: unknown): boolean => isRecord(entry) && idOf(entry) !== undefined

const writesText = (entry: Record<string, unknown>): boolean => {
  // LM Studio's kind; OpenRouter's modalities.
  if (entry.type === 'embeddings' || entry.type === 'embedding') return false
  const output = isRecord(entry.architecture) ? entry.architecture.output_modalities : undefined
  return !Array.isArray(output) || output.includes('text')
}

const modelOf = (entry: Record<string, unknown>): ModelInfo | undefined => {
  const id = idOf(entry)
  if (id === undefined) return undefined
  const name =
    [entry.name, entry.display_name].find((text): text is string => typeof text === 'string' && text.trim() !== '') ??
    id
  const contextLength = contextLengthOf(entry)
  const prices = pricesOf(entry)
  return {
    id,
    name: name.slice(0, longestName),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(prices === undefined ? {} : { prices }),
  }
}

/** OpenRouter and Together; vLLM; LM Studio (loaded before possible) and Mistral; Groq; llama.cpp. */
const contextLengthOf = (entry: Record<string, unknown>): number | undefined => {
  const meta = isRecord(entry.meta) ? entry.meta : {}
  const candidates = [
    entry.context_length,
    entry.max_model_len,
    entry.loaded_context_length,
    entry.max_context_length,
    entry.context_window,
    meta.n_ctx,
    meta.n_ctx_train,
  ]
  return candidates.find((value): value is number => Number.isSafeInteger(value) && (value as number) > 0)
}

/**
 * OpenRouter's, which says dollars for one token as text. Below zero it means that it depends; who charges for each request as
 * well has no price by tokens alone. Thoughts are tokens of the answer: the dearer of both counts, so that a cap holds.
 */
const pricesOf = ({ pricing }: Record<string, unknown>): ModelPrices | undefined => {
  if (!isRecord(pricing)) return undefined
  const [prompt, completion] = [perMillion(pricing.prompt), perMillion(pricing.completion)]
  const thoughts = perMillion(pricing.internal_reasoning ?? '0')
  if (prompt === undefined || completion === undefined || thoughts === undefined) return undefined
  if (perMillion(pricing.request ?? '0') !== 0) return undefined
  return { prompt, completion: Math.max(completion, thoughts) }
}

/** To the millionth of a dollar, which a sum of parts of cents is not by itself. */
const perMillion = (price: unknown): number | undefined =>
  typeof price === 'string' && /^\d{1,4}(\.\d{1,20})?(e-\d{1,2})?$/i.test(price)
    ? Number((Number(price) * 1e6).toFixed(6))
    : undefined
