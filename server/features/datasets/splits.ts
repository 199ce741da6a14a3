/**
 * On which side of a split a conversation is: decided by a hash of its group, never by a shuffle; pure. A shuffle with a seed
 * moves most of the validation set when one conversation is added; a hash moves none.
 *
 * A group is what must not be on two sides: conversations that say nearly the same, and those taken from the same real
 * conversation. It is named once, by the id of its oldest conversation, and keeps this name from version to version, whatever
 * joins it or leaves it. Where a new conversation connects two groups of the version before, the one with fewer conversations
 * takes the other's name, and its conversations may move; every version says how many did.
 */
import { createHash } from 'node:crypto'
import type { Settings } from './dataset.ts'
import { type Split, SPLITS } from './targets/target.ts'

export const splitOf = (groupId: string, { seed, splits }: Pick<Settings, 'seed' | 'splits'>): Split => {
  const place = createHash('sha256').update(`${seed}/${groupId}`).digest().readUIntBE(0, 6) / 2 ** 48
  const wanted = SPLITS.filter((split) => splits[split] > 0)
  let end = 0
  // The last takes what rounding leaves.
  return wanted.find((split) => place < (end += splits[split])) ?? wanted.at(-1)!
}

/** Who belongs together, as it turns out: connects things by their numbers. */
export interface Unions {
  connect(one: number, other: number): void
  /** A number that all who are connected share, and nobody else. */
  rootOf(item: number): number
}

/** @param size the numbers are 0 to size - 1 */
export const makeUnions = (size: number): Unions => {
  const parents = Int32Array.from({ length: size }, (_, index) => index)
  const rootOf = (item: number): number => {
    let root = item
    while (parents[root]! !== root) root = parents[root]!
    let at = item
    while (at !== root) {
      const next = parents[at]!
      parents[at] = root
      at = next
    }
    return root
  }
  return {
    rootOf,
    connect(one, other) {
      const [first, second] = [rootOf(one), rootOf(other)]
      if (first !== second) parents[Math.max(first, second)] = Math.min(first, second)
    },
  }
}
