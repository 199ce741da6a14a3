/** The slice, put together: what persons ask for, the worker of this process, and taking calls from dead ones; started once. */
import { AppError } from '#kernel/errors.ts'
import { startLeasedWork } from '#kernel/leased-work.ts'
import type { Notice, NoticeBoard } from '#kernel/notices.ts'
import { makeResolveModel, type ModelSources } from '../replies/index.ts'
import { makeFindPrices } from './find-prices.ts'
import { makeGenerateOne } from './generate-one.ts'
import { type GenerationsNeeds, makeGenerations } from './generations.ts'
import { makeGetValidationReport } from './get-validation-report.ts'
import { makeWriteConversation, type WriterNeeds } from './write-conversation.ts'

/** How many calls of all persons one process has in flight. */
const AT_ONCE = 20
/** How often calls are taken from dead workers, in milliseconds. */
const REAP_MS = 5_000

/** So that what waits until a moment does so no more when it is looked for, in milliseconds. */
const LATER_MS = 50

interface Needs
  extends Omit<GenerationsNeeds, 'checkChoice' | 'findPrices'>, Omit<WriterNeeds, 'resolveModel' | 'onLater'> {
  readonly sources: ModelSources
  readonly notices: NoticeBoard
  /** No other process can be working. */
  readonly isAlone: boolean
}

export type Generation = Awaited<ReturnType<typeof startGeneration>>

export const startGeneration = async (needs: Needs) => {
  const { queue, notices, isAlone, onError } = needs
  const resolveModel = makeResolveModel(needs.sources)
  /** Ends those who wait, when this server shuts down. */
  const closing = new AbortController()
  const waiting = new Map<string, Set<() => void>>()
  const wake = (runId: string): void => waiting.get(runId)?.forEach((go) => go())
  const wakeAll = (): void => waiting.keys().forEach(wake)

  // When nobody else can be working, whatever is leased was left by a process that died.
  if (isAlone) while ((await queue.reap({ all: true })) > 0);
  // Every process generates, as every process writes replies: models do the work.
  const worker = startLeasedWork({
    queue,
    atOnce: AT_ONCE,
    work: makeWriteConversation({
      ...needs,
      resolveModel,
      onLater: (seconds) => void setTimeout(() => worker.look(), seconds * 1000 + LATER_MS).unref(),
    }),
    newId: needs.newId,
    onError: (error) => onError(error, 'generation.work'),
  })
  await notices.listen({
    onNotice: (notice: Notice) => {
      if (notice.kind !== 'generation') return
      if (notice.what === 'queued') worker.look()
      wake(notice.run)
    },
    onGap: () => {
      worker.look()
      wakeAll()
    },
  })
  let reaping: Promise<unknown> | undefined
  const reap = setInterval(() => {
    reaping ??= queue
      .reap()
      .catch((error: unknown) => onError(error, 'generation.reap'))
      .finally(() => (reaping = undefined))
  }, REAP_MS).unref()

  /** Resolves when something has happened to the run, or after `ms`. */
  const awaitNews = async (runId: string, ms: number): Promise<void> => {
    const news = Promise.withResolvers<void>()
    const timer = setTimeout(news.resolve, ms)
    const ofRun = waiting.get(runId) ?? new Set()
    waiting.set(runId, ofRun.add(news.resolve))
    await news.promise
    clearTimeout(timer)
    ofRun.delete(news.resolve)
    if (ofRun.size === 0) waiting.delete(runId)
  }
  const generations = makeGenerations({ ...needs, checkChoice: resolveModel, findPrices: makeFindPrices(needs) })
  const { trainingStore } = needs

  return {
    generations,
    generateOne: makeGenerateOne({ generations, trainingStore, awaitNews, closing: closing.signal }),
    getValidationReport: makeGetValidationReport({ trainingStore }),
    /** How many calls are in flight in this process. */
    runningCount: worker.runningCount,
    /** Calls that have not ended after `graceMs` are asked again by another worker. */
    async shutDown(graceMs: number) {
      clearInterval(reap)
      await worker.stop(graceMs)
      closing.abort(new AppError('server.unavailable'))
      wakeAll()
      await reaping
    },
  }
}
