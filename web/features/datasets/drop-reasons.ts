/** Why conversations are left out, in the order in which it is decided. */
import type { DropReason } from '#contract/training/index.ts'

export const dropReasons = [
  'too_few_turns',
  'too_many_turns',
  'too_long',
  'duplicate',
  'near_duplicate',
] as const satisfies readonly DropReason[]
