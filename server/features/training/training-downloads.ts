/** Everything about getting training data out: links, the log of them, and what they add up to. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import type { AppError } from '#kernel/errors.ts'
import type { BlobStore, LinkTarget, SignLink } from '../files/index.ts'
import { makeReadAnalytics, type ReadAnalytics } from './analytics.ts'
import { BUCKET } from './content.ts'
import { makeServedCounter } from './count-served.ts'
import { type GetDownload, type GiveLink, makeDownloads } from './download.ts'
import type { Allowance } from './download-limits.ts'
import { makeTrainingLog, type TrainingLog } from './log.ts'
import type { LogStore } from './log-store.ts'

export interface TrainingDownloads {
  readonly giveLink: GiveLink
  readonly getDownload: GetDownload
  readonly log: TrainingLog
  readonly readAnalytics: ReadAnalytics
  /** Whether what a link leads to is still there by our word: a conversation that was deleted has no file any more. */
  isKept(target: LinkTarget): Promise<boolean>
  /** So many bytes of it were sent. */
  noteServed(target: LinkTarget, bytes: number): void
  /** Writes down what is not written yet. */
  close(): Promise<void>
}

interface Needs {
  readonly store: LogStore
  readonly signLink: SignLink
  readonly blobs: Pick<BlobStore, 'sizeOf'>
  readonly explainHidden: (conversationId: string) => Promise<AppError>
  readonly writeFile: (actor: Actor, conversationId: string) => Promise<void>
  readonly allowance: Allowance
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

export const makeTrainingDownloads = (needs: Needs): TrainingDownloads => {
  const { store } = needs
  const served = makeServedCounter(needs)
  return {
    ...makeDownloads(needs),
    log: makeTrainingLog(needs),
    readAnalytics: makeReadAnalytics({ ...needs, flush: served.flush }),
    isKept: async ({ bucket, path }) => bucket !== BUCKET || store.isKept(path),
    noteServed({ path }, bytes) {
      const ownerId = /^(?:raw\/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\//.exec(path)?.[1]
      if (ownerId !== undefined) served.note(ownerId, bytes)
    },
    close: served.close,
  }
}
