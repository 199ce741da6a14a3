/** Generates one conversation while somebody waits: a run of one. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { PreparedCell } from '../scaffolding/index.ts'
import type { TrainingRecord, TrainingStore } from '../training/index.ts'
import type { GenerationCall } from './generation.ts'
import type { Generations, WantedRun } from './generations.ts'

export interface GeneratedOne {
  readonly record: TrainingRecord
  readonly call: GenerationCall
  readonly cell: PreparedCell
}

interface Needs {
  readonly generations: Generations
  readonly trainingStore: Pick<TrainingStore, 'find'>
  /** Resolves when something has happened to the run, or after `ms`. */
  readonly awaitNews: (runId: string, ms: number) => Promise<void>
  /** The server shuts down. */
  readonly closing: AbortSignal
}

/** Longest that somebody is made to wait, in milliseconds; what is not done then goes on without them. */
const WAIT_MS = 120_000
/** How often is looked unasked: news can be missed. */
const LOOK_MS = 5_000

/**
 * Fails as `Generations.begin` does, with `generation.failed` and the reason, and with `generation.slow` after two minutes.
 * @param wanted of one cell, once
 */
export const makeGenerateOne =
  ({ generations, trainingStore, awaitNews, closing }: Needs) =>
  async (actor: Actor, wanted: WantedRun): Promise<GeneratedOne> => {
    const { run, cells } = await generations.begin(actor, wanted)
    const time = AbortSignal.timeout(WAIT_MS)
    for (;;) {
      const news = awaitNews(run.id, LOOK_MS)
      const { status, reason } = await generations.get(actor, run.id)
      const call = (await generations.listCalls(actor, run.id, { limit: 1 })).items[0]!
      if (call.status === 'completed') {
        const record = call.conversationId && (await trainingStore.find(actor, call.conversationId))
        if (record) return { record, call, cell: cells[0]! }
      }
      if (status === 'paused') await generations.cancel(actor, run.id)
      if (status === 'paused' || call.endedAt !== null) throw failure(call.failure?.reason ?? reason)
      closing.throwIfAborted()
      if (time.aborted) throw new AppError('generation.slow')
      await news
    }
  }

const failure = (reason: string | null): AppError =>
  new AppError('generation.failed', reason === null ? {} : { message: reason })
