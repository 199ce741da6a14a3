/** What a person does with their datasets. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { makeWorkQueue } from '#kernel/work-queue.ts'
import type { Dataset, DatasetVersion, DropReason, MemberChange, Selection, Settings } from './dataset.ts'
import type {
  ChangeCounts,
  Change,
  Cluster,
  DatasetStore,
  ListedItem,
  Member,
  SelectionPlace,
  Preview,
  VersionKey,
} from './dataset-store.ts'
import { decideItems } from './decide-items.ts'
import { studySelection, type StudyNeeds } from './study-selection.ts'
import type { Split } from './targets/target.ts'

/** A selection that is no larger is searched for near duplicates before it is frozen. */
const MOST_SEARCHED = 2_000

interface Needs extends StudyNeeds {
  readonly store: DatasetStore
  readonly clock: Clock
  readonly newId: NewId
  /** A version waits to be frozen, or is not to be any more. */
  readonly onChanged: () => void
}

type Given = Pick<Dataset, 'name' | 'description' | 'selection' | 'settings'>

/** What a version would be now; `near_duplicate` is null where nobody looked for them. */
export interface FullPreview {
  readonly selected: number
  readonly dropped: Preview['dropped'] & { readonly near_duplicate: number | null }
  readonly tokens: number
}

/** Some of a list, and where it goes on: behind this; undefined at the end. */
export interface Page<Item, Place = string> {
  readonly items: readonly Item[]
  readonly next: Place | undefined
}

interface Ask {
  readonly after?: string | undefined
  readonly limit: number
}

/** What is somebody else's fails with `dataset.not_found` or `dataset.version_not_found`, as what is not there does. */
export interface Datasets {
  /** Fails with `dataset.too_many`. */
  create(actor: Actor, given: Given): Promise<Dataset>
  list(
    actor: Actor,
    page: { readonly before?: { readonly at: Date; readonly id: string } | undefined; readonly limit: number },
  ): Promise<Page<Dataset, { at: Date; id: string }>>
  get(actor: Actor, id: string): Promise<Dataset>
  /** Fails with `dataset.moved` when it was changed since `from`, its `updatedAt`. */
  change(actor: Actor, id: string, change: Partial<Given> & { readonly from?: Date | undefined }): Promise<Dataset>
  /** Names conversations, or no longer, whatever else the selection says. Fails with `dataset.too_many_named`. */
  changeMembers(actor: Actor, id: string, change: MemberChange): Promise<Dataset>
  /** What the next version begins with, or what it leaves out by name; the latest first. */
  listMembers(
    actor: Actor,
    id: string,
    ask: { readonly leftOut: boolean; readonly after?: SelectionPlace | undefined; readonly limit: number },
  ): Promise<Page<Member, SelectionPlace>>
  remove(actor: Actor, id: string): Promise<void>
  /** With another selection or other settings than the dataset's, where they are given. */
  preview(
    actor: Actor,
    id: string,
    instead: { readonly selection?: Selection | undefined; readonly settings?: Settings | undefined },
  ): Promise<FullPreview>
  /** Begins the next version. Fails with `dataset.busy` when too many wait. */
  freeze(actor: Actor, id: string): Promise<DatasetVersion>
  listVersions(
    actor: Actor,
    id: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<Page<DatasetVersion, number>>
  getVersion(actor: Actor, key: VersionKey): Promise<DatasetVersion>
  cancel(actor: Actor, key: VersionKey): Promise<DatasetVersion>

  // Of completed versions; they fail with `dataset.version_unfinished` for others.

  listItems(
    actor: Actor,
    key: VersionKey,
    ask: Ask & { readonly split?: Split | undefined; readonly dropped?: DropReason | undefined },
  ): Promise<Page<ListedItem>>
  listClusters(actor: Actor, key: VersionKey, ask: Ask): Promise<Page<Cluster>>
  diff(
    actor: Actor,
    key: VersionKey,
    former: number,
    ask: Ask,
  ): Promise<Page<Change> & { readonly counts: ChangeCounts }>
}

export const makeDatasets = (needs: Needs): Datasets => {
  const { store, clock } = needs
  // Each is a thread and a look at every conversation.
  const inTurn = makeWorkQueue(2, 20)

  const get = async (actor: Actor, id: string): Promise<Dataset> =>
    found(await store.find(actor, id), 'dataset.not_found')
  const getVersion = async (actor: Actor, key: VersionKey): Promise<DatasetVersion> =>
    found(await store.findVersion(actor, key), 'dataset.version_not_found')
  const checkCompleted = async (actor: Actor, key: VersionKey): Promise<void> => {
    const { status } = await getVersion(actor, key)
    if (status !== 'completed') throw new AppError('dataset.version_unfinished')
  }

  return {
    async create(actor, given) {
      const now = clock.now()
      const dataset: Dataset = { ...given, id: needs.newId(), latestVersion: 0, createdAt: now, updatedAt: now }
      if (!(await store.create(actor, dataset))) throw new AppError('dataset.too_many')
      return dataset
    },
    async list(actor, { before, limit }) {
      const items = await store.list(actor, { before, limit: limit + 1 })
      return pageOf(items, limit, ({ createdAt, id }) => ({ at: createdAt, id }))
    },
    get,
    async change(actor, id, change) {
      const dataset = await store.change(actor, id, { ...change, now: clock.now() })
      if (dataset === 'moved') throw new AppError('dataset.moved')
      return found(dataset, 'dataset.not_found')
    },
    async changeMembers(actor, id, change) {
      const dataset = await store.changeMembers(actor, id, { ...change, now: clock.now() })
      if (dataset === 'too_many') throw new AppError('dataset.too_many_named')
      return found(dataset, 'dataset.not_found')
    },
    async listMembers(actor, id, ask) {
      const { selection, settings } = await get(actor, id)
      const members = await store.listMembers(actor, selection, settings, { ...ask, limit: ask.limit + 1 })
      return pageOf(members, ask.limit, ({ place }) => place)
    },
    async remove(actor, id) {
      if (!(await store.remove(actor, id))) throw new AppError('dataset.not_found')
      needs.onChanged()
    },

    async preview(actor, id, instead) {
      const dataset = await get(actor, id)
      const { selection = dataset.selection, settings = dataset.settings } = instead
      const preview = await store.preview(actor, selection, settings)
      if (settings.nearDuplicateThreshold === null || settings.duplicates === 'keep')
        return { ...preview, dropped: { ...preview.dropped, near_duplicate: 0 } }
      if (preview.selected > MOST_SEARCHED) return { ...preview, dropped: { ...preview.dropped, near_duplicate: null } }
      const { studied, likenesses } = await inTurn(() => studySelection(needs, actor, { selection, settings }))
      const items = studied
        .keys()
        .map(decideItems(studied, likenesses, settings, new Map()))
        .toArray()
      const count = (reason: DropReason) => items.filter(({ dropped }) => dropped === reason).length
      const kept = items.filter(({ dropped }) => dropped === null)
      return {
        selected: items.length,
        dropped: {
          too_few_turns: count('too_few_turns'),
          too_many_turns: count('too_many_turns'),
          too_long: count('too_long'),
          duplicate: count('duplicate'),
          near_duplicate: count('near_duplicate'),
        },
        tokens: kept.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
      }
    },

    async freeze(actor, id) {
      const version = await store.addVersion(actor, id, clock.now())
      if (version === 'too_many') throw new AppError('dataset.busy', { retryAfterSeconds: 10 })
      needs.onChanged()
      return found(version, 'dataset.not_found')
    },
    async listVersions(actor, id, { before, limit }) {
      await get(actor, id)
      const items = await store.listVersions(actor, id, { before, limit: limit + 1 })
      return pageOf(items, limit, ({ version }) => version)
    },
    getVersion,
    async cancel(actor, key) {
      const version = found(await store.cancelVersion(actor, key, clock.now()), 'dataset.version_not_found')
      needs.onChanged()
      return version
    },

    async listItems(actor, key, ask) {
      await checkCompleted(actor, key)
      const items = await store.listItems(actor, key, { ...ask, limit: ask.limit + 1 })
      return pageOf(items, ask.limit, ({ conversationId }) => conversationId)
    },
    async listClusters(actor, key, ask) {
      await checkCompleted(actor, key)
      const items = await store.listClusters(actor, key, { ...ask, limit: ask.limit + 1 })
      return pageOf(items, ask.limit, ({ id }) => id)
    },
    async diff(actor, key, former, ask) {
      await checkCompleted(actor, key)
      await checkCompleted(actor, { ...key, version: former })
      const { changes, counts } = await store.diff(actor, key, former, { ...ask, limit: ask.limit + 1 })
      return { ...pageOf(changes, ask.limit, ({ conversationId }) => conversationId), counts }
    },
  }
}

const found = <Value>(value: Value | undefined, code: 'dataset.not_found' | 'dataset.version_not_found'): Value => {
  if (value === undefined) throw new AppError(code)
  return value
}

/** @param items one more than `limit` where the list goes on */
const pageOf = <Item, Place>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Place,
): Page<Item, Place> => ({
  items: items.slice(0, limit),
  next: items.length > limit ? placeOf(items[limit - 1]!) : undefined,
})
