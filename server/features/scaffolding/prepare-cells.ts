/** From the ids of personas, arcs and topics to what a model is asked: for runs, for their estimates and for a look beforehand. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Scaffolding, Tier } from '../training/index.ts'
import { makeReadWithStarter, type Needs } from './change-scaffolds.ts'
import { checkCompatibility, type Compatibility } from './compatibility.ts'
import { type Estimate, estimateRun, MAX_CALLS, type TokenPrices } from './estimate.ts'
import {
  chooseTemplate,
  type PromptTemplate,
  type ResolvedPrompt,
  resolvePrompt,
  snapshotOf,
  unknownPlaceholders,
} from './prompt-template.ts'
import type { AnyScaffold, Cell, Scaffold, ScaffoldKind } from './scaffold.ts'
import type { Parts } from './scaffold-store.ts'

/** A cell by the ids of its parts. */
export interface CellIds {
  readonly personaId: string
  readonly arcId: string
  readonly topicId: string
}

/** Which prompt is used: the one named, or the one that fits tier and arc best. */
export interface TemplateChoice {
  readonly tier: Tier
  readonly templateId?: string | undefined
}

/** What one conversation is made of, with what a model is asked for it. */
export interface PreparedCell extends Cell {
  readonly template: PromptTemplate
  readonly prompt: ResolvedPrompt
  /** What the conversation remembers. */
  readonly snapshot: Scaffolding
  readonly compatibility: Compatibility
}

type CountedIds = CellIds & { readonly count: number }

/** Some by their ids, or all that are active. */
type Some = readonly string[] | 'all'

/** What is to be made: cells one by one, or everything with everything. */
export type Selection =
  | { readonly cells: readonly CountedIds[] }
  | { readonly personaIds: Some; readonly arcIds: Some; readonly topicIds: Some; readonly perCell: number }

export interface RunWish extends TemplateChoice {
  readonly selection: Selection
  readonly model?: string | undefined
  readonly maxTokens: number
  readonly concurrency: number
  readonly prices?: TokenPrices | undefined
}

export interface RunEstimate extends Estimate {
  readonly cells: readonly CountedIds[]
  readonly prices: TokenPrices | null
}

/**
 * What each cell is made of, in the order in which they came. Fails with `scaffold.not_found`, `template.not_found` and, where
 * no active template fits the tier and an arc, `template.none_fits`.
 */
export const makePrepareCells = (needs: Needs) => {
  const findWithStarter = makeFindWithStarter(needs)
  return async (actor: Actor, cells: readonly CellIds[], choice: TemplateChoice): Promise<PreparedCell[]> =>
    prepared(await findWithStarter(actor, idsOf(cells), false), cells, choice)
}

/** The parts, once the person has the starter set: its templates serve scaffolds of their own as well. */
const makeFindWithStarter = (needs: Needs) => {
  const readWithStarter = makeReadWithStarter(needs)
  return (actor: Actor, ids: readonly string[], withActive: boolean): Promise<Parts> =>
    readWithStarter(actor, async () => {
      const parts = await needs.scaffolds.findParts(actor, ids, withActive)
      return parts.hasStarter ? parts : undefined
    })
}

const idsOf = (cells: readonly CellIds[]): string[] => [
  ...new Set(cells.flatMap(({ personaId, arcId, topicId }) => [personaId, arcId, topicId])),
]

const prepared = (parts: Parts, cells: readonly CellIds[], { tier, templateId }: TemplateChoice): PreparedCell[] => {
  const find = finderOf(parts)
  return cells.map((ids) => {
    const cell = find(ids)
    const template =
      templateId === undefined
        ? chooseTemplate(parts.templates, tier, cell.arc.key)
        : parts.templates.find(({ id }) => id === templateId)
    if (template === undefined)
      throw new AppError(templateId === undefined ? 'template.none_fits' : 'template.not_found')
    return {
      ...cell,
      template,
      prompt: resolvePrompt(template, cell.persona, cell.arc, cell.topic),
      snapshot: snapshotOf(cell, template),
      compatibility: checkCompatibility(cell),
    }
  })
}

/** Fails with `scaffold.not_found`. */
const finderOf = ({ scaffolds }: Parts): ((ids: CellIds) => Cell) => {
  const byId = new Map(scaffolds.map((scaffold) => [scaffold.id, scaffold]))
  const get = <Kind extends ScaffoldKind>(kind: Kind, id: string): Scaffold<Kind> => {
    const found: AnyScaffold | undefined = byId.get(id)
    if (found?.kind !== kind) throw new AppError('scaffold.not_found')
    return found as Scaffold<Kind>
  }
  return ({ personaId, arcId, topicId }) => ({
    persona: get('persona', personaId),
    arc: get('arc', arcId),
    topic: get('topic', topicId),
  })
}

/** Fails with `scaffold.not_found`. */
export const makeCheckCompatibility =
  ({ scaffolds }: Needs) =>
  async (actor: Actor, ids: CellIds): Promise<Compatibility> =>
    checkCompatibility(finderOf(await scaffolds.findParts(actor, idsOf([ids]), false))(ids))

/** What a model would be asked, with the template's own text or another. Fails with `template.not_found` and `scaffold.not_found`. */
export const makePreviewTemplate =
  ({ scaffolds }: Needs) =>
  async (
    actor: Actor,
    templateId: string,
    { text, ...ids }: CellIds & { readonly text?: string | undefined },
  ): Promise<ResolvedPrompt & { readonly unknownPlaceholders: readonly string[] }> => {
    const parts = await scaffolds.findParts(actor, idsOf([ids]), false)
    const template = parts.templates.find(({ id }) => id === templateId)
    if (template === undefined) throw new AppError('template.not_found')
    const { persona, arc, topic } = finderOf(parts)(ids)
    const shown = { text: text ?? template.text }
    return { ...resolvePrompt(shown, persona, arc, topic), unknownPlaceholders: unknownPlaceholders(shown.text) }
  }

/**
 * What a run would ask, cost and take. Fails with `request.invalid` where it would make none or more than one run can, and as
 * `makePrepareCells` does.
 */
export const makeEstimateRun = (needs: Needs) => {
  const findWithStarter = makeFindWithStarter(needs)
  return async (actor: Actor, wish: RunWish): Promise<RunEstimate> => {
    const { selection } = wish
    const some = 'cells' in selection ? [] : [selection.personaIds, selection.arcIds, selection.topicIds]
    const named = 'cells' in selection ? idsOf(selection.cells) : some.flatMap((ids) => (ids === 'all' ? [] : ids))
    const parts = await findWithStarter(actor, named, some.includes('all'))
    const cells = cellsOf(selection, parts)
    const planned = prepared(parts, cells, wish).map((cell, index) => ({ ...cell, count: cells[index]!.count }))
    const prices = pricesOf(wish)
    return { ...estimateRun(planned, { ...wish, prices }), cells, prices }
  }
}

const cellsOf = (selection: Selection, { scaffolds }: Parts): readonly CountedIds[] => {
  if ('cells' in selection) {
    checkCalls(selection.cells.reduce((sum, { count }) => sum + count, 0))
    return selection.cells
  }
  const wanted = (kind: ScaffoldKind, some: Some): readonly string[] =>
    some === 'all'
      ? scaffolds.filter((each) => each.kind === kind && each.isActive).map(({ id }) => id)
      : [...new Set(some)]
  const personaIds = wanted('persona', selection.personaIds)
  const arcIds = wanted('arc', selection.arcIds)
  const topicIds = wanted('topic', selection.topicIds)
  checkCalls(personaIds.length * arcIds.length * topicIds.length * selection.perCell)
  return personaIds.flatMap((personaId) =>
    arcIds.flatMap((arcId) => topicIds.map((topicId) => ({ personaId, arcId, topicId, count: selection.perCell }))),
  )
}

/** Before the cells are made: 200 of each kind would be eight million. */
const checkCalls = (calls: number): void => {
  if (calls >= 1 && calls <= MAX_CALLS) return
  const rule = calls < 1 ? 'too_small' : 'too_big'
  const message = `must make 1 to ${MAX_CALLS} conversations, and would make ${calls}`
  throw new AppError('request.invalid', {
    message: `A run makes 1 to ${MAX_CALLS} conversations; this one would make ${calls}.`,
    issues: [{ part: 'body', path: [], rule, message }],
  })
}

/** What is asked of the demo and of this computer costs nothing; of others we know what we are told. */
const pricesOf = ({ model, prices }: RunWish): TokenPrices | null =>
  prices ?? (model === 'demo' || model?.startsWith('local:') ? { prompt: 0, completion: 0 } : null)
