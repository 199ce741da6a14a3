/** Tables: CSV in its two forms, and Parquet. */
import { CRITERIA, type ToolDefinition, type TrainingRow, type TrainingTurn } from '../../training/index.ts'
import { defineTarget, type Plan } from './define-target.ts'
import { answersOf, callsOf, type Dialogue, numberAt } from './dialogue.ts'
import { CHAT_FIXES } from './finding.ts'
import { metadataOf, spellMessage, type Spelling, spellTools, spellToolsAsText } from './spell.ts'
import type { ParquetElement, TargetRecord } from './target.ts'

const spelling: Spelling = { noContent: null, arguments: 'text', weights: 'all', toolNames: true }

// ---- CSV

const METADATA = [
  'id',
  'revision',
  'title',
  'origin',
  'tier',
  'review_status',
  'quality_score',
  'persona_key',
  'emotional_arc_key',
  'topic_key',
  'written_by',
] as const

const CONVERSATION_COLUMNS = [...METADATA, 'messages', 'tools'] as const

const TURN_COLUMNS = [
  ...METADATA,
  'turn_number',
  'role',
  'content',
  'name',
  'tool_calls',
  'tool_call_id',
  'train',
  'rejected',
  'emotion_primary',
  'emotion_secondary',
  'emotion_intensity',
  ...CRITERIA,
  'comment',
] as const

const conversationCells = ({ turns, tools }: Dialogue, row: TrainingRow): TargetRecord => ({
  ...metadataOf(row),
  messages: JSON.stringify(turns.map((turn) => spellMessage(turn, spelling))),
  tools: tools.length === 0 ? null : JSON.stringify(spellTools(tools)),
})

const turnCells = (turn: TrainingTurn, number: number, metadata: TargetRecord): TargetRecord => ({
  ...metadata,
  turn_number: number,
  role: turn.role,
  content: turn.content,
  name: turn.name ?? null,
  tool_calls: callsOf(turn) ? JSON.stringify(turn.toolCalls) : null,
  tool_call_id: turn.toolCallId ?? null,
  train: turn.role === 'assistant' ? turn.train : null,
  rejected: turn.rejected ?? null,
  emotion_primary: turn.emotion?.primary ?? null,
  emotion_secondary: turn.emotion?.secondary ?? null,
  emotion_intensity: turn.emotion?.intensity ?? null,
  ...turn.scores,
  comment: turn.comment ?? null,
})

/** A cell that begins like this is computed by spreadsheets, or hides that it will be. */
const FORMULA = /^[=+\-@\t\r]/

/** RFC 4180; every text is quoted, so that an empty one is told from nothing. */
const cell = (value: unknown, isSpreadsheet: boolean): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw new TypeError('a cell is a text, a number or a truth')
  const harmless = isSpreadsheet && FORMULA.test(value) ? `'${value}` : value
  return `"${harmless.replaceAll('"', '""')}"`
}

const BYTE_ORDER_MARK = '\uFEFF'

export const csv = defineTarget(
  {
    id: 'csv',
    name: 'CSV',
    description:
      'A row for each conversation, with its messages as JSON, or for each turn. With spreadsheet, cells that Excel would compute begin with an apostrophe and the file with a byte order mark: for reading, not for training.',
    trainers: ['spreadsheets', 'DuckDB', 'pandas'],
    loses: ['the scene', 'with a row for each conversation: emotions, scores, comments and rejected texts'],
    defaults: { rows: 'conversation', spreadsheet: false },
    fixes: ['strip_special_tokens', 'remove_tools', 'remove_system', 'merge_same_role'],
  },
  ({ rows = 'conversation', spreadsheet = false }) => {
    const columns: readonly string[] = rows === 'turn' ? TURN_COLUMNS : CONVERSATION_COLUMNS
    const isComputed = (text: string | null) => text !== null && FORMULA.test(text)
    return {
      policy: { effects: { 'content.encodable': 'stops', 'text.special': 'warns' } },
      alsoCheck: (dialogue, { title }) => {
        if (!spreadsheet) return []
        const index = rows === 'turn' ? dialogue.turns.findIndex(({ content }) => isComputed(content)) : -1
        if (index >= 0) return [{ rule: 'text.escaped', effect: 'changes', turn: numberAt(dialogue, index) }]
        return isComputed(title) ? [{ rule: 'text.escaped', effect: 'changes' }] : []
      },
      nameOf: (split) => `${split}.csv`,
      format: {
        mediaType: 'text/csv',
        encode: (record) => columns.map((name) => cell(record[name], spreadsheet)).join(','),
        between: '\r\n',
        head: () => `${spreadsheet ? BYTE_ORDER_MARK : ''}${columns.join(',')}\r\n`,
        tail: (_, { records }) => (records === 0 ? '' : '\r\n'),
      },
      write: (dialogue, row) => {
        if (rows === 'conversation') return [conversationCells(dialogue, row)]
        const metadata = metadataOf(row)
        return dialogue.turns.map((turn, index) => turnCells(turn, numberAt(dialogue, index), metadata))
      },
    }
  },
)

// ---- Parquet

type Need = 'REQUIRED' | 'OPTIONAL'

const text = (name: string, need: Need = 'OPTIONAL'): ParquetElement => ({
  name,
  type: 'BYTE_ARRAY',
  repetition_type: need,
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
})

/** A list in the three levels of the format's definition: with any other names some readers see another shape. */
const messageList = (name: string): ParquetElement[] => [
  { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', num_children: 6 },
  text('role', 'REQUIRED'),
  text('content'),
  text('name'),
  text('tool_calls'),
  text('tool_call_id'),
  { name: 'weight', type: 'INT32', repetition_type: 'OPTIONAL' },
]

const METADATA_ELEMENTS: readonly ParquetElement[] = [
  { name: 'revision', type: 'INT32', repetition_type: 'REQUIRED' },
  text('title', 'REQUIRED'),
  text('origin', 'REQUIRED'),
  text('tier', 'REQUIRED'),
  text('review_status', 'REQUIRED'),
  { name: 'quality_score', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  text('persona_key'),
  text('emotional_arc_key'),
  text('topic_key'),
  text('written_by'),
]

const schema = (columns: number, ...elements: readonly ParquetElement[]): ParquetElement[] => [
  { name: 'root', num_children: columns },
  ...elements,
]

/** One set of columns for all files of an export: Hugging Face's loader refuses files whose columns differ. */
const WHOLE = schema(13, text('id', 'REQUIRED'), ...messageList('messages'), text('tools'), ...METADATA_ELEMENTS)

const ANSWERS = schema(
  15,
  text('id', 'REQUIRED'),
  { name: 'answer_turn', type: 'INT32', repetition_type: 'REQUIRED' },
  ...messageList('prompt'),
  ...messageList('completion'),
  text('tools'),
  ...METADATA_ELEMENTS,
)

/** All of its fields, because a column has no place for what is not there; calls as JSON text, so that theirs don't mix. */
const messageCells = (turn: TrainingTurn): TargetRecord => ({
  role: turn.role,
  content: turn.content,
  name: turn.name ?? null,
  tool_calls: callsOf(turn) ? JSON.stringify(spellMessage(turn, spelling)['tool_calls']) : null,
  tool_call_id: turn.toolCallId ?? null,
  weight: turn.role === 'assistant' ? (turn.train ? 1 : 0) : null,
})

const commonCells = (tools: readonly ToolDefinition[], row: TrainingRow): TargetRecord => ({
  ...metadataOf(row),
  tools: spellToolsAsText(tools),
})

const writeTable: Record<'whole' | 'answers', Plan['write']> = {
  whole: ({ turns, tools }, row) => [{ ...commonCells(tools, row), messages: turns.map(messageCells) }],
  answers: (dialogue, row) =>
    answersOf(dialogue).map(({ before, answer, number }) => ({
      ...commonCells(dialogue.tools, row),
      answer_turn: number,
      prompt: before.map(messageCells),
      completion: [messageCells(answer)],
    })),
}

export const parquet = defineTarget(
  {
    id: 'parquet',
    name: 'Parquet (Hugging Face)',
    description:
      'A table with the conversation as a list of messages, named as a dataset on the Hugging Face hub has its files. Few readers honour its column of weights: rows with answers that are not to be learned from are left out, expanded, or kept on your word.',
    trainers: ['TRL', 'Axolotl', 'Hugging Face datasets', 'DuckDB', 'pandas', 'Polars'],
    loses: ['emotions, scores of turns and comments', 'the rejected text of an edited answer', 'the scene'],
    defaults: {},
    fixes: [...CHAT_FIXES, 'expand_answers', 'trust_weights'],
  },
  ({ fixes }) => {
    const isExpanded = fixes.includes('expand_answers')
    return {
      policy: {
        effects: {
          'messages.present': 'drops',
          'system.first': 'warns',
          'start.user': 'warns',
          'turns.alternate': 'warns',
          'end.assistant': 'warns',
          'content.present': 'warns',
          'content.encodable': 'stops',
          'tools.answered': 'warns',
          'arguments.object': 'warns',
          'text.special': 'harms',
          'trained.some': isExpanded ? 'drops' : 'harms',
          'weight.ignored': 'harms',
        },
      },
      nameOf: (split) => `${split}-00000-of-00001.parquet`,
      columns: isExpanded ? ANSWERS : WHOLE,
      format: {
        mediaType: 'application/vnd.apache.parquet',
        // For whoever wants to look at a row.
        encode: (record) => JSON.stringify(record),
        between: '\n',
        head: () => '',
        tail: () => '',
      },
      write: isExpanded ? writeTable.answers : writeTable.whole,
    }
  },
)
