/** Writes the final files that nobody has written: of servers that died, of disks that were full, of many conversations changed at once. */
import type { TrainingStore } from './training-store.ts'
import type { Trainings } from './trainings.ts'

/** How often it looks, in milliseconds: as long as somebody may take to write one. */
const EVERY_MS = 60_000

interface Needs {
  readonly store: Pick<TrainingStore, 'endFileClaims'>
  readonly trainings: Pick<Trainings, 'writeDueFiles'>
  /** Nobody else can be writing: whatever is claimed was left by a server that died. */
  readonly isAlone: boolean
  readonly onError: (error: unknown) => void
}

/** Looks at once and then every minute. `stop` resolves when nothing is being written any more. */
export const startWritingFiles = async ({ store, trainings, isAlone, onError }: Needs) => {
  if (isAlone) await store.endFileClaims()
  let isStopped = false
  let working: Promise<void> | undefined
  const look = (): void => {
    working ??= trainings
      .writeDueFiles(() => isStopped)
      .catch(onError)
      .finally(() => (working = undefined))
  }
  look()
  const timer = setInterval(look, EVERY_MS).unref()
  return {
    async stop(): Promise<void> {
      isStopped = true
      clearInterval(timer)
      await working
    },
  }
}
