/** What persons do with runs: begin them, look at them, halt them and try again. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError, type InputIssue } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { type ModelChoice, PLACEHOLDER } from '../replies/index.ts'
import type { PreparedCell, Scaffoldings } from '../scaffolding/index.ts'
import type { Tier } from '../training/index.ts'
import {
  type CallStatus,
  type FailureType,
  type GenerationCall,
  type GenerationRun,
  MAX_OPEN_RUNS,
  mostCostOf,
  type RunCell,
  type TokenPrices,
} from './generation.ts'
import type { GenerationStore, Place } from './generation-store.ts'

/** What a person asks for. */
export interface WantedRun {
  readonly cells: readonly {
    readonly personaId: string
    readonly arcId: string
    readonly topicId: string
    readonly count: number
  }[]
  readonly tier: Tier
  readonly templateId?: string | undefined
  /** Undefined: the model that the person has chosen. */
  readonly choice?: string | undefined
  readonly temperature?: number | undefined
  readonly maxTokens: number
  readonly concurrency: number
  readonly onError: 'stop' | 'continue'
  readonly askAgain: boolean
  readonly costCap?: number | undefined
  readonly prices?: TokenPrices | undefined
}

/** A page of a list; where it goes on, or undefined at the end. */
interface PageOf<Item, Next> {
  readonly items: readonly Item[]
  readonly next: Next | undefined
}

export interface Generations {
  /**
   * Lets conversations be generated. Fails with `scaffold.not_found`, `template.not_found`, `template.none_for_tier`,
   * `model.not_available`, `model.not_configured`, `generation.too_many`, and `request.invalid` for a cap without prices.
   */
  begin(actor: Actor, wanted: WantedRun): Promise<{ run: GenerationRun; cells: readonly PreparedCell[] }>
  list(actor: Actor, page: { limit: number; after?: Place | undefined }): Promise<PageOf<GenerationRun, Place>>
  /** This and what follows fails with `generation.not_found`. */
  get(actor: Actor, runId: string): Promise<GenerationRun>
  listCalls(
    actor: Actor,
    runId: string,
    page: { limit: number; after?: number | undefined; status?: CallStatus | undefined },
  ): Promise<PageOf<GenerationCall, number>>
  /** `generation.ended` where nothing is left; so do the two that follow. */
  pause(actor: Actor, runId: string): Promise<GenerationRun>
  resume(actor: Actor, runId: string, change: { costCap?: number | undefined }): Promise<GenerationRun>
  cancel(actor: Actor, runId: string): Promise<GenerationRun>
  /** `generation.nothing_failed`. */
  retry(actor: Actor, runId: string, callIds?: readonly string[]): Promise<GenerationRun>
  listFailures(
    actor: Actor,
    page: { limit: number; after?: Place | undefined; type?: FailureType | undefined },
  ): Promise<PageOf<GenerationCall, Place>>
  /** `generation.call_not_found`, `generation.nothing_failed`. */
  retryFailure(actor: Actor, callId: string): Promise<GenerationRun>
}

export interface GenerationsNeeds {
  readonly runs: GenerationStore
  readonly scaffolding: Pick<Scaffoldings, 'prepareCells'>
  /** Fails with `model.not_available`. */
  readonly parseChoice: (choice: string) => ModelChoice
  /** Fails where the person has no access to it. */
  readonly checkChoice: (userId: string, choice: ModelChoice) => Promise<unknown>
  readonly defaultChoice: (userId: string) => Promise<ModelChoice>
  /** Null where they are not known. */
  readonly findPrices: (
    actor: Actor,
    choice: ModelChoice,
    given: TokenPrices | undefined,
  ) => Promise<TokenPrices | null>
  readonly clock: Clock
  readonly newId: NewId
}

export const makeGenerations = (needs: GenerationsNeeds): Generations => {
  const { runs, newId } = needs

  const chooseModel = async ({ userId }: Actor, named: string | undefined): Promise<ModelChoice> => {
    const choice = named === undefined ? await needs.defaultChoice(userId) : needs.parseChoice(named)
    if (choice.choice === PLACEHOLDER) throw new AppError('model.not_configured')
    await needs.checkChoice(userId, choice)
    return choice
  }

  return {
    async begin(actor, wanted) {
      const model = await chooseModel(actor, wanted.choice)
      const prices = await needs.findPrices(actor, model, wanted.prices)
      if (wanted.costCap !== undefined && prices === null) throw needsPrices()
      const prepared = await needs.scaffolding.prepareCells(actor, wanted.cells, wanted)
      const cells = prepared.map((cell) => toRunCell(cell, wanted.temperature))
      const run = await runs.create(
        actor,
        {
          id: newId(),
          tier: wanted.tier,
          templateId: wanted.templateId ?? null,
          choice: model.choice,
          model: model.model,
          temperature: wanted.temperature ?? null,
          maxTokens: wanted.maxTokens,
          concurrency: wanted.concurrency,
          onError: wanted.onError,
          askAgain: wanted.askAgain,
          costCap: wanted.costCap ?? null,
          prices,
          cells,
          calls: cells.flatMap(({ prompt }, cell) => {
            const mostCost = prices === null ? 0 : mostCostOf(prices, prompt, wanted.maxTokens)
            return Array.from({ length: wanted.cells[cell]!.count }, () => {
              return { id: newId(), cell, conversationId: newId(), mostCost }
            })
          }),
          now: needs.clock.now(),
        },
        MAX_OPEN_RUNS,
      )
      if (run === undefined) throw new AppError('generation.too_many')
      return { run, cells: prepared }
    },

    async list(actor, { limit, after }) {
      const items = await runs.list(actor, { limit: limit + 1, after })
      return pageOf(items, limit, ({ createdAt, id }) => ({ at: createdAt, id }))
    },

    get: async (actor, runId) => found(await runs.find(actor, runId)),

    async listCalls(actor, runId, { limit, ...page }) {
      const items = found(await runs.listCalls(actor, runId, { ...page, limit: limit + 1 }))
      return pageOf(items, limit, ({ position }) => position)
    },

    pause: async (actor, runId) => open(await runs.pause(actor, runId)),

    async resume(actor, runId, { costCap }) {
      if (costCap !== undefined && found(await runs.find(actor, runId)).prices === null) throw needsPrices()
      return open(await runs.resume(actor, runId, { costCap }))
    },

    cancel: async (actor, runId) => open(await runs.cancel(actor, runId)),
    retry: async (actor, runId, callIds) => failedBefore(await runs.retry(actor, runId, callIds)),

    async listFailures(actor, { limit, ...page }) {
      const items = await runs.listFailures(actor, { ...page, limit: limit + 1 })
      return pageOf(items, limit, ({ endedAt, id }) => ({ at: endedAt!, id }))
    },

    async retryFailure(actor, callId) {
      const runId = await runs.findRunOfFailure(actor, callId)
      if (runId === undefined) throw new AppError('generation.call_not_found')
      return failedBefore(await runs.retry(actor, runId, [callId]))
    },
  }
}

const toRunCell = (cell: PreparedCell, temperature: number | undefined): RunCell => ({
  scaffolding: cell.snapshot,
  prompt: cell.prompt.text,
  temperature: temperature ?? cell.prompt.temperature,
  clientPersona: `${cell.persona.name} - ${cell.persona.details.archetype}`,
  turns: [cell.arc.details.typicalTurnCountMin, cell.arc.details.typicalTurnCountMax],
})

const needsPrices = (): AppError => {
  const message = 'must be given where there is a cap: what this model costs is not known'
  const issue: InputIssue = { part: 'body', path: ['prices'], rule: 'missing', message }
  return new AppError('request.invalid', { issues: [issue] })
}

/** One more was asked for than the page holds. */
const pageOf = <Item, Next>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Next,
): PageOf<Item, Next> => ({
  items: items.slice(0, limit),
  next: items.length > limit ? placeOf(items[limit - 1]!) : undefined,
})

const found = <Found>(value: Found | undefined): Found => {
  if (value === undefined) throw new AppError('generation.not_found')
  return value
}

const open = (run: GenerationRun | 'ended' | undefined): GenerationRun => {
  if (run === 'ended') throw new AppError('generation.ended')
  return found(run)
}

const failedBefore = (run: GenerationRun | 'nothing' | undefined): GenerationRun => {
  if (run === 'nothing') throw new AppError('generation.nothing_failed')
  return found(run)
}
