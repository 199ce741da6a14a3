/** Where conversations are counted by persona, arc and topic: the port. */
import type { Actor } from '#kernel/actor.ts'
import type { ReviewStatus, Tier } from '../training/index.ts'
import type { CoveragePage } from './coverage.ts'

export interface CoverageFilter {
  readonly tier?: Tier | undefined
  /** Absent: everything but what was rejected or archived. */
  readonly status?: ReviewStatus | undefined
  /** Of topics, in the order of their names. */
  readonly offset: number
  readonly limit: number
}

export interface CoverageStore {
  /** What is active, and what there is of it and is being made; failed conversations don't count. Undefined for somebody who was never given the starter set. */
  read(actor: Actor, filter: CoverageFilter): Promise<CoveragePage | undefined>
}
