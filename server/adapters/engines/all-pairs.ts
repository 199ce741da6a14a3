/** Shorthand for the table of an engine. */
import type { Engine, FormatId } from '#server/features/conversion/engine.ts'

/** Each of `from` into each of `to`, but none into itself. */
export const allPairs = (from: readonly FormatId[], to: readonly FormatId[]): Engine['conversions'] =>
  from.map((each) => ({ from: [each], to: to.filter((other) => other !== each) }))
