/** The filter of a dataset in the words of the dashboard's, and back: pure. */
import type { Dataset } from '#contract/training/index.ts'
import { type DashboardSearch, isNarrowed, qualities } from '../training/dashboard-search.ts'

export type Selection = Dataset['selection']
type Filter = NonNullable<Selection['filter']>

/** What the dashboard's filters can't say. */
type Rest = Pick<Filter, 'quality_min' | 'quality_max' | 'origin' | 'requires_manual_review'>

const qualityOf = (score: number | undefined) => qualities.find((each) => Number(each) === score)

const restOf = ({ quality_min: least, quality_max: most, origin, requires_manual_review: flagged }: Filter): Rest => ({
  ...(least !== undefined && qualityOf(least) === undefined ? { quality_min: least } : {}),
  ...(most === undefined ? {} : { quality_max: most }),
  ...(origin === undefined ? {} : { origin }),
  ...(flagged === false ? { requires_manual_review: false } : {}),
})

/** As the filter bar shows it. */
export const searchOf = (filter: Filter): DashboardSearch => {
  const quality = qualityOf(filter.quality_min)
  return {
    ...(filter.status === undefined ? {} : { status: filter.status }),
    ...(filter.tier === undefined ? {} : { tier: filter.tier }),
    ...(quality === undefined ? {} : { quality }),
    ...(filter.persona_key === undefined ? {} : { persona: filter.persona_key }),
    ...(filter.arc_key === undefined ? {} : { arc: filter.arc_key }),
    ...(filter.topic_key === undefined ? {} : { topic: filter.topic_key }),
    ...(filter.requires_manual_review === true ? { flagged: true } : {}),
    ...(filter.q === undefined ? {} : { q: filter.q }),
  }
}

/** What the filter bar says, with what `before` had that the bar can't say; once everything is cleared there, that goes too. */
export const filterOf = (search: DashboardSearch, before: Filter = {}): Filter => ({
  ...(isNarrowed(search) ? restOf(before) : {}),
  ...(search.status === undefined ? {} : { status: search.status }),
  ...(search.tier === undefined ? {} : { tier: search.tier }),
  ...(search.quality === undefined ? {} : { quality_min: Number(search.quality) }),
  ...(search.persona === undefined ? {} : { persona_key: search.persona }),
  ...(search.arc === undefined ? {} : { arc_key: search.arc }),
  ...(search.topic === undefined ? {} : { topic_key: search.topic }),
  ...(search.flagged === undefined ? {} : { requires_manual_review: true }),
  ...(search.q === undefined ? {} : { q: search.q }),
})
