/** Training conversations as this surface spells them. */
import type * as contract from '#contract/training/index.ts'
import type { TrainingContent, TrainingRecord } from '../../features/training/index.ts'

export const presentTraining = (record: TrainingRecord): contract.TrainingConversation => {
  const { persona, arc, topic, template } = record.scaffolding
  return {
    title: record.title,
    origin: record.origin,
    source_id: record.sourceId,
    tier: record.tier,
    persona: named(persona),
    emotional_arc: named(arc),
    training_topic: named(topic),
    template: template ? { id: template.id, name: template.name, version: template.version } : null,
    revision: record.revision,
    turn_count: record.turnCount,
    token_count: record.tokenCount,
    quality_score: record.qualityScore,
    empathy_score: record.scores.empathy ?? null,
    clarity_score: record.scores.clarity ?? null,
    appropriateness_score: record.scores.appropriateness ?? null,
    brand_voice_alignment: record.scores.brand_voice ?? null,
    ...presentReview(record),
    processing_status: record.processingStatus,
    storage_bucket: 'conversation-files',
    file_path: record.filePath,
    file_size: record.fileSize,
    raw_response_path: record.rawPath,
    raw_response_size: record.rawSize,
    raw_stored_at: record.rawStoredAt?.toISOString() ?? null,
    parse_method_used: record.parseMethod,
    requires_manual_review: record.requiresManualReview,
    model: record.model,
    prompt_tokens: record.promptTokens,
    completion_tokens: record.completionTokens,
    cost: record.cost,
    download_count: record.downloadCount,
    last_downloaded_at: record.lastDownloadedAt?.toISOString() ?? null,
    export_count: record.exportCount,
    last_exported_at: record.lastExportedAt?.toISOString() ?? null,
    created_by: record.ownerId,
    created_at: record.createdAt.toISOString(),
    updated_at: record.updatedAt.toISOString(),
  }
}

const named = (scaffold: { readonly id: string; readonly key: string; readonly name: string } | undefined) =>
  scaffold === undefined ? null : { id: scaffold.id, key: scaffold.key, name: scaffold.name }

export const presentReview = (record: TrainingRecord) => ({
  conversation_id: record.id,
  status: record.status,
  reviewed_by: record.reviewedBy,
  reviewed_at: record.reviewedAt?.toISOString() ?? null,
  review_notes: record.reviewNotes,
})

/** Counted from 1; a system prompt is number 0. */
export const presentTurns = ({ turns }: TrainingContent): contract.TrainingTurn[] => {
  const first = turns[0]?.role === 'system' ? 0 : 1
  return turns.map((turn, place) => ({
    turn_number: first + place,
    role: turn.role,
    content: turn.content,
    name: turn.name ?? null,
    tool_calls: [...(turn.toolCalls ?? [])],
    tool_call_id: turn.toolCallId ?? null,
    train: turn.train,
    emotional_context: turn.emotion
      ? {
          primary_emotion: turn.emotion.primary,
          secondary_emotion: turn.emotion.secondary,
          intensity: turn.emotion.intensity,
        }
      : null,
    rejected: turn.rejected ?? null,
    scores: turn.scores ?? {},
    comment: turn.comment ?? null,
  }))
}
