/** What becomes of every conversation of a selection: kept, on which side, or dropped, and why; pure. */
import type { DropReason, Settings } from './dataset.ts'
import type { NewItem } from './dataset-store.ts'
import { makeUnions, splitOf, type Unions } from './splits.ts'
import type { Likeness } from './text-study.ts'

/** A conversation of the selection, once it has been read. */
export interface Studied {
  readonly id: string
  readonly revision: number
  readonly sourceId: string | null
  readonly turnCount: number
  readonly tokenCount: number
  /** The place of the oldest that says the very same: its own, where none is older. Null where it is dropped for its length. */
  readonly original: number | null
}

type Lengths = Pick<Studied, 'turnCount' | 'tokenCount'>

/** Why a conversation is dropped for its length alone. */
export const reasonOfLength = ({ turnCount, tokenCount }: Lengths, settings: Settings): DropReason | null => {
  if (turnCount < settings.minTurns) return 'too_few_turns'
  if (turnCount > (settings.maxTurns ?? Infinity)) return 'too_many_turns'
  return tokenCount > (settings.maxTokens ?? Infinity) ? 'too_long' : null
}

/**
 * @param studied the oldest first
 * @param likenesses between conversations by their place in `studied`; of those that say the very same only one need be in it
 * @param formerGroups by conversation, of the version before
 * @returns what becomes of the one at a place. Hashing is done then, so that nobody waits for that of all
 */
export const decideItems = (
  studied: readonly Studied[],
  likenesses: readonly Likeness[],
  settings: Settings,
  formerGroups: ReadonlyMap<string, string>,
): ((place: number) => NewItem) => {
  const likes = makeUnions(studied.length)
  const similarities = new Float32Array(studied.length)
  const like = (earlier: number, later: number, similarity: number): void => {
    likes.connect(earlier, later)
    for (const each of [earlier, later]) similarities[each] = Math.max(similarities[each]!, similarity)
  }
  for (const [place, { original }] of studied.entries())
    if (original !== null && original !== place) like(original, place, 1)
  for (const { earlier, later, similarity } of likenesses) like(earlier, later, similarity)

  const groups = groupsOf(studied, likes)
  const names = nameGroups(studied, groups, formerGroups)
  const clusterSizes = sizesOf(studied.length, likes)

  return (place) => {
    const { id, revision, turnCount, tokenCount, original } = studied[place]!
    const first = likes.rootOf(place)
    const isInCluster = clusterSizes[first]! > 1
    const isRepeated = isInCluster && first !== place && settings.duplicates === 'drop'
    const repetition = original === place ? 'near_duplicate' : 'duplicate'
    const dropped = reasonOfLength(studied[place]!, settings) ?? (isRepeated ? repetition : null)
    const group = groups.rootOf(place)
    const groupId = names.get(group) ?? formerGroups.get(studied[group]!.id) ?? studied[group]!.id
    return {
      id,
      revision,
      split: dropped === null ? splitOf(groupId, settings) : null,
      dropped,
      turnCount,
      tokenCount,
      groupId,
      clusterId: isInCluster ? studied[first]!.id : null,
      similarity: isInCluster && first !== place ? similarities[place]! : null,
    }
  }
}

/** What is alike belongs together, and what was taken from the same conversation. */
const groupsOf = (studied: readonly Studied[], likes: Unions): Unions => {
  const groups = makeUnions(studied.length)
  const firstOf = new Map<string, number>()
  for (const [place, { sourceId }] of studied.entries()) {
    groups.connect(likes.rootOf(place), place)
    if (sourceId === null) continue
    groups.connect(firstOf.get(sourceId) ?? place, place)
    firstOf.set(sourceId, firstOf.get(sourceId) ?? place)
  }
  return groups
}

const sizesOf = (count: number, unions: Unions): Int32Array => {
  const sizes = new Int32Array(count)
  for (let place = 0; place < count; place++) sizes[unions.rootOf(place)]!++
  return sizes
}

/** What groups of two or more are called, by their root: as most of their members were called in the version before. */
const nameGroups = (
  studied: readonly Studied[],
  groups: Unions,
  formerGroups: ReadonlyMap<string, string>,
): Map<number, string> => {
  const sizes = sizesOf(studied.length, groups)
  const votes = new Map<number, Map<string, number>>()
  for (const [place, { id }] of studied.entries()) {
    const root = groups.rootOf(place)
    const former = formerGroups.get(id)
    if (sizes[root]! < 2 || former === undefined) continue
    const ofGroup = votes.get(root) ?? new Map<string, number>()
    votes.set(root, ofGroup.set(former, (ofGroup.get(former) ?? 0) + 1))
  }
  return new Map([...votes].map(([root, ofGroup]) => [root, mostVoted(ofGroup)]))
}

/** Of names with as many votes the first in the order of the alphabet. */
const mostVoted = (votes: ReadonlyMap<string, number>): string =>
  [...votes].reduce((best, each) => (each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best))[0]
