/** What all targets have in common: fixes, rules, then whatever is the target's own. */
import type { TrainingRow } from '../../training/index.ts'
import { type Dialogue, dialogueOf } from './dialogue.ts'
import { type Finding, type FixId, reasonOf } from './finding.ts'
import { check, type Policy } from './rules.ts'
import type {
  CompanionFile,
  ExportFacts,
  OpenTarget,
  RecordLimits,
  Split,
  Target,
  TargetOptions,
  TargetRecord,
  WrittenFile,
} from './target.ts'

/** What the built-in demo is called as a model: it shows how things go, and nothing is to be learned from it. */
const DEMO = 'demo'

/** How records become a file. */
type Format = Pick<OpenTarget, 'mediaType' | 'encode' | 'between' | 'head' | 'tail'>

/** What is a target's own. */
export interface Plan {
  readonly policy: Policy
  readonly nameOf: (split: Split) => string
  readonly format: Format
  readonly columns?: OpenTarget['columns']
  /** Of a conversation that breaks no rule for which it would be left out. */
  readonly write: (dialogue: Dialogue, row: TrainingRow, split: Split) => readonly TargetRecord[]
  /** What only the target can find; `turn` as in `Finding`. */
  readonly alsoCheck?: (dialogue: Dialogue, row: TrainingRow) => readonly Finding[]
  readonly recordLimits?: RecordLimits
  readonly companions?: (files: readonly WrittenFile[]) => readonly CompanionFile[]
}

/** What was chosen, with the fixes that the target offers. */
export type Chosen = TargetOptions & { readonly fixes: readonly FixId[] }

export const defineTarget = (
  about: Omit<Target, 'open'>,
  plan: (chosen: Chosen, facts: ExportFacts) => Plan,
): Target => ({
  ...about,
  open: (options, facts) => {
    const offered = new Set(about.fixes)
    const chosen = { ...about.defaults, ...options, fixes: (options.fixes ?? []).filter((fix) => offered.has(fix)) }
    const {
      policy,
      nameOf,
      format,
      columns = null,
      write,
      alsoCheck,
      recordLimits = {},
      companions,
    } = plan(chosen, facts)
    const policyHere = withoutTrusted(policy, chosen.fixes)
    return {
      id: about.id,
      columns,
      recordLimits,
      nameOf,
      ...format,
      companions: companions ?? (() => []),
      take: (row, split, tokens) => {
        const dialogue = dialogueOf(row.content, chosen.fixes)
        const findings = check(dialogue, policyHere, offered)
        if (chosen.limit !== undefined && tokens !== undefined && tokens > chosen.limit) {
          findings.push({ rule: 'tokens.limit', effect: 'drops' })
        }
        if (row.origin === 'generated' && row.model === DEMO) findings.push({ rule: 'text.written', effect: 'warns' })
        if (alsoCheck)
          findings.push(...alsoCheck(dialogue, row).filter(({ rule }) => findings.every((each) => each.rule !== rule)))
        return { findings, records: reasonOf(findings) === undefined ? write(dialogue, row, split) : [] }
      },
    }
  },
})

/** Answers that are not to be learned from are no matter where each row is one answer, or the reader honours their weight. */
const withoutTrusted = (policy: Policy, fixes: readonly FixId[]): Policy => {
  if (!fixes.includes('expand_answers') && !fixes.includes('trust_weights')) return policy
  const { 'weight.ignored': _, ...effects } = policy.effects
  return { ...policy, effects }
}

const nothing = (): string => ''

/** JSON Lines: UTF-8 without a byte order mark, one object a line, and an end to the last one. */
export const jsonLines: Format = {
  mediaType: 'application/jsonl',
  encode: (record) => JSON.stringify(record),
  between: '\n',
  head: nothing,
  tail: (_, { records }) => (records === 0 ? '' : '\n'),
}

/** One JSON array, one element a line. */
export const jsonArray: Format = {
  mediaType: 'application/json',
  encode: (record) => JSON.stringify(record),
  between: ',\n',
  head: () => '[\n',
  tail: (_, { records }) => (records === 0 ? ']\n' : '\n]\n'),
}
