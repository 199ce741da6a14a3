/**
 * Turns conversations into the files of an export, one conversation after the other, in whatever holds files. The same
 * conversations, targets and facts give the same bytes: nothing here knows a clock.
 */
import { parsedRow, type TrainingRow } from '../../training/index.ts'
import { startCard } from '../targets/card.ts'
import { openTarget } from '../targets/registry.ts'
import { reasonOf, type RuleId } from '../targets/finding.ts'
import type { ExportFacts, OpenTarget, ParquetElement, Split, TargetChoice, TargetRecord } from '../targets/target.ts'
import { type Dropped, type MadeFile, slugOf, type VersionFacts } from './export.ts'
import type { RowToWrite } from './export-writer.ts'

/** Of a file that is complete. */
export interface Digest {
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
}

/** A text file that grows; what stands before the rest may be known last. */
export interface TextFile {
  append(text: string): void
  finish(head: string, tail: string): Digest
}

/** A Parquet file that grows. */
export interface TableFile {
  append(row: TargetRecord): void
  finish(): Digest
}

/** What holds files: the port. Names may have folders. */
export interface FileShelf {
  text(name: string): TextFile
  table(name: string, columns: readonly ParquetElement[]): TableFile
}

export interface FilesPlan {
  readonly targets: readonly TargetChoice[]
  readonly facts: ExportFacts
  /** Null where conversations were chosen. */
  readonly version: VersionFacts | null
}

export interface ExportFiles {
  add(rows: readonly RowToWrite[]): void
  /**
   * The files, in the order in which they are to be packed, the manifest last.
   *
   * @param copied files that lie there already
   * @param erased conversations that were to be there and are gone
   * @param madeWith what else had a hand in it, by name, with versions
   */
  finish(
    copied: readonly (Digest & { readonly name: string })[],
    erased: number,
    madeWith: Readonly<Record<string, string>>,
  ): { readonly files: readonly MadeFile[]; readonly dropped: readonly Dropped[] }
}

/** One file of one target and split, while it grows. */
interface Growing {
  readonly name: string
  conversations: number
  records: number
  readonly append: (record: TargetRecord) => void
  readonly finish: () => Digest
}

type ParsedRow = Omit<RowToWrite, 'row'> & { readonly row: TrainingRow }

/** A target, with its files. */
interface Lane {
  readonly choice: TargetChoice
  readonly target: OpenTarget
  readonly folder: string
  readonly files: Map<Split, Growing>
  readonly dropped: Map<RuleId, number>
}

const SPLITS_IN_ORDER: readonly Split[] = ['train', 'validation', 'test']

export const openExportFiles = ({ targets, facts, version }: FilesPlan, shelf: FileShelf): ExportFiles => {
  const lanes = targets.map((choice): Lane => ({
    choice,
    target: openTarget(choice, facts),
    folder: targets.length > 1 ? `${choice.id}/` : '',
    files: new Map(),
    dropped: new Map(),
  }))
  const card = startCard(facts)
  let leftOut: { readonly file: TextFile; records: number } | undefined

  const noteLeftOut = (lane: Lane, { row }: ParsedRow, rule: RuleId): void => {
    lane.dropped.set(rule, (lane.dropped.get(rule) ?? 0) + 1)
    leftOut ??= { file: shelf.text('dropped.jsonl'), records: 0 }
    leftOut.records++
    leftOut.file.append(`${JSON.stringify({ target: lane.choice.id, conversation_id: row.id, rule })}\n`)
  }

  const addTo = (lane: Lane, each: ParsedRow): void => {
    const { records, findings } = lane.target.take(each.row, each.split, each.tokens)
    if (records.length === 0) return noteLeftOut(lane, each, reasonOf(findings) ?? 'messages.present')
    let file = lane.files.get(each.split)
    if (file === undefined) lane.files.set(each.split, (file = open(lane, each.split)))
    file.conversations++
    for (const record of records) {
      file.append(record)
      file.records++
    }
  }

  const open = ({ target, folder }: Lane, split: Split): Growing => {
    const name = folder + target.nameOf(split)
    if (target.columns !== null) {
      const table = shelf.table(name, target.columns)
      return { name, conversations: 0, records: 0, append: table.append, finish: table.finish }
    }
    const file = shelf.text(name)
    const growing: Growing = {
      name,
      conversations: 0,
      records: 0,
      append: (record) => {
        if (growing.records > 0) file.append(target.between)
        file.append(target.encode(record))
      },
      finish: () => {
        const { conversations, records } = growing
        const totals = { conversations, records }
        return file.finish(target.head(split, totals), target.tail(split, totals))
      },
    }
    return growing
  }

  /** A small file about the others. */
  const write = (name: string, text: string, target: Lane | null): MadeFile => {
    const file = shelf.text(name)
    file.append(text)
    return { ...about, name, target: target && target.choice.id, ...file.finish('', '') }
  }

  const finishLane = (lane: Lane): MadeFile[] => {
    const data = SPLITS_IN_ORDER.flatMap((split) => {
      const file = lane.files.get(split)
      if (file === undefined) return []
      const { name, conversations, records } = file
      return [{ name, target: lane.choice.id, split, ...file.finish(), conversations, records }]
    })
    const companions = lane.target.companions(
      data.map((file) => ({ ...file, name: file.name.slice(lane.folder.length) })),
    )
    return [...data, ...companions.map(({ name, text }) => write(lane.folder + name, text, lane))]
  }

  return {
    add(rows) {
      for (const each of rows) {
        const parsed = { ...each, row: parsedRow(each.row) }
        card.note(parsed.row)
        for (const lane of lanes) addTo(lane, parsed)
      }
    },
    finish(copied, erased, madeWith) {
      const files = lanes.flatMap(finishLane)
      for (const { name, bytes, sha256 } of copied) files.push({ ...about, name, bytes, sha256, conversations: 1 })
      if (leftOut !== undefined) {
        const { file, records } = leftOut
        files.push({ ...about, name: 'dropped.jsonl', ...file.finish('', ''), records })
      }
      const dropped = lanes.flatMap(({ choice, dropped: byRule }) =>
        [...byRule].map(([rule, conversations]) => ({ target: choice.id, rule, conversations })),
      )
      if (lanes.length > 0) {
        const counts = version && version.counts
        files.push(write('README.md', card.text({ files, dropped, erased, counts }), null))
      }
      const manifest = manifestOf({ targets, facts, version, files, dropped, erased, madeWith })
      files.push(write('manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`, null))
      return { files, dropped }
    },
  }
}

/** Of a file that holds no conversations. */
const about = { target: null, split: null, conversations: 0, records: 0 } as const

interface Contents extends FilesPlan {
  readonly files: readonly MadeFile[]
  readonly dropped: readonly Dropped[]
  readonly erased: number
  readonly madeWith: Readonly<Record<string, string>>
}

/** What one has to know to make the same files again, and to see that they are the same. */
const manifestOf = ({ targets, facts, version, files, dropped, erased, madeWith }: Contents) => ({
  manifest_version: 1,
  name: facts.name,
  dataset: version && {
    dataset_id: version.datasetId,
    version: version.version,
    seed: version.settings.seed,
    selection: version.selection,
    settings: version.settings,
    counts: version.counts,
  },
  created_at: facts.createdAt.toISOString(),
  erased_conversations: erased,
  targets: targets.map(({ id, options }) => ({
    id,
    options,
    dropped: Object.fromEntries(
      dropped.filter(({ target }) => target === id).map(({ rule, conversations }) => [rule, conversations]),
    ),
  })),
  files: files.map(({ name, target, split, bytes, sha256, conversations, records }) => ({
    name,
    target,
    split,
    bytes,
    sha256,
    conversations,
    records,
  })),
  made_with: madeWith,
})

/** The name of a conversation's own file: what it is called and which one it is, so that two are never the same. */
export const storedNameOf = ({ id, title }: { readonly id: string; readonly title: string }): string =>
  [slugOf(title), `${id}.json`].filter((part) => part !== '').join('-')
