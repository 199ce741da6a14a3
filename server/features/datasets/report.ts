/**
 * The report before the download: which conversations a target's trainer would leave out or change, and what can be done
 * about it. A version never changes, so that its report is kept and found again; one server's memory is place enough.
 */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import { parsedRow, STARTER_PROFILE, type TrainingStore } from '../training/index.ts'
import type { DatasetStore, VersionKey } from './dataset-store.ts'
import type { DatasetVersion, VersionRow } from './dataset.ts'
import type { Effect, Finding, RuleId } from './targets/finding.ts'
import { openTarget } from './targets/registry.ts'
import { startTally, type TargetReport } from './targets/tally.ts'
import type { ExportFacts, TargetChoice } from './targets/target.ts'

export interface ReportState {
  readonly total: number
  readonly processed: number
  /** Null while it is being made. */
  readonly report: TargetReport | null
}

export interface BrokenRow {
  readonly conversationId: string
  readonly title: string
  readonly turn: number | null
  readonly effect: Effect
}

export interface RowPreview {
  /** As it is in the file; of Parquet, as JSON. */
  readonly text: string
  readonly findings: readonly Finding[]
}

/** All of it is the actor's own; what is somebody else's is not there. */
export interface Reports {
  /**
   * Small versions are reported on at once; of larger ones the report is begun, and found by asking again. Fails with
   * `dataset.version_not_found`, `dataset.version_unfinished` and `report.too_many`.
   */
  ofVersion(actor: Actor, key: VersionKey, choice: TargetChoice): Promise<ReportState>
  /** Of the actor's conversations among these. */
  ofConversations(actor: Actor, ids: readonly string[], choice: TargetChoice): Promise<ReportState>
  /**
   * Conversations that break a rule, by their ids. Looks at so many in a call at most: `next` is where to go on, whether or not
   * any were found.
   */
  listBroken(
    actor: Actor,
    key: VersionKey,
    choice: TargetChoice,
    wanted: { readonly rule: string; readonly after?: string | undefined; readonly limit: number },
  ): Promise<{ readonly rows: readonly BrokenRow[]; readonly next: string | undefined }>
  /** One conversation as the target writes it. Fails with `conversation.not_found`. */
  preview(actor: Actor, conversationId: string, choice: TargetChoice): Promise<RowPreview>
}

interface Needs {
  readonly datasets: Pick<DatasetStore, 'findVersion' | 'readRows'>
  readonly trainings: Pick<TrainingStore, 'readRows' | 'findProfile'>
  readonly onError: (error: unknown, what: string) => void
}

/** Rows of one round trip, and of one turn of the event loop: about 20 ms of work. */
const BATCH = 200
/** Up to so many conversations the report is made while the client waits. */
const AT_ONCE = 2_000
/** Reports that are kept, and that are made at the same time. */
const MOST_KEPT = 100
const MOST_RUNNING = 4
/** How many conversations one page of broken ones looks through. */
const LOOKED_THROUGH = 5_000

/** A report names nothing, so that it does not matter whose or of what it is. */
const facts = (createdAt: Date): ExportFacts => ({ name: '', version: null, createdAt, profile: STARTER_PROFILE })

interface Kept {
  total: number
  processed: number
  report: TargetReport | null
  failure?: unknown
}

const isRunning = ({ report, failure }: Kept): boolean => report === null && failure === undefined

export const makeReports = ({ datasets, trainings, onError }: Needs): Reports => {
  /** The least recently asked for first. */
  const kept = new Map<string, Kept>()

  const frozen = async (actor: Actor, key: VersionKey): Promise<DatasetVersion> => {
    const version = await datasets.findVersion(actor, key)
    if (version === undefined) throw new AppError('dataset.version_not_found')
    if (version.status !== 'completed') throw new AppError('dataset.version_unfinished')
    return version
  }

  const readAll = async function* (
    actor: Actor,
    key: VersionKey,
    after?: string,
  ): AsyncGenerator<readonly VersionRow[]> {
    let place = after
    for (;;) {
      const rows = await datasets.readRows(actor, key, { after: place, limit: BATCH })
      if (rows.length > 0) yield rows.map((each) => ({ ...each, row: parsedRow(each.row) }))
      if (rows.length < BATCH) return
      place = rows.at(-1)?.row.id
    }
  }

  const make = async (actor: Actor, version: DatasetVersion, choice: TargetChoice, state: Kept): Promise<void> => {
    const tally = startTally(choice, facts(version.completedAt ?? version.createdAt))
    for await (const rows of readAll(actor, version)) {
      for (const row of rows) tally.add(row)
      state.processed += rows.length
    }
    state.report = tally.report()
    state.total = state.processed
  }

  /** Makes room by forgetting what was not asked for for longest; what is being made is not forgotten. */
  const keep = (name: string, state: Kept): void => {
    kept.delete(name)
    kept.set(name, state)
    for (const [other, each] of kept) {
      if (kept.size <= MOST_KEPT) return
      if (!isRunning(each)) kept.delete(other)
    }
  }

  const begin = (actor: Actor, version: DatasetVersion, choice: TargetChoice, name: string, total: number): Kept => {
    if ([...kept.values()].filter(isRunning).length >= MOST_RUNNING)
      throw new AppError('report.too_many', { retryAfterSeconds: 5 })
    const state: Kept = { total, processed: 0, report: null }
    keep(name, state)
    // As the person and not as their sign-in, which may end meanwhile.
    const person = { userId: actor.userId, subject: actor.subject }
    make(person, version, choice, state).catch((error: unknown) => {
      state.failure = error
      onError(error, 'report')
    })
    return state
  }

  return {
    async ofVersion(actor, key, choice) {
      const version = await frozen(actor, key)
      const total = keptIn(version) - version.erased
      const name = nameOf(actor, version, choice)
      const known = kept.get(name)
      if (known?.failure !== undefined) {
        // It is made anew by whoever asks next.
        kept.delete(name)
        throw known.failure
      }
      if (known !== undefined) {
        keep(name, known)
        return known
      }
      if (total > AT_ONCE) return begin(actor, version, choice, name, total)
      const state: Kept = { total, processed: 0, report: null }
      await make(actor, version, choice, state)
      keep(name, state)
      return state
    },

    async ofConversations(actor, ids, choice) {
      const tally = startTally(choice, facts(new Date(0)))
      const wanted = [...new Set(ids)].map((id) => ({ id }))
      let processed = 0
      for (let start = 0; start < wanted.length; start += BATCH) {
        const rows = await trainings.readRows(actor, wanted.slice(start, start + BATCH))
        for (const row of rows) tally.add({ row: parsedRow(row), split: 'train', tokens: 0 })
        processed += rows.length
      }
      return { total: processed, processed, report: tally.report() }
    },

    async listBroken(actor, key, choice, { rule, after, limit }) {
      const version = await frozen(actor, key)
      const target = openTarget(choice, facts(version.createdAt))
      const found: BrokenRow[] = []
      let looked = 0
      for await (const rows of readAll(actor, key, after)) {
        for (const { row, split, tokens } of rows) {
          const finding = target
            .take(row, split, tokens === 0 ? undefined : tokens)
            .findings.find((each) => each.rule === (rule as RuleId))
          looked++
          if (finding) {
            found.push({ conversationId: row.id, title: row.title, turn: finding.turn ?? null, effect: finding.effect })
          }
          if (found.length === limit || looked === LOOKED_THROUGH) return { rows: found, next: row.id }
        }
      }
      return { rows: found, next: undefined }
    },

    async preview(actor, conversationId, choice) {
      const [[row], profile] = await Promise.all([
        trainings.readRows(actor, [{ id: conversationId }]),
        trainings.findProfile(actor),
      ])
      if (row === undefined) throw new AppError('conversation.not_found')
      const target = openTarget(choice, { ...facts(row.createdAt), profile: profile ?? STARTER_PROFILE })
      const { records, findings } = target.take(parsedRow(row), 'train')
      return { text: records.map(target.encode).join(target.between), findings }
    },
  }
}

/** Conversations that were frozen into it. */
const keptIn = ({ counts }: DatasetVersion): number =>
  counts === null ? 0 : Object.values(counts.splits).reduce((sum, { conversations }) => sum + conversations, 0)

/** The same question has the same name; after an erasure it is another one. */
const nameOf = (
  actor: Actor,
  { datasetId, version, erased }: DatasetVersion,
  { id, options }: TargetChoice,
): string => {
  const { fixes = [], ...others } = options
  const chosen = Object.entries(others).filter(([, value]) => value !== undefined)
  return JSON.stringify([
    actor.userId,
    datasetId,
    version,
    erased,
    id,
    [...fixes].toSorted(),
    chosen.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ])
}
