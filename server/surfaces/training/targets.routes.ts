/** Targets, the report of what their trainers would not take, and one conversation as a target writes it. */
import * as contract from '#contract/training/index.ts'
import {
  type Finding,
  FIXES,
  type FixId,
  listTargets,
  type Reports,
  type ReportState,
  RULES,
  type Target,
  type TargetReport,
} from '../../features/datasets/index.ts'
import type { Serve } from '../shared/serve.ts'

export interface TargetRoutesNeeds {
  readonly reports: Reports
}

export const registerTargetRoutes = (serve: Serve, { reports }: TargetRoutesNeeds): void => {
  serve(contract.listTargets, () =>
    Promise.resolve({ success: true as const, targets: listTargets().map(presentTarget) }),
  )

  serve(contract.reportVersion, async ({ actor, params, body }) =>
    presentState(await reports.ofVersion(actor, keyOf(params), body.target)),
  )

  serve(contract.reportConversations, async ({ actor, body }) =>
    presentState(await reports.ofConversations(actor, body.conversation_ids, body.target)),
  )

  serve(contract.listBrokenRows, async ({ actor, params, body: { target, rule, cursor, limit } }) => {
    const { rows, next } = await reports.listBroken(actor, keyOf(params), target, { rule, after: cursor, limit })
    return {
      success: true as const,
      rows: rows.map(({ conversationId, title, turn, effect }) => ({
        conversation_id: conversationId,
        title,
        turn_number: turn,
        effect,
      })),
      next_cursor: next ?? null,
    }
  })

  serve(contract.previewRow, async ({ actor, params, body }) => {
    const { text, findings } = await reports.preview(actor, params.conversationId, body.target)
    return { success: true as const, text, findings: findings.map(presentFinding) }
  })
}

const keyOf = ({ dataset_id: datasetId, version }: { readonly dataset_id: string; readonly version: number }) => ({
  datasetId,
  version,
})

const presentFix = (id: FixId) => ({ id, description: FIXES[id] })

const presentTarget = ({ id, name, description, trainers, loses, defaults, fixes }: Target) => ({
  id,
  name,
  description,
  trainers: [...trainers],
  loses: [...loses],
  defaults: { ...defaults, fixes: undefined },
  fixes: fixes.map(presentFix),
})

const presentFinding = ({ rule, effect, turn, fix }: Finding) => ({
  rule,
  description: RULES[rule],
  effect,
  turn_number: turn ?? null,
  fix: fix === undefined ? null : presentFix(fix),
})

const presentState = ({ total, processed, report }: ReportState) => ({
  success: true as const,
  status: report === null ? ('processing' as const) : ('completed' as const),
  progress: { total, processed },
  report: report && presentReport(report),
})

const presentReport = (report: TargetReport) => ({
  target: report.target as never,
  conversations: report.conversations,
  intact: report.intact,
  changed: report.changed,
  left_out: report.leftOut,
  splits: report.splits.map(({ split, conversations, leftOut, records }) => ({
    split,
    conversations,
    left_out: leftOut,
    records,
  })),
  answers: report.answers,
  tokens: report.tokens,
  rules: report.rules.map(({ rule, effect, conversations, fix, examples }) => ({
    rule,
    description: RULES[rule],
    effect,
    conversations,
    fix: fix && presentFix(fix),
    examples: examples.map(({ conversationId, turn }) => ({ conversation_id: conversationId, turn_number: turn })),
  })),
  file_rules: report.fileRules.map(({ rule, effect, split, records, limit }) => ({
    rule,
    description: RULES[rule],
    effect,
    split,
    detail: `${records} rows; ${rule === 'rows.minimum' ? 'at least' : 'at most'} ${limit}`,
  })),
  loses: [...report.loses],
})
