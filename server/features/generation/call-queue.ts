/** The calls of all runs as their workers see them: the port. A call's own row is its place in the queue; times are the database's. */
import type { LeasedQueue } from '#kernel/leased-work.ts'
import type { Tier } from '../training/index.ts'
import type { CallFailure, RunCell } from './generation.ts'

/** What a model has answered; from when it is kept the model is never asked for it again. */
export interface Answer {
  readonly text: string
  readonly reason: 'stop' | 'length' | 'content-filter' | 'other'
  /** As the provider calls the one that answered. */
  readonly model: string
  /** Null where the provider does not say. */
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** Null where prices are not known. */
  readonly cost: number | null
}

/** A call that is being worked on. */
export interface LeasedCall {
  readonly leaseId: string
  readonly id: string
  readonly runId: string
  readonly ownerId: string
  readonly conversationId: string
  readonly tier: Tier
  /** With its source, and as its provider calls it. */
  readonly choice: string
  readonly model: string
  readonly maxTokens: number
  readonly prices: { readonly prompt: number; readonly completion: number } | null
  /** The most that this attempt can cost. */
  readonly mostCost: number
  readonly cell: RunCell
  /** How often the model was asked for it since a person last wished it, this time included. */
  readonly tries: number
  /** What was answered before, by which the call goes on without asking. */
  readonly answer: Answer | undefined
}

/** What an attempt without an answer has cost: nothing, for it was refused; or nobody knows, and at most what was reserved. */
export type AttemptCost = 'nothing' | 'unknown'

export interface CallQueue extends LeasedQueue<LeasedCall> {
  /**
   * Hands out what was answered before what is to be asked; of runs that have room, the one that waited longest. What it may
   * cost is reserved; a run whose cap does not allow that waits for its calls in flight, or is paused.
   */
  claim(leaseId: string): Promise<LeasedCall | undefined>
  /** The answer is kept and paid. `false`: the call is somebody else's by now; the same for all that follow. */
  keepAnswer(call: LeasedCall, answer: Answer): Promise<boolean>
  complete(call: LeasedCall, parseMethod: 'direct' | 'jsonrepair'): Promise<boolean>
  /** @param cost of an attempt without an answer */
  fail(call: LeasedCall, failure: CallFailure, cost?: AttemptCost): Promise<boolean>
  /** Its conversation was deleted meanwhile. */
  drop(call: LeasedCall): Promise<boolean>
  /** It is asked again, not before so many seconds have gone by. */
  askLater(call: LeasedCall, seconds: number, cost: AttemptCost): Promise<boolean>
  /** It waits again, and so does its whole run until a person goes on with it: the sentence says why. */
  pauseRun(call: LeasedCall, reason: string): Promise<boolean>

  /**
   * Takes the calls of dead workers from them, with `all` those of every worker: what was answered goes on, what was not is
   * asked again where its run wants that. Returns how many there were.
   */
  reap(options?: { readonly all?: boolean }): Promise<number>
}
