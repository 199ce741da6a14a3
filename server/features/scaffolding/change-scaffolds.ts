/** What people do with their personas, arcs and topics. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { type ArcDetails, type DetailsOf, type Scaffold, type ScaffoldDraft, type ScaffoldKind } from './scaffold.ts'
import type { ScaffoldFilter, ScaffoldStore } from './scaffold-store.ts'
import type { TemplateStore } from './template-store.ts'
import { STARTER_SET } from './starter-set.ts'

export interface Needs {
  readonly scaffolds: ScaffoldStore
  readonly templates: TemplateStore
  readonly clock: Clock
  readonly newId: NewId
}

export interface ScaffoldChange<Kind extends ScaffoldKind> {
  readonly name?: string | undefined
  readonly isActive?: boolean | undefined
  /** Only those that change. */
  readonly details: { readonly [Name in keyof DetailsOf[Kind]]?: DetailsOf[Kind][Name] | undefined }
}

/** Reads what only those have who were given the starter set, and gives it to the others first. */
export const makeReadWithStarter =
  ({ scaffolds, clock, newId }: Pick<Needs, 'scaffolds' | 'clock' | 'newId'>) =>
  async <Found>(actor: Actor, read: () => Promise<Found | undefined>): Promise<Found> => {
    const found = await read()
    if (found !== undefined) return found
    await scaffolds.giveStarter(actor, STARTER_SET, newId, clock.now())
    const given = await read()
    if (given === undefined) throw new Error('The starter set was given and is not there.')
    return given
  }

/** By name. */
export const makeListScaffolds = (needs: Needs) => {
  const readWithStarter = makeReadWithStarter(needs)
  return async <Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    filter: ScaffoldFilter = {},
  ): Promise<Scaffold<Kind>[]> => byName(await readWithStarter(actor, () => needs.scaffolds.list(actor, kind, filter)))
}

const collator = new Intl.Collator('und', { numeric: true })

/** As people sort words. */
export const byName = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => collator.compare(a.name, b.name))

/** Fails with `request.invalid`, `scaffold.exists` when the key is taken, and `scaffold.too_many`. */
export const makeCreateScaffold =
  ({ scaffolds, clock, newId }: Needs) =>
  async <Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    { key, name, details }: ScaffoldDraft<Kind>,
  ): Promise<Scaffold<Kind>> => {
    checkDetails(kind, details)
    const draft = { key, name: name.trim(), details }
    const created = await scaffolds.create(actor, kind, { ...draft, id: newId(), now: clock.now() })
    if (created === 'taken') throw new AppError('scaffold.exists')
    if (created === 'full') throw new AppError('scaffold.too_many')
    return created
  }

/** Fails with `request.invalid` and `scaffold.not_found`. */
export const makeChangeScaffold =
  ({ scaffolds, clock }: Needs) =>
  async <Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    change: ScaffoldChange<Kind>,
  ): Promise<Scaffold<Kind>> => {
    const changed = await scaffolds.change(actor, kind, id, (scaffold) => {
      const details: DetailsOf[Kind] = { ...scaffold.details, ...withoutGaps(change.details) }
      checkDetails(kind, details)
      return {
        ...scaffold,
        name: change.name?.trim() ?? scaffold.name,
        isActive: change.isActive ?? scaffold.isActive,
        details,
        updatedAt: clock.now(),
      }
    })
    if (changed === undefined) throw new AppError('scaffold.not_found')
    return changed
  }

const withoutGaps = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** Of an arc, that no range ends before it begins. */
const checkDetails = <Kind extends ScaffoldKind>(kind: Kind, details: DetailsOf[Kind]): void => {
  if (kind !== 'arc') return
  const arc = details as ArcDetails
  const ranges = [
    { name: 'starting_intensity_max', least: arc.startingIntensityMin, most: arc.startingIntensityMax },
    { name: 'ending_intensity_max', least: arc.endingIntensityMin, most: arc.endingIntensityMax },
    { name: 'typical_turn_count_max', least: arc.typicalTurnCountMin, most: arc.typicalTurnCountMax },
  ]
  const issues = ranges
    .filter(({ least, most }) => most < least)
    .map(({ name }) => ({
      part: 'body' as const,
      path: [name],
      rule: 'too_small' as const,
      message: 'must not be less than its minimum',
    }))
  if (issues.length > 0) throw new AppError('request.invalid', { issues })
}

/** Conversations keep what they were made with. Fails with `scaffold.not_found`. */
export const makeRemoveScaffold =
  ({ scaffolds }: Needs) =>
  async (actor: Actor, kind: ScaffoldKind, id: string): Promise<void> => {
    if (!(await scaffolds.remove(actor, kind, id))) throw new AppError('scaffold.not_found')
  }

/** Puts back everything of the starter set, as it was; what the person added stays. */
export const makeRestoreStarter =
  ({ scaffolds, clock, newId }: Needs) =>
  (actor: Actor): Promise<void> =>
    scaffolds.restoreStarter(actor, STARTER_SET, newId, clock.now())
