/** What the address of the dashboard says: filters, order, and which conversation is open. Pure. */
import type { ReviewStatus, TrainingAction, TrainingSort } from '#contract/training/index.ts'

export const statuses = [
  'pending_review',
  'approved',
  'rejected',
  'archived',
] as const satisfies readonly ReviewStatus[]
export const tiers = ['template', 'scenario', 'edge_case'] as const
export type Tier = (typeof tiers)[number]
export const sorts = ['created_at', 'quality_score', 'turn_count', 'title'] as const satisfies readonly TrainingSort[]
/** Least scores that are offered (contracts, 0.7). */
export const qualities = ['8', '7', '6'] as const

export const actions = [
  'download',
  'download_raw',
  'download_export',
  'export',
  'generate',
  'take',
  'import',
  'edit',
  'restore',
  'redact',
  'score',
  'judge',
  'approve',
  'reject',
  'archive',
  'reopen',
  'change',
  'delete',
  'erase',
] as const satisfies readonly TrainingAction[]

export interface DashboardSearch {
  readonly status?: ReviewStatus
  readonly tier?: Tier
  readonly quality?: (typeof qualities)[number]
  readonly persona?: string
  readonly arc?: string
  readonly topic?: string
  /** Only what a person should look at. */
  readonly flagged?: true
  readonly q?: string
  readonly sort?: TrainingSort
  readonly direction?: 'asc'
  /** The conversation whose details are shown. */
  readonly open?: string
}

const oneOf = <V extends string>(values: readonly V[], value: unknown): V | undefined =>
  values.find((each) => each === String(value))

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined

/** Keeps what can be meant, without what goes without saying. */
export const dashboardSearch = (search: Record<string, unknown>): DashboardSearch => {
  const sort = oneOf(sorts, search.sort)
  const found = {
    status: oneOf(statuses, search.status),
    tier: oneOf(tiers, search.tier),
    quality: oneOf(qualities, search.quality),
    persona: word(search.persona),
    arc: word(search.arc),
    topic: word(search.topic),
    flagged: search.flagged === true ? true : undefined,
    q: word(search.q),
    sort: sort === 'created_at' ? undefined : sort,
    direction: search.direction === 'asc' ? 'asc' : undefined,
    open: word(search.open),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** Whether anything narrows the list. */
export const isNarrowed = ({ sort: _sort, direction: _direction, open: _open, ...filters }: DashboardSearch): boolean =>
  Object.keys(filters).length > 0

/** Which lines of the log are shown. */
export const logSearch = (search: Record<string, unknown>): { readonly action?: TrainingAction } => {
  const action = oneOf(actions, search['action'])
  return action === undefined ? {} : { action }
}
