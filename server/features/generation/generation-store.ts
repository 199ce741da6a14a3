/** Where runs are kept for the persons whose they are: the port. All of it is the actor's own. */
import type { Actor } from '#kernel/actor.ts'
import type { CallStatus, FailureType, GenerationCall, GenerationRun, RunCell, RunSettings } from './generation.ts'

export interface NewRun extends RunSettings {
  readonly id: string
  readonly cells: readonly RunCell[]
  readonly calls: readonly NewCall[]
  readonly now: Date
}

export interface NewCall {
  readonly id: string
  /** Which of the run's cells, from 0. */
  readonly cell: number
  readonly conversationId: string
  /** The most that one attempt can cost; 0 where prices are not known. */
  readonly mostCost: number
}

/** A place in a list: after the item of this moment with this id. */
export interface Place {
  readonly at: Date
  readonly id: string
}

export interface GenerationStore {
  /** Undefined: so many runs of the actor's have not ended already. */
  create(actor: Actor, run: NewRun, mostOpen: number): Promise<GenerationRun | undefined>
  find(actor: Actor, runId: string): Promise<GenerationRun | undefined>
  /** Latest first. */
  list(actor: Actor, page: { readonly limit: number; readonly after?: Place | undefined }): Promise<GenerationRun[]>
  /** In their order, behind position `after`; undefined: there is no such run. */
  listCalls(
    actor: Actor,
    runId: string,
    page: { readonly limit: number; readonly after?: number | undefined; readonly status?: CallStatus | undefined },
  ): Promise<GenerationCall[] | undefined>
  /** Of all runs, the latest first. */
  listFailures(
    actor: Actor,
    page: { readonly limit: number; readonly after?: Place | undefined; readonly type?: FailureType | undefined },
  ): Promise<GenerationCall[]>

  /** Begins nothing more of it. For this and the two that follow: `ended` when it can't be, undefined when there is no such run. */
  pause(actor: Actor, runId: string): Promise<GenerationRun | 'ended' | undefined>
  /** Goes on with what was paused or has failed. */
  resume(
    actor: Actor,
    runId: string,
    change: { readonly costCap?: number | undefined },
  ): Promise<GenerationRun | 'ended' | undefined>
  /** What waits will never be asked. */
  cancel(actor: Actor, runId: string): Promise<GenerationRun | 'ended' | undefined>
  /**
   * Lets failed calls wait once more: these, or all of the run. `nothing`: none of them has failed; undefined: there is no
   * such run.
   */
  retry(actor: Actor, runId: string, callIds?: readonly string[]): Promise<GenerationRun | 'nothing' | undefined>
  /** Which run a failed call belongs to. */
  findRunOfFailure(actor: Actor, callId: string): Promise<string | undefined>
}
