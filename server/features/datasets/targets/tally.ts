/** Counts what a target makes of conversations, one after the other: the report. Pure; it holds no row. */
import { createHash } from 'node:crypto'
import type { VersionRow } from '../dataset.ts'
import { isTrained } from './dialogue.ts'
import { type Effect, type Finding, type FixId, reasonOf, type RuleId } from './finding.ts'
import { findTarget, openTarget } from './registry.ts'
import { type ExportFacts, SPLITS, type Split, type TargetChoice } from './target.ts'

export interface BrokenRule {
  readonly rule: RuleId
  readonly effect: Effect
  readonly conversations: number
  readonly fix: FixId | null
  /** The first of them, at most `MOST_EXAMPLES`. */
  readonly examples: readonly { readonly conversationId: string; readonly turn: number | null }[]
}

export interface SplitReport {
  readonly split: Split
  readonly conversations: number
  readonly leftOut: number
  readonly records: number
}

/** A rule of the file as a whole. */
export interface BrokenFileRule {
  readonly rule: 'rows.minimum' | 'rows.maximum'
  readonly effect: Effect
  readonly split: Split
  readonly records: number
  readonly limit: number
}

export interface TargetReport {
  readonly target: TargetChoice
  readonly conversations: number
  /** In the file as they were meant. */
  readonly intact: number
  /** In it, though something is lost or read differently. */
  readonly changed: number
  readonly leftOut: number
  readonly splits: readonly SplitReport[]
  /** Of the assistant, in what is not left out. */
  readonly answers: { readonly trained: number; readonly untrained: number }
  /** Of what is not left out; null where not every conversation has been counted. */
  readonly tokens: number | null
  /** The most severe first, and of the same effect the most frequent. */
  readonly rules: readonly BrokenRule[]
  readonly fileRules: readonly BrokenFileRule[]
  readonly loses: readonly string[]
}

export interface Tally {
  add(row: VersionRow): void
  report(): TargetReport
}

const MOST_EXAMPLES = 20

interface Counted {
  readonly finding: Finding
  conversations: number
  readonly examples: { readonly conversationId: string; readonly turn: number | null }[]
}

const SEVERITY: readonly Effect[] = ['stops', 'harms', 'drops', 'changes', 'warns']

export const startTally = (choice: TargetChoice, facts: ExportFacts): Tally => {
  const target = openTarget(choice, facts)
  const rules = new Map<RuleId, Counted>()
  const splits = new Map<Split, { conversations: number; leftOut: number; records: number }>()
  /** In which split a text was first seen. */
  const seen = new Map<string, Split>()
  const answers = { trained: 0, untrained: 0 }
  const totals = { conversations: 0, intact: 0, changed: 0, leftOut: 0 }
  let tokens: number | null = 0

  const count = (finding: Finding, conversationId: string): void => {
    const counted = rules.get(finding.rule) ?? { finding, conversations: 0, examples: [] }
    counted.conversations++
    if (counted.examples.length < MOST_EXAMPLES) counted.examples.push({ conversationId, turn: finding.turn ?? null })
    rules.set(finding.rule, counted)
  }

  const splitOf = (split: Split) => {
    const known = splits.get(split) ?? { conversations: 0, leftOut: 0, records: 0 }
    splits.set(split, known)
    return known
  }

  const isInAnotherSplit = ({ row, split }: VersionRow): boolean => {
    const key = textKey(row)
    const first = seen.get(key)
    if (first === undefined) seen.set(key, split)
    return first !== undefined && first !== split
  }

  return {
    add: (each) => {
      const { row, split } = each
      const { records, findings } = target.take(row, split, each.tokens === 0 ? undefined : each.tokens)
      const inSplit = splitOf(split)
      totals.conversations++
      inSplit.conversations++
      inSplit.records += records.length
      for (const finding of findings) count(finding, row.id)
      if (reasonOf(findings) !== undefined) {
        totals.leftOut++
        inSplit.leftOut++
        return
      }
      if (isInAnotherSplit(each)) count({ rule: 'splits.disjoint', effect: 'warns' }, row.id)
      totals[findings.some(({ effect }) => effect === 'changes') ? 'changed' : 'intact']++
      for (const turn of row.content.turns) {
        if (turn.role === 'assistant') answers[isTrained(turn) ? 'trained' : 'untrained']++
      }
      tokens = tokens === null || each.tokens === 0 ? null : tokens + each.tokens
    },

    report: () => ({
      target: choice,
      ...totals,
      splits: SPLITS.flatMap((split) => {
        const counted = splits.get(split)
        return counted ? [{ split, ...counted }] : []
      }),
      answers: { ...answers },
      tokens,
      rules: [...rules.values()]
        .map(({ finding: { rule, effect, fix = null }, conversations, examples }) => ({
          rule,
          effect,
          conversations,
          fix,
          examples: [...examples],
        }))
        .toSorted(
          (a, b) =>
            SEVERITY.indexOf(a.effect) - SEVERITY.indexOf(b.effect) ||
            b.conversations - a.conversations ||
            (a.rule < b.rule ? -1 : 1),
        ),
      fileRules: brokenFileRules(target.recordLimits, splits.get('train')?.records ?? 0, totals.conversations),
      loses: findTarget(choice.id).loses,
    }),
  }
}

/** Two conversations that say the same have the same. */
const textKey = ({ content }: VersionRow['row']): string =>
  createHash('md5')
    .update(content.turns.map((turn) => `${turn.role}\0${turn.content ?? ''}`).join('\0'))
    .digest('base64')

/** Limits are those of the file that a model learns from. */
const brokenFileRules = (
  { least = 0, most = Infinity }: { readonly least?: number; readonly most?: number },
  records: number,
  conversations: number,
): BrokenFileRule[] => {
  if (conversations === 0) return []
  const broken = { effect: 'stops', split: 'train', records } as const
  if (records < least) return [{ ...broken, rule: 'rows.minimum', limit: least }]
  return records > most ? [{ ...broken, rule: 'rows.maximum', limit: most }] : []
}
