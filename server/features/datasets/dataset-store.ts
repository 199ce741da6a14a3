/** Where datasets and their versions are kept: the port. All of it is the actor's own; what is somebody else's is not there. */
import type { Actor } from '#kernel/actor.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import type { ReviewStatus, UnparsedRow } from '../training/index.ts'
import type {
  Dataset,
  DatasetItem,
  DatasetVersion,
  DropReason,
  FrozenFacts,
  MemberChange,
  Selection,
  Settings,
  VersionRow,
} from './dataset.ts'
import type { Split } from './targets/target.ts'

/** A version, by the number that its dataset gave it. */
export interface VersionKey {
  readonly datasetId: string
  readonly version: number
}

/** Items in the order of their conversations' ids, behind one of them. */
interface ItemPage {
  readonly after?: string | undefined
  readonly limit: number
}

/** An item as people read it. */
export interface ListedItem extends DatasetItem {
  /** As it was then; null where it was erased. */
  readonly title: FrozenFacts['title'] | null
}

/** Conversations that say the same, or nearly. */
export interface Cluster {
  readonly id: string
  readonly total: number
  /** The first of them, at most `CLUSTER_ITEMS`. */
  readonly items: readonly ListedItem[]
}
export const CLUSTER_ITEMS = 20

/** Where a conversation stands in a version. */
interface Standing {
  readonly revision: number | null
  readonly split: Split
}

/** What became of a conversation between two versions; `moved`: the same revision on another side. */
export interface Change {
  readonly conversationId: string
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  readonly title: string | null
  readonly from: Standing | null
  readonly to: Standing | null
}
export type ChangeCounts = Readonly<Record<Change['change'] | 'unchanged', number>>

/** What a version would be now, without looking for near duplicates. */
export interface Preview {
  readonly selected: number
  readonly dropped: Readonly<Record<Exclude<DropReason, 'near_duplicate'>, number>>
  /** Of what is kept. */
  readonly tokens: number
}

/** A place in a selection: behind a conversation, whether that is still there or not. */
export interface SelectionPlace {
  /** Microseconds since 1970: a Date would lose the last of them. */
  readonly createdAt: string
  readonly id: string
}

/** A conversation of a selection as people read it, as it is now. */
export interface Member {
  readonly place: SelectionPlace
  readonly id: string
  readonly title: string
  readonly status: ReviewStatus
  readonly turnCount: number
  /** 0 where it was never counted. */
  readonly tokenCount: number
  /** It belongs to the selection by name. */
  readonly isNamed: boolean
}

/** A conversation of a selection, as it is now. */
export interface Candidate {
  readonly place: SelectionPlace
  readonly id: string
  readonly revision: number
  /** The real conversation that it was taken from. */
  readonly sourceId: string | null
  readonly turnCount: number
  /** 0 where it was never counted. */
  readonly tokenCount: number
  /** Two that say the very same have the same: hexadecimal digits. */
  readonly contentHash: string
  /** A TrainingContent as JSON text. */
  readonly content: string
}

/** To which group a conversation belonged in the version before. */
export interface FormerGroup {
  readonly id: string
  readonly groupId: string
}

/** What is written into a version; a version never holds one that has no split and was not dropped. */
export interface NewItem {
  readonly id: string
  readonly revision: number
  readonly split: Split | null
  readonly dropped: DropReason | null
  readonly turnCount: number
  readonly tokenCount: number
  readonly groupId: string
  readonly clusterId: string | null
  readonly similarity: number | null
}

export interface DatasetStore {
  /** False: the person has as many as they can have. */
  create(actor: Actor, dataset: Dataset): Promise<boolean>
  /** The latest first. */
  list(
    actor: Actor,
    page: { readonly before?: { readonly at: Date; readonly id: string } | undefined; readonly limit: number },
  ): Promise<Dataset[]>
  find(actor: Actor, id: string): Promise<Dataset | undefined>
  /** Undefined: there is no such dataset; `moved`: it is not the one of `from`, and nothing has changed. One round trip. */
  change(
    actor: Actor,
    id: string,
    change: Partial<Pick<Dataset, 'name' | 'description' | 'selection' | 'settings'>> & {
      /** Its `updatedAt` when the change was made. */
      readonly from?: Date | undefined
      readonly now: Date
    },
  ): Promise<Dataset | 'moved' | undefined>
  /**
   * Adds to what the selection names and takes from it. Of several at once none is lost, and one that changes nothing leaves
   * `updatedAt` as it was. One round trip. Undefined: there is no such dataset; `too_many`: more than `MAX_NAMED` would be
   * included or excluded, and nothing has changed.
   */
  changeMembers(
    actor: Actor,
    id: string,
    change: MemberChange & { readonly now: Date },
  ): Promise<Dataset | 'too_many' | undefined>
  remove(actor: Actor, id: string): Promise<boolean>
  /**
   * What a selection has now, or what it leaves out by name whatever else holds. The latest first, behind a place. One round
   * trip.
   */
  listMembers(
    actor: Actor,
    selection: Selection,
    settings: Settings,
    page: { readonly leftOut: boolean; readonly after?: SelectionPlace | undefined; readonly limit: number },
  ): Promise<Member[]>

  preview(actor: Actor, selection: Selection, settings: Settings): Promise<Preview>
  countCandidates(actor: Actor, selection: Selection, settings: Settings): Promise<number>
  /** The oldest first. One round trip. */
  readCandidates(
    actor: Actor,
    selection: Selection,
    settings: Settings,
    page: { readonly after?: SelectionPlace | undefined; readonly limit: number },
  ): Promise<Candidate[]>

  /** The next version, which waits to be frozen. Undefined: there is no such dataset; `too_many`: `MAX_UNFINISHED` wait. */
  addVersion(actor: Actor, datasetId: string, now: Date): Promise<DatasetVersion | 'too_many' | undefined>
  /** The latest first. */
  listVersions(
    actor: Actor,
    datasetId: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<DatasetVersion[]>
  findVersion(actor: Actor, key: VersionKey): Promise<DatasetVersion | undefined>
  /** Ends what waits or is being frozen; leaves what has ended. Undefined: there is none. */
  cancelVersion(actor: Actor, key: VersionKey, now: Date): Promise<DatasetVersion | undefined>

  // Of completed versions.

  listItems(
    actor: Actor,
    key: VersionKey,
    page: ItemPage & { readonly split?: Split | undefined; readonly dropped?: DropReason | undefined },
  ): Promise<ListedItem[]>
  /** By the ids of the clusters, behind one of them. */
  listClusters(actor: Actor, key: VersionKey, page: ItemPage): Promise<Cluster[]>
  /** What `key` has other than `former`, by conversation; the counts are of all of it. */
  diff(
    actor: Actor,
    key: VersionKey,
    former: number,
    page: ItemPage,
  ): Promise<{ changes: Change[]; counts: ChangeCounts }>
  /**
   * For exports and reports: what was kept, as it was then, without what was erased. In the order of the conversations' ids,
   * whatever is asked for. One round trip.
   */
  readRows(
    actor: Actor,
    key: VersionKey,
    page: ItemPage & { readonly split?: Split | undefined },
  ): Promise<VersionRow<UnparsedRow>[]>
}

/** A version that is being frozen by one worker. */
export interface LeasedVersion extends VersionKey {
  readonly ownerId: string
  readonly leaseId: string
  readonly selection: Selection
  readonly settings: Settings
}

/** What a worker needs to freeze versions: its queue, and where it writes what it found. Times are the database's. */
export interface VersionQueue {
  /** The one that has waited longest; of what a former worker of it wrote nothing is left. Undefined: none waits. */
  claim(leaseId: string): Promise<LeasedVersion | undefined>
  renew(leaseIds: readonly string[]): Promise<string[]>
  /** The worker shuts down: it waits again. */
  putBack(version: LeasedVersion): Promise<void>
  tellProgress(version: LeasedVersion, progress: { readonly done: number; readonly total: number }): Promise<void>
  /** The latest completed version before this one. */
  findFormer(version: LeasedVersion): Promise<number | undefined>
  /** In the order of their ids. */
  listFormerGroups(version: LeasedVersion, former: number, page: ItemPage): Promise<FormerGroup[]>
  /** With their facts as they are now; without those that were erased by now. False: the lease is gone. */
  addItems(version: LeasedVersion, items: readonly NewItem[]): Promise<boolean>
  /**
   * It is frozen; the database counts what is in it.
   * @param former the version that it is compared with for what has moved
   * @returns false: the lease is gone
   */
  complete(
    version: LeasedVersion,
    options: { readonly former: number | undefined; readonly contextSizes: readonly number[] },
  ): Promise<boolean>
  fail(version: LeasedVersion, errorCode: ErrorCode): Promise<void>
  /** Takes the versions of dead workers from them; with `all`, those of every worker. Returns how many there were. */
  reap(options?: { readonly all?: boolean }): Promise<number>
}
