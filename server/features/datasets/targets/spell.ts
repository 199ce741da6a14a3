/** How messages and tools are spelled by everything that speaks OpenAI's dialect, and what stands beside a conversation. */
import type { ToolDefinition, TrainingRow, TrainingTurn } from '../../training/index.ts'
import { callsOf } from './dialogue.ts'
import { parsedArguments } from './rules.ts'
import type { TargetRecord } from './target.ts'

export interface Spelling {
  /** Where an answer is a tool call only: null, or an empty text for templates that cannot take null. */
  readonly noContent: null | ''
  readonly arguments: 'text' | 'object'
  /** Which assistant turns say their weight, 0 or 1: those with 0, all, or none. */
  readonly weights: 'zero' | 'all' | 'none'
  /** Whether a tool's result names the tool. */
  readonly toolNames: boolean
  readonly callId?: (id: string) => string
}

export const spellMessage = (turn: TrainingTurn, spelling: Spelling): TargetRecord => ({
  role: turn.role,
  content: turn.content ?? spelling.noContent,
  ...(turn.name !== undefined && (turn.role !== 'tool' || spelling.toolNames) ? { name: turn.name } : {}),
  ...(callsOf(turn) && { tool_calls: callsOf(turn)?.map((call) => spellCall(call, spelling)) }),
  ...(turn.toolCallId === undefined ? {} : { tool_call_id: spellId(turn.toolCallId, spelling) }),
  ...spellWeight(turn, spelling),
})

const spellId = (id: string, { callId }: Spelling): string => (callId ? callId(id) : id)

const spellCall = (call: NonNullable<TrainingTurn['toolCalls']>[number], spelling: Spelling): TargetRecord => ({
  id: spellId(call.id, spelling),
  type: 'function',
  function: {
    name: call.name,
    arguments: spelling.arguments === 'text' ? call.arguments : parsedArguments(call.arguments),
  },
})

const spellWeight = ({ role, train }: TrainingTurn, { weights }: Spelling): TargetRecord => {
  if (role !== 'assistant' || weights === 'none' || (weights === 'zero' && train)) return {}
  return { weight: train ? 1 : 0 }
}

export const spellTools = (tools: readonly ToolDefinition[]): TargetRecord[] =>
  tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
    },
  }))

/**
 * Tools as JSON text, null where there are none: as objects, readers that keep columns would give every tool the parameters of
 * all others (measured with DuckDB; Arrow and Hugging Face datasets do the same).
 */
export const spellToolsAsText = (tools: readonly ToolDefinition[]): string | null =>
  tools.length === 0 ? null : JSON.stringify(spellTools(tools))

/** What stands beside a conversation; no name is one by which a trainer recognises its own columns. */
export const metadataOf = (row: TrainingRow): TargetRecord => ({
  id: row.id,
  revision: row.revision,
  title: row.title,
  origin: row.origin,
  tier: row.tier,
  review_status: row.status,
  quality_score: row.qualityScore,
  persona_key: row.scaffolding.persona?.key ?? null,
  emotional_arc_key: row.scaffolding.arc?.key ?? null,
  topic_key: row.scaffolding.topic?.key ?? null,
  written_by: row.model,
})
