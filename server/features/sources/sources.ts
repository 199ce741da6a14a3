/** What is done with real conversations as training data, put together. */
import type { Clock } from '#kernel/clock.ts'
import type { NewId } from '#kernel/ids.ts'
import type { NoticeBoard } from '#kernel/notices.ts'
import { inRounds } from '#kernel/rounds.ts'
import type { Trainings, TrainingStore } from '../training/index.ts'
import type { ConsentStore } from './consent-store.ts'
import { makeConsents } from './consents.ts'
import { makeErasures } from './erasures.ts'
import { makeKeptRedactions, redactionBox } from './kept-redactions.ts'
import { makeListHeldWords, makeListSources } from './list-sources.ts'
import type { SourceStore } from './source-store.ts'
import { makeTakeSource } from './take-source.ts'

export interface SourcesNeeds {
  readonly store: SourceStore
  readonly consentStore: ConsentStore
  /** Of training conversations. */
  readonly records: TrainingStore
  readonly trainings: Trainings
  /** For what was redacted. */
  readonly box: Parameters<typeof redactionBox>[0]
  /** Removes files that nothing names any more. */
  readonly sweepBlobs: () => Promise<void>
  readonly notices: Pick<NoticeBoard, 'listen'>
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
}

/** Erases from now on whatever is to go, as soon as the database tells of it. */
export const startSources = async (needs: SourcesNeeds) => {
  const { store, consentStore, notices, onError } = needs
  const box = redactionBox(needs.box)
  const erasures = makeErasures({ ...needs, box })
  const sweepInRounds = inRounds(erasures.sweep)
  const sweepSoon = (): void => void sweepInRounds().catch((error: unknown) => onError(error, 'erasures'))
  await notices.listen({
    onNotice: ({ kind }) => {
      if (kind === 'words-doomed') sweepSoon()
    },
    onGap: sweepSoon,
  })
  return {
    list: makeListSources({ store, consents: consentStore }),
    ...makeTakeSource({ ...needs, box }),
    consents: makeConsents({ ...needs, store: consentStore, erasures }),
    redactions: makeKeptRedactions({ ...needs, box }),
    listHeldWords: makeListHeldWords({ store }),
    eraseHeldWords: erasures.eraseMine,
    /** For words whose notice nobody heard. */
    sweep: sweepInRounds,
  }
}

export type Sources = Awaited<ReturnType<typeof startSources>>
