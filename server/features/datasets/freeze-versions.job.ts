/** Freezes the versions that wait: reads their selection, decides what becomes of each conversation, and writes it down. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { type LeasedWork, startLeasedWork } from '#kernel/leased-work.ts'
import { decideItems } from './decide-items.ts'
import type { DatasetStore, FormerGroup, LeasedVersion, VersionQueue } from './dataset-store.ts'
import { studySelection, type StudyNeeds } from './study-selection.ts'
import { CONTEXT_SIZES } from './tokens.ts'

/** Versions that one process freezes at the same time. */
const AT_ONCE = 2
/** How often leases of dead workers are looked for, in milliseconds. */
const REAP_MS = 10_000
/** Rows that are written, and read of a former version, at once. */
const BATCH = 2_000

interface Needs extends StudyNeeds {
  readonly store: DatasetStore
  readonly queue: VersionQueue
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
  /** Whether this process freezes; every process tidies up. */
  readonly isWorker: boolean
  /** Nobody else can be working: what is leased was left by a process that died. */
  readonly isAlone: boolean
}

export interface Freezing {
  /** Something waits in the queue, or is not to be frozen any more. */
  look(): void
  /** How many versions are being frozen. */
  runningCount(): number
  /** Gives them `graceMs` to end; what has not waits again for another worker. */
  shutDown(graceMs: number): Promise<void>
}

export const startFreezing = async (needs: Needs): Promise<Freezing> => {
  const { queue, onError, isWorker } = needs
  const reap = (all: boolean): Promise<void> =>
    queue.reap({ all }).then(
      () => {},
      (error: unknown) => onError(error, 'dataset.reap'),
    )
  await reap(needs.isAlone)
  const work: LeasedWork | undefined = isWorker
    ? startLeasedWork({
        queue,
        atOnce: AT_ONCE,
        work: (version, signal) => freeze(needs, version, signal),
        newId: needs.newId,
        onError: (error) => onError(error, 'dataset.freeze'),
      })
    : undefined
  const sweep = setInterval(() => void reap(false), REAP_MS).unref()
  return {
    look: () => work?.look(),
    runningCount: () => work?.runningCount() ?? 0,
    async shutDown(graceMs) {
      clearInterval(sweep)
      await work?.stop(graceMs)
    },
  }
}

const freeze = async (needs: Needs, version: LeasedVersion, signal: AbortSignal): Promise<void> => {
  try {
    await makeItems(needs, version, signal)
  } catch (error) {
    // It is somebody else's by now, or waits again.
    if (signal.aborted) return
    await needs.queue.fail(version, error instanceof AppError ? error.code : 'server.internal')
    if (!(error instanceof AppError)) throw error
  }
}

const makeItems = async (needs: Needs, version: LeasedVersion, signal: AbortSignal): Promise<void> => {
  const { store, queue } = needs
  const actor: Actor = { userId: version.ownerId, subject: version.ownerId }
  const { selection, settings } = version
  const total = await store.countCandidates(actor, selection, settings)
  if (total === 0) throw new AppError('dataset.empty')
  const tell = (done: number): void => {
    queue
      .tellProgress(version, { done, total: Math.max(done, total) })
      .catch((error: unknown) => needs.onError(error, 'dataset.progress'))
  }
  tell(0)
  const { studied, likenesses } = await studySelection(needs, actor, version, { signal, onRead: tell })
  const former = await queue.findFormer(version)
  const formerGroups = former === undefined ? new Map<string, string>() : await readGroups(queue, version, former)
  const itemAt = decideItems(studied, likenesses, settings, formerGroups)
  let kept = 0
  for (let first = 0; first < studied.length; first += BATCH) {
    signal.throwIfAborted()
    const items = Array.from({ length: Math.min(BATCH, studied.length - first) }, (_, at) => itemAt(first + at))
    kept += items.filter(({ split }) => split !== null).length
    if (!(await queue.addItems(version, items))) return
  }
  if (kept === 0) throw new AppError('dataset.empty')
  await queue.complete(version, { former, contextSizes: CONTEXT_SIZES })
}

const readGroups = async (
  queue: VersionQueue,
  version: LeasedVersion,
  former: number,
): Promise<Map<string, string>> => {
  const groups = new Map<string, string>()
  let page: FormerGroup[] = []
  do {
    page = await queue.listFormerGroups(version, former, { after: page.at(-1)?.id, limit: BATCH })
    // Most are called after themselves: one string is enough.
    for (const { id, groupId } of page) groups.set(id, groupId === id ? id : groupId)
  } while (page.length === BATCH)
  return groups
}
