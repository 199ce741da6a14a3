/** What a run would ask, cost and take, before it is started; pure. */
import type { Compatibility } from './compatibility.ts'
import type { ResolvedPrompt } from './prompt-template.ts'
import type { Cell } from './scaffold.ts'

/** In US dollars per million tokens. */
export interface TokenPrices {
  readonly prompt: number
  readonly completion: number
}

/** So many conversations of one persona, arc and topic. */
export interface PlannedCell extends Cell {
  readonly count: number
  readonly prompt: ResolvedPrompt
  readonly compatibility: Compatibility
}

export interface Estimate {
  readonly calls: number
  readonly promptTokens: number
  readonly completionTokens: { readonly low: number; readonly worst: number }
  /** In US dollars; null where the prices are not known. */
  readonly cost: { readonly low: number; readonly worst: number } | null
  readonly seconds: number
  /** Cells whose parts do not go well together. */
  readonly warnings: readonly PlannedCell[]
}

/** Most conversations of one run. */
export const MAX_CALLS = 1000

/** Of a raw answer, with the JSON around it: two sentences of a client make about 100, three paragraphs of advice 300. */
const TOKENS_PER_TURN = 160
/** Its `conversation_metadata`. */
const TOKENS_OF_METADATA = 120
/** What models of the middle class write, and what passes before their first token. */
const TOKENS_PER_SECOND = 60
const SECONDS_TO_BEGIN = 1

/** What a run of these cells would be. At most `maxTokens` are written for each. */
export const estimateRun = (
  cells: readonly PlannedCell[],
  { maxTokens, concurrency, prices }: { maxTokens: number; concurrency: number; prices: TokenPrices | null },
): Estimate => {
  const calls = sumOf(cells, ({ count }) => count)
  const promptTokens = sumOf(cells, ({ count, prompt }) => count * prompt.tokens)
  const low = sumOf(
    cells,
    ({ count, arc }) => count * Math.min(maxTokens, probableTokens(arc.details.typicalTurnCountMin)),
  )
  const worst = calls * maxTokens
  const costOf = (completion: number, { prompt, completion: price }: TokenPrices): number =>
    (promptTokens * prompt + completion * price) / 1_000_000
  return {
    calls,
    promptTokens,
    completionTokens: { low, worst },
    cost: prices && { low: costOf(low, prices), worst: costOf(worst, prices) },
    seconds: Math.ceil((low / TOKENS_PER_SECOND + calls * SECONDS_TO_BEGIN) / Math.min(concurrency, calls)),
    warnings: cells.filter(({ compatibility }) => compatibility.warnings.length > 0),
  }
}

const probableTokens = (turns: number): number => TOKENS_OF_METADATA + turns * TOKENS_PER_TURN

const sumOf = <Item>(items: readonly Item[], valueOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + valueOf(item), 0)
