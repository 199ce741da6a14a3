/**
 * Makes exports: takes them from the queue one after the other, reads conversations as the person whose they are, and has the files
 * written beside the server. An export that was interrupted begins again from the first conversation, in a folder of its own:
 * nothing of it is seen before it is whole.
 */
import type { Actor } from '#kernel/actor.ts'
import { AppError, toAppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { type LeasedWork, startLeasedWork } from '#kernel/leased-work.ts'
import type { BlobStore } from '../../files/index.ts'
import { BUCKET, finalPathOf, rawPathOf, STARTER_PROFILE, type TrainingStore } from '../../training/index.ts'
import type { DatasetStore } from '../dataset-store.ts'
import { baseNameOf, EXPORTS_BUCKET, KEPT_SECONDS, type LeasedExport, type VersionFacts } from './export.ts'
import type { ExportQueue } from './export-store.ts'
import type { BeginWriting, RowToWrite, WritingPlan, Writing, Written } from './export-writer.ts'
import { keptIn } from './exports.ts'
import { storedNameOf } from './make-files.ts'

/** How many conversations are read at once: so many, or fewer where there are long ones among them. */
const BATCH = 250
const BATCH_OF_CHOSEN = 50
/** Tokens that may be read at once, if all are as long as the longest. */
const TOKENS_AT_ONCE = 1_000_000
/** How often at most progress is told, in milliseconds. */
const PROGRESS_MS = 500
/** How often the sweep goes round, in milliseconds. */
const SWEEP_MS = 10_000
/** Exports whose day is ended at once. */
const EXPIRED_AT_ONCE = 100

/** Folders of this machine, on the file system of the blobs; their names are leases. */
export interface ExportFolders {
  make(name: string): Promise<string>
  remove(name: string): Promise<void>
  list(): Promise<string[]>
}

interface Needs {
  readonly queue: ExportQueue
  readonly datasets: Pick<DatasetStore, 'findVersion' | 'readRows'>
  readonly trainings: Pick<TrainingStore, 'readRows' | 'findProfile'>
  readonly blobs: Pick<BlobStore, 'put' | 'open' | 'deleteAll'>
  readonly beginWriting: BeginWriting
  readonly folders: ExportFolders
  readonly newId: NewId
  /** Milliseconds of a clock that only goes on. */
  readonly elapsed: () => number
  readonly onError: (error: unknown, what: string) => void
  /** Whether this process makes exports; every process tidies up. */
  readonly isWorker: boolean
  /** No other process can be working. */
  readonly isAlone: boolean
  /** Tests are in more of a hurry. */
  readonly beatMs?: number
}

export interface ExportRuns {
  /** Something waits in the queue, or is not to be made any more. */
  look(): void
  runningCount(): number
  /** Gives what is being made `graceMs` to end; then it waits again for another worker. */
  shutDown(graceMs: number): Promise<void>
}

export const startExports = async (needs: Needs): Promise<ExportRuns> => {
  const { queue, folders, isWorker, isAlone, onError } = needs
  const makeExport = exporting(needs)
  // When nobody else can be working, whatever is leased was left by a process that died.
  if (isAlone) await queue.reap({ all: true })

  const tidyUp = async (): Promise<void> => {
    // What a dead worker left waits now, and needn't wait for the next beat.
    if ((await queue.reap()) > 0) work?.look()
    while ((await queue.expire(EXPIRED_AT_ONCE)) === EXPIRED_AT_ONCE);
    // Leased before they are made: whatever is there without a lease has been given up.
    const names = await folders.list()
    if (names.length === 0) return
    const held = new Set(await queue.listHeld(names))
    for (const name of names) if (!held.has(name)) await folders.remove(name)
  }
  let tidying: Promise<void> | undefined
  const sweep = (): void => {
    tidying ??= tidyUp()
      .catch((error: unknown) => onError(error, 'exports.sweep'))
      .finally(() => (tidying = undefined))
  }
  sweep()
  const timer = setInterval(sweep, SWEEP_MS).unref()

  const work: LeasedWork | undefined = isWorker
    ? startLeasedWork({
        queue,
        // Of several at once none would be ready sooner: each takes a processor.
        atOnce: 1,
        work: makeExport,
        newId: needs.newId,
        onError: (error) => onError(error, 'exports.work'),
        ...(needs.beatMs === undefined ? {} : { beatMs: needs.beatMs }),
      })
    : undefined

  return {
    look: () => work?.look(),
    runningCount: () => work?.runningCount() ?? 0,
    async shutDown(graceMs) {
      clearInterval(timer)
      await work?.stop(graceMs)
      await tidying
    },
  }
}

/** What is to be read for an export, and what it says of itself. */
interface Source extends Pick<WritingPlan, 'facts' | 'version'> {
  /** How many conversations it had when it was asked for, or frozen. */
  readonly expected: number
  readonly batches: AsyncIterable<readonly RowToWrite[]>
}

const batchFor = (longestTokens: number): number =>
  Math.max(1, Math.min(BATCH, Math.floor(TOKENS_AT_ONCE / Math.max(1, longestTokens))))

const exporting = (needs: Needs) => {
  const { queue, datasets, trainings, blobs, folders, elapsed, onError } = needs

  const openSource = async (actor: Actor, task: LeasedExport): Promise<Source> => {
    const { scope, name, createdAt } = task
    const profile = (await trainings.findProfile(actor)) ?? STARTER_PROFILE
    if (scope.kind === 'conversations') {
      const facts = { name, version: null, createdAt, profile }
      return { facts, version: null, expected: scope.items.length, batches: readChosen(actor, scope.items) }
    }
    const found = await datasets.findVersion(actor, scope)
    if (found === undefined) throw new AppError('dataset.version_not_found')
    const { completedAt, counts, selection, settings } = found
    if (completedAt === null || counts === null) throw new AppError('dataset.version_unfinished')
    const version: VersionFacts = { ...scope, selection, settings, counts }
    const facts = { name, version: scope.version, createdAt: completedAt, profile }
    return {
      facts,
      version,
      expected: keptIn(found),
      batches: readVersion(actor, scope, batchFor(counts.longestTokens)),
    }
  }

  const readChosen = async function* (actor: Actor, items: readonly { id: string; revision: number }[]) {
    for (let at = 0; at < items.length; at += BATCH_OF_CHOSEN) {
      const rows = await trainings.readRows(actor, items.slice(at, at + BATCH_OF_CHOSEN))
      yield rows.map((row): RowToWrite => ({ row, split: 'train' }))
    }
  }

  const readVersion = async function* (actor: Actor, key: { datasetId: string; version: number }, limit: number) {
    for (let after: string | undefined; ;) {
      const rows = await datasets.readRows(actor, key, { after, limit })
      if (rows.length > 0) yield rows
      if (rows.length < limit) return
      after = rows.at(-1)!.row.id
    }
  }

  /** The files as they lie there; returns how many there are. */
  const copyStored = async (task: LeasedExport, rows: readonly RowToWrite[], writing: Writing): Promise<number> => {
    let copied = 0
    for (const { row } of rows) {
      const path = (task.order.stored === 'raw' ? rawPathOf : finalPathOf)(task.ownerId, row.id)
      const bytes = await blobs.open(`${BUCKET}/${path}`)
      if (bytes === undefined) continue
      await writing.copy(storedNameOf(row), bytes)
      copied++
    }
    return copied
  }

  const write = async (task: LeasedExport, source: Source, writing: Writing, signal: AbortSignal): Promise<Written> => {
    let done = 0
    let there = 0
    let toldAt = elapsed()
    for await (const rows of source.batches) {
      signal.throwIfAborted()
      if (task.order.stored === null) await writing.add(rows)
      there += task.order.stored === null ? rows.length : await copyStored(task, rows, writing)
      done += rows.length
      if (elapsed() - toldAt < PROGRESS_MS) continue
      toldAt = elapsed()
      await queue.tellProgress(task, done)
    }
    return writing.finish(source.expected - there)
  }

  const keep = async (task: LeasedExport, { downloads, ...made }: Written): Promise<void> => {
    const folder = `${EXPORTS_BUCKET}/${task.folder}`
    for (const { name, path } of downloads) await blobs.put(`${folder}/${name}`, { path })
    const result = { ...made, downloads: downloads.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })) }
    // Whoever took the lease away knows of the folder, but may have removed what lay there before this did.
    if (!(await queue.complete(task, result, KEPT_SECONDS))) await blobs.deleteAll(folder)
  }

  return async (task: LeasedExport, signal: AbortSignal): Promise<void> => {
    let writing: Writing | undefined
    const abandon = () => void writing?.abandon()
    signal.addEventListener('abort', abandon)
    try {
      const source = await openSource({ userId: task.ownerId, subject: task.ownerId }, task)
      const folder = await folders.make(task.leaseId)
      const { targets, compression } = task.order
      const { facts, version } = source
      writing = await needs.beginWriting({ folder, targets, compression, facts, version, baseName: baseNameOf(task) })
      await keep(task, await write(task, source, writing, signal))
    } catch (error) {
      if (signal.aborted) return
      onError(error, 'exports.make')
      await queue.fail(task, toAppError(error).code)
    } finally {
      signal.removeEventListener('abort', abandon)
      await writing?.abandon()
      await folders.remove(task.leaseId)
    }
  }
}
