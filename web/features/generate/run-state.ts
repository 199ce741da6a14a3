/** What can be done with a run, by what it is doing: pure. */
import type { CallStatus, GenerationRun } from '#contract/training/index.ts'

/** How often a run that is under way is looked at, in milliseconds. */
export const LOOK_AGAIN_MS = 1500
/** Anything else: another tab may have started it again. */
export const LOOK_SLOWLY_MS = 10_000

type Run = Pick<GenerationRun, 'status' | 'progress'>

/** It goes on by itself. */
export const isUnderWay = ({ status }: Pick<GenerationRun, 'status'>): boolean =>
  status === 'queued' || status === 'processing'

/** When to look again: answers on their way still arrive when it was paused. */
export const looksAgainAfter = (run: Pick<GenerationRun, 'status' | 'ended_at'>): number =>
  isUnderWay(run) || run.ended_at === null ? LOOK_AGAIN_MS : LOOK_SLOWLY_MS

export const canPause = (run: Run): boolean => isUnderWay(run)

export const canResume = ({ status, progress }: Run): boolean =>
  status === 'paused' || (status === 'failed' && progress.completed < progress.total)

export const canCancel = (run: Run): boolean => isUnderWay(run) || canResume(run)

export const canRetry = ({ progress }: Run): boolean => progress.failed > 0

/** What a list of a run's conversations can be narrowed to. */
export const callStatuses: readonly CallStatus[] = [
  'queued',
  'processing',
  'raw_stored',
  'completed',
  'failed',
  'cancelled',
]
