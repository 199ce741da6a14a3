/** Conversations for the tests of targets. */
import {
  type Scaffolding,
  STARTER_PROFILE,
  type TrainingContent,
  type TrainingRow,
  type TrainingTurn,
} from '../../training/index.ts'
import {
  type OpenTarget,
  SPLITS,
  type ExportFacts,
  type TargetChoice,
  type TargetOptions,
  type TargetRecord,
} from './target.ts'
import { openTarget } from './registry.ts'

export const facts: ExportFacts = {
  name: 'Advice',
  version: 3,
  createdAt: new Date('2026-11-01T12:00:00.000Z'),
  profile: STARTER_PROFILE,
}

const scaffolding: Scaffolding = {
  persona: { id: '00000000-0000-4000-8000-0000000000a1', key: 'anxious_planner', name: 'Anxious planner' },
  arc: { id: '00000000-0000-4000-8000-0000000000a2', key: 'fear_to_confidence', name: 'Fear to confidence' },
  topic: { id: '00000000-0000-4000-8000-0000000000a3', key: 'estate_planning_basics', name: 'Estate planning' },
}

export const rowOf = (content: TrainingContent, changes: Partial<TrainingRow> = {}): TrainingRow => ({
  id: '7e0fd0d2-5f0a-4c6f-9a55-0c8f4d0b6b11',
  revision: 2,
  title: 'Where do I begin?',
  origin: 'generated',
  tier: 'template',
  status: 'approved',
  qualityScore: 8,
  scores: {},
  isReviewed: true,
  reviewNotes: null,
  scaffolding,
  model: 'vendor/model',
  createdAt: new Date('2026-10-01T08:00:00.000Z'),
  content,
  ...changes,
})

/** `s`, `u`, `a`, `x` (an answer that is not to be learned from), `c` (a call) and `t` (its result), each saying its own marker. */
export const turnsOf = (letters: string): TrainingTurn[] =>
  Array.from(letters, (letter, index) => {
    const content = `«${index + 1}${letter}»`
    switch (letter) {
      case 's':
        return { role: 'system', content, train: false }
      case 'u':
        return { role: 'user', content, train: false }
      case 'c':
        return {
          role: 'assistant',
          content: null,
          train: true,
          toolCalls: [{ id: `call_${index + 1}`, name: 'look_up', arguments: `{"city":"«${index + 1}c»"}` }],
        }
      case 't':
        return { role: 'tool', content, toolCallId: `call_${index}`, name: 'look_up', train: false }
      default:
        return { role: 'assistant', content, train: letter !== 'x' }
    }
  })

export const lookUp = {
  name: 'look_up',
  description: 'Looks a city up',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

export const contentOf = (letters: string): TrainingContent => ({
  turns: turnsOf(letters),
  ...(letters.includes('c') && { tools: [lookUp] }),
})

export const open = (id: TargetChoice['id'], options: TargetOptions = {}): OpenTarget =>
  openTarget({ id, options }, facts)

/** What a target makes of one conversation, and which rules it breaks with which effect. */
export const take = (
  id: TargetChoice['id'],
  content: TrainingContent,
  options: TargetOptions = {},
): { records: readonly TargetRecord[]; broken: Record<string, string> } => {
  const { records, findings } = open(id, options).take(rowOf(content), 'train')
  return { records, broken: Object.fromEntries(findings.map(({ rule, effect }) => [rule, effect])) }
}

/** The whole file of one split. */
export const fileOf = (target: OpenTarget, rows: readonly TrainingRow[], split = SPLITS[0]): string => {
  const taken = rows.map((row) => target.take(row, split).records).filter((records) => records.length > 0)
  const records = taken.flat()
  const totals = { conversations: taken.length, records: records.length }
  return target.head(split, totals) + records.map(target.encode).join(target.between) + target.tail(split, totals)
}
