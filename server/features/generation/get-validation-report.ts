/** Which stages of the pipeline a conversation has passed, and what was found on the way. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { TrainingRecord, TrainingStore } from '../training/index.ts'
import type { Remark, ValidationReport } from './validate-answer.ts'

const STAGES = ['raw_response', 'parsing', 'validation', 'final_file'] as const

interface Stage {
  readonly stage: (typeof STAGES)[number]
  readonly status: 'pending' | 'in_progress' | 'completed' | 'failed'
}

export interface CheckedConversation {
  readonly record: TrainingRecord
  /** In their order. */
  readonly stages: readonly Stage[]
  readonly blockers: readonly Remark[]
  readonly warnings: readonly Remark[]
}

/** Fails with `conversation.not_found`. */
export const makeGetValidationReport =
  ({ trainingStore }: { readonly trainingStore: Pick<TrainingStore, 'find'> }) =>
  async (actor: Actor, id: string): Promise<CheckedConversation> => {
    const record = await trainingStore.find(actor, id)
    if (record === undefined) throw new AppError('conversation.not_found')
    const { blockers = [], warnings = [] } = (record.validationReport ?? {}) as Partial<ValidationReport>
    return { record, stages: stagesOf(record, blockers.length > 0), blockers, warnings }
  }

/** Those before the one that it has come to are completed. */
const stagesOf = (record: TrainingRecord, isBlocked: boolean): Stage[] => {
  const reached = reachedBy(record, isBlocked)
  const at = reached === undefined ? STAGES.length : STAGES.indexOf(reached.stage)
  return STAGES.map((stage, index) => {
    const status = index < at ? 'completed' : index > at || reached === undefined ? 'pending' : reached.status
    return { stage, status }
  })
}

/** Undefined: it has passed all of them. */
const reachedBy = ({ processingStatus, rawPath, filePath }: TrainingRecord, isBlocked: boolean): Stage | undefined => {
  switch (processingStatus) {
    case 'queued':
      return { stage: 'raw_response', status: 'pending' }
    case 'processing':
      return { stage: 'raw_response', status: 'in_progress' }
    case 'raw_stored':
      return { stage: 'parsing', status: 'in_progress' }
    case 'parse_failed':
      return { stage: 'parsing', status: 'failed' }
    case 'failed':
      return { stage: rawPath === null ? 'raw_response' : isBlocked ? 'validation' : 'parsing', status: 'failed' }
    case 'completed':
      return filePath === null ? { stage: 'final_file', status: 'in_progress' } : undefined
  }
}
