/** Runs that generate training conversations, and the calls they are made of; pure. Costs are in US dollars. */
import type { Scaffolding, Tier } from '../training/index.ts'

export type RunStatus = 'queued' | 'processing' | 'paused' | 'completed' | 'failed' | 'cancelled'
export type CallStatus = 'queued' | 'processing' | 'raw_stored' | 'completed' | 'failed' | 'cancelled'
export type FailureType = 'truncation' | 'parse_error' | 'validation_error' | 'api_error'

/** Per million tokens. */
export interface TokenPrices {
  readonly prompt: number
  readonly completion: number
}

export interface RunSettings {
  readonly tier: Tier
  /** The one that was asked for; null: the one that fits each arc best. */
  readonly templateId: string | null
  /** With its source, and as its provider calls it. */
  readonly choice: string
  readonly model: string
  /** Null: what each topic asks for. */
  readonly temperature: number | null
  readonly maxTokens: number
  /** How many calls are in flight at once, 1 to 10. */
  readonly concurrency: number
  readonly onError: 'stop' | 'continue'
  /** Whether a call whose answer was lost is asked again. */
  readonly askAgain: boolean
  readonly costCap: number | null
  /** Null where they are not known: then nothing is known of costs. */
  readonly prices: TokenPrices | null
}

export interface GenerationRun extends RunSettings {
  readonly id: string
  readonly ownerId: string
  readonly status: RunStatus
  /** Why it was paused or has failed, as a sentence. */
  readonly reason: string | null
  readonly total: number
  readonly successful: number
  readonly failed: number
  readonly cancelled: number
  readonly spent: number
  /** What calls in flight may cost at most. */
  readonly reserved: number
  /** What calls whose answer was lost may have cost at most. */
  readonly uncertain: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly answered: number
  /** How long all answers took together. */
  readonly answeredMs: number
  readonly createdAt: Date
  readonly endedAt: Date | null
}

/** What some conversations of a run are made of, as it was when the run was made. */
export interface RunCell {
  readonly scaffolding: Scaffolding
  readonly prompt: string
  readonly temperature: number
  /** Who the client is, whatever the model calls them. */
  readonly clientPersona: string
  /** How many turns the arc has, of both sides together. */
  readonly turns: readonly [least: number, most: number]
}

export interface CallFailure {
  readonly type: FailureType
  /** A sentence. */
  readonly reason: string
}

export interface GenerationCall {
  readonly id: string
  readonly runId: string
  /** In its run, from 0. */
  readonly position: number
  readonly status: CallStatus
  readonly model: string
  readonly scaffolding: Scaffolding
  readonly attempts: number
  /** Null while there is none, or when it was deleted. */
  readonly conversationId: string | null
  readonly hasRaw: boolean
  readonly parseMethod: 'direct' | 'jsonrepair' | null
  readonly failure: CallFailure | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** Null where prices are not known, and before there is an answer. */
  readonly cost: number | null
  readonly askedAt: Date | null
  readonly endedAt: Date | null
}

/** Most runs of one person that have not ended. */
export const MAX_OPEN_RUNS = 50
/** How often a model is asked for one conversation before it has failed. */
export const MAX_TRIES = 3

/** What chat formats put around a prompt, in tokens: more than any of them does. */
const FRAME_TOKENS = 64
/** Costs are kept to the millionth of a dollar, and never less than they are. */
const roundedUp = (dollars: number): number => Math.ceil(Number((dollars * 1e6).toFixed(6))) / 1e6

/** What so many tokens cost. */
export const costOf = (prices: TokenPrices, promptTokens: number, completionTokens: number): number =>
  roundedUp((promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6)

/**
 * The most that one answer can cost. No tokenizer makes more tokens of a text than it has bytes, so this holds for every
 * model; it is several times what the prompt really costs.
 */
export const mostCostOf = (prices: TokenPrices, prompt: string, maxTokens: number): number =>
  costOf(prices, Buffer.byteLength(prompt) + FRAME_TOKENS, maxTokens)

/** How long the rest will probably take, in seconds; undefined where that is not known or nothing is left. */
export const secondsLeft = (run: GenerationRun): number | undefined => {
  const left = run.total - run.successful - run.failed - run.cancelled
  if (left === 0 || run.answered === 0 || run.status === 'cancelled') return undefined
  return Math.ceil(((run.answeredMs / run.answered) * left) / Math.min(run.concurrency, left) / 1000)
}

/** What people call the conversation until they name it otherwise: whatever tells it from others of the same run. */
export const titleOf = ({ persona, arc, topic }: Scaffolding): string =>
  [persona, arc, topic]
    .flatMap((each) => each?.name ?? [])
    .join(' · ')
    .slice(0, 255)
