/** The card of a dataset: the README.md beside its files, whose head the Hugging Face hub reads. */
import type { DropReason, VersionCounts } from '../dataset.ts'
import type { TrainingRow } from '../../training/index.ts'
import { RULES, type RuleId } from './finding.ts'
import { findTarget } from './registry.ts'
import { type ExportFacts, SPLITS, type Split, type TargetId } from './target.ts'

/** A file that holds conversations. */
interface DataFile {
  /** From the card's folder. */
  readonly name: string
  readonly target: TargetId | null
  readonly split: Split | null
  readonly conversations: number
  readonly records: number
}

export interface CardEnd {
  readonly files: readonly DataFile[]
  readonly dropped: readonly { readonly target: TargetId; readonly rule: RuleId; readonly conversations: number }[]
  readonly erased: number
  /** Null where conversations were chosen instead of a version. */
  readonly counts: VersionCounts | null
}

export interface Card {
  /** Every conversation of the export, once. */
  note(row: TrainingRow): void
  text(end: CardEnd): string
}

/** Names under which the hub files datasets by their size. */
const SIZES: readonly (readonly [number, string])[] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
]
const sizeOf = (rows: number): string => SIZES.find(([limit]) => rows < limit)?.[1] ?? '1M<n<10M'

/** Those that the hub's loader reads: rows of one shape. */
const LOADABLE = /\.(?:jsonl|json|csv|parquet)$/
const isLoadable = ({ name, target }: DataFile): boolean => target !== 'training-file-v4' && LOADABLE.test(name)

export const startCard = (facts: ExportFacts): Card => {
  const origins = { generated: 0, taken: 0, imported: 0 }
  const models = new Map<string, number>()
  const templates = new Map<string, number>()
  const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

  return {
    note: ({ origin, model, scaffolding: { template } }) => {
      origins[origin]++
      if (model !== null) count(models, model)
      if (template !== undefined) count(templates, `${template.name}, version ${template.version}`)
    },
    text: ({ files, dropped, erased, counts }) => {
      const total = origins.generated + origins.taken + origins.imported
      return [
        head(facts.name, total, origins.generated === total, files.filter(isLoadable)),
        `# ${facts.name.replaceAll(/\s+/g, ' ').trim()}`,
        facts.version === null
          ? `${total} conversations that were chosen one by one.`
          : `Version ${facts.version} of the dataset, frozen on ${facts.createdAt.toISOString().slice(0, 10)}: ${total} conversations. The version never changes; the same export gives the same files, and \`manifest.json\` has their SHA-256.`,
        section('Files', [
          '| File | Conversations | Rows |',
          '|---|---:|---:|',
          ...files
            .filter(({ split }) => split !== null)
            .map(({ name, conversations, records }) => `| ${name} | ${conversations} | ${records} |`),
        ]),
        section('Where the conversations come from', [
          ...(origins.generated > 0 ? [`- Written by models: ${origins.generated}.`] : []),
          ...(origins.taken > 0
            ? [
                `- Taken from real conversations that their members agreed to give, after personal data was looked for and redacted: ${origins.taken}.`,
              ]
            : []),
          ...(origins.imported > 0 ? [`- Imported: ${origins.imported}.`] : []),
          ...list('Models', models),
          ...list('Prompt templates', templates),
        ]),
        section('What is not in it', [
          ...(counts === null ? [] : leftOutOfVersion(counts)),
          ...(erased > 0 ? [`- Erased since: ${erased}.`] : []),
          ...dropped.map(
            ({ target, rule, conversations }) =>
              `- From ${findTarget(target).name}, because they break the rule “${RULES[rule]}”: ${conversations}.`,
          ),
        ]),
        section(
          'What these forms do not say',
          [...new Set(files.flatMap(({ target }) => (target === null ? [] : [target])))].flatMap((id) => {
            const { name, loses } = findTarget(id)
            return [`- ${name}: ${loses.join('; ')}.`]
          }),
        ),
      ]
        .filter((part) => part !== '')
        .join('\n\n')
        .concat('\n')
    },
  }
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`

const list = (title: string, counts: ReadonlyMap<string, number>): string[] =>
  counts.size === 0
    ? []
    : [
        `- ${title}: ${[...counts]
          .toSorted(([a, of], [b, others]) => others - of || (a < b ? -1 : 1))
          .map(([name, of]) => `${name} (${of})`)
          .join('; ')}.`,
      ]

const REASONS: Record<DropReason, string> = {
  too_few_turns: 'Too few turns',
  too_many_turns: 'Too many turns',
  too_long: 'Longer than the limit',
  duplicate: 'The same as another',
  near_duplicate: 'Nearly the same as another',
}

const leftOutOfVersion = ({ dropped }: VersionCounts): string[] =>
  (Object.keys(REASONS) as DropReason[]).flatMap((reason) =>
    dropped[reason] > 0 ? [`- ${REASONS[reason]}: ${dropped[reason]}.`] : [],
  )

/** JSON text is YAML, so that no name can break the head. */
const head = (name: string, total: number, isSynthetic: boolean, files: readonly DataFile[]): string => {
  const targets = [...new Set(files.flatMap(({ target }) => (target === null ? [] : [target])))]
  const configs = targets.flatMap((id, index) => [
    `- config_name: ${id}`,
    ...(index === 0 ? ['  default: true'] : []),
    '  data_files:',
    ...SPLITS.flatMap((split) =>
      files
        .filter((file) => file.target === id && file.split === split)
        .map((file) => `  - {split: ${split}, path: ${JSON.stringify(file.name)}}`),
    ),
  ])
  return [
    '---',
    `pretty_name: ${JSON.stringify(name)}`,
    'task_categories: [text-generation]',
    `tags: [conversational${isSynthetic ? ', synthetic' : ''}]`,
    `size_categories: [${sizeOf(total)}]`,
    ...(configs.length > 0 ? ['configs:', ...configs] : []),
    '---',
  ].join('\n')
}
