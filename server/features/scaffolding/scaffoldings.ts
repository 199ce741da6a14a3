/** The slice put together: what it does for surfaces and for the slices that generate. */
import type { Actor } from '#kernel/actor.ts'
import type { ReviewStatus, Tier } from '../training/index.ts'
import {
  makeChangeScaffold,
  makeCreateScaffold,
  makeListScaffolds,
  makeReadWithStarter,
  makeRemoveScaffold,
  makeRestoreStarter,
  type Needs,
} from './change-scaffolds.ts'
import { makeChangeTemplate, makeCreateTemplate, makeListTemplates, makeRemoveTemplate } from './change-templates.ts'
import { type CoverageMatrix, coverageOf, type CoveragePage } from './coverage.ts'
import type { CoverageStore } from './coverage-store.ts'
import { makeCheckCompatibility, makeEstimateRun, makePrepareCells, makePreviewTemplate } from './prepare-cells.ts'

export interface CoverageWish {
  readonly tier?: Tier | undefined
  readonly status?: ReviewStatus | undefined
  /** How many conversations each cell should have. */
  readonly target: number
  /** From 1, with `limit` topics on each. */
  readonly page: number
  readonly limit: number
}

export const makeScaffolding = (needs: Needs & { readonly coverage: CoverageStore }) => {
  const readWithStarter = makeReadWithStarter(needs)
  return {
    list: makeListScaffolds(needs),
    create: makeCreateScaffold(needs),
    change: makeChangeScaffold(needs),
    remove: makeRemoveScaffold(needs),
    restoreStarter: makeRestoreStarter(needs),
    checkCompatibility: makeCheckCompatibility(needs),
    listTemplates: makeListTemplates(needs),
    createTemplate: makeCreateTemplate(needs),
    changeTemplate: makeChangeTemplate(needs),
    removeTemplate: makeRemoveTemplate(needs),
    previewTemplate: makePreviewTemplate(needs),
    prepareCells: makePrepareCells(needs),
    estimateRun: makeEstimateRun(needs),

    /** Which cells have how many conversations, and which lack some. */
    async readCoverage(
      actor: Actor,
      { target, page, limit, ...filter }: CoverageWish,
    ): Promise<CoveragePage & { readonly matrix: CoverageMatrix }> {
      const found = await readWithStarter(actor, () =>
        needs.coverage.read(actor, { ...filter, offset: (page - 1) * limit, limit }),
      )
      return { ...found, matrix: coverageOf(found, target) }
    },
  }
}

export type Scaffoldings = ReturnType<typeof makeScaffolding>
