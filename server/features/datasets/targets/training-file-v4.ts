/** The aggregated training file of the contract (0.3): one JSON document, whose head sums up what follows. */
import { fileScore, finalFileOf, profileInFile, type TrainingRow } from '../../training/index.ts'
import { defineTarget } from './define-target.ts'
import { type Dialogue, isTrained } from './dialogue.ts'
import type { ExportFacts, FileTotals, Split, TargetRecord } from './target.ts'

/** What the head says of the conversations behind it. */
interface Sums {
  pairs: number
  scored: number
  /** On the scale of files, 1 to 5. */
  sum: number
  min: number
  max: number
  reviewed: number
  readonly personas: Map<string, number>
  readonly arcs: Map<string, number>
  readonly topics: Map<string, number>
}

const noSums = (): Sums => ({
  pairs: 0,
  scored: 0,
  sum: 0,
  min: Infinity,
  max: -Infinity,
  reviewed: 0,
  personas: new Map(),
  arcs: new Map(),
  topics: new Map(),
})

const count = (counts: Map<string, number>, key: string | undefined): void => {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
}

const addTo = (sums: Sums, row: TrainingRow, pairs: number): void => {
  sums.pairs += pairs
  if (row.qualityScore !== null) {
    const score = fileScore(row.qualityScore)
    sums.scored++
    sums.sum += score
    sums.min = Math.min(sums.min, score)
    sums.max = Math.max(sums.max, score)
  }
  if (row.isReviewed) sums.reviewed++
  count(sums.personas, row.scaffolding.persona?.key)
  count(sums.arcs, row.scaffolding.arc?.key)
  count(sums.topics, row.scaffolding.topic?.key)
}

const rounded = (value: number): number => Math.round(value * 100) / 100

/** By key, so that the order of the rows does not matter. */
const inOrder = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))

const metadataOf = (facts: ExportFacts, fileName: string, sums: Sums, { conversations }: FileTotals): TargetRecord => ({
  file_name: fileName,
  version: '4.0.0',
  created_date: facts.createdAt.toISOString(),
  last_updated: facts.createdAt.toISOString(),
  format_spec: 'brightrun-lora-v4',
  // Nothing in it depends on the model that is going to learn from it.
  target_model: 'any',
  vertical: facts.profile.expertise,
  dataset_name: facts.name,
  dataset_version: facts.version,
  total_conversations: conversations,
  total_training_pairs: sums.pairs,
  quality_summary: {
    avg: sums.scored === 0 ? null : rounded(sums.sum / sums.scored),
    min: sums.scored === 0 ? null : sums.min,
    max: sums.scored === 0 ? null : sums.max,
    human_reviewed_count: sums.reviewed,
    human_reviewed_percentage: conversations === 0 ? 0 : rounded((100 * sums.reviewed) / conversations),
  },
  scaffolding_distribution: {
    personas: inOrder(sums.personas),
    emotional_arcs: inOrder(sums.arcs),
    training_topics: inOrder(sums.topics),
  },
})

/** The pairs of the conversation's own file; an answer that is not to be learned from is no target, and stays in the history. */
const conversationOf = (dialogue: Dialogue, row: TrainingRow, facts: ExportFacts): TargetRecord => {
  const content = { ...row.content, turns: dialogue.turns, ...(row.content.tools && { tools: dialogue.tools }) }
  const file = finalFileOf({ ...row, content }, facts.profile)
  const said = dialogue.turns.filter(({ role }) => role !== 'system')
  const { persona, arc, topic } = row.scaffolding
  return {
    conversation_metadata: {
      conversation_id: row.id,
      source_file: 'conversation.json',
      created_date: file.dataset_metadata.created_date,
      total_turns: file.dataset_metadata.total_turns,
      quality_tier: file.dataset_metadata.quality_tier,
      scaffolding: {
        persona_key: persona?.key ?? null,
        persona_name: persona?.name ?? null,
        emotional_arc_key: arc?.key ?? null,
        emotional_arc_name: arc?.name ?? null,
        training_topic_key: topic?.key ?? null,
        training_topic_name: topic?.name ?? null,
      },
    },
    training_pairs: file.training_pairs.map((pair, index) => {
      const turn = said[index]
      return turn !== undefined && isTrained(turn) ? pair : { ...pair, target_response: null }
    }),
  }
}

export const trainingFileV4 = defineTarget(
  {
    id: 'training-file-v4',
    name: 'Training file v4 (JSON)',
    description:
      'All conversations in one document, as pairs with emotions, scores and scaffolding; the format of the seed.',
    trainers: ['BrightRun LoRA'],
    loses: [
      'the text of an answer that is not to be learned from, where nothing follows it',
      'the rejected text of an edited answer',
    ],
    defaults: {},
    fixes: ['strip_special_tokens', 'remove_system', 'merge_same_role', 'drop_trailing_user'],
  },
  (_, facts) => {
    const sums = new Map<Split, Sums>()
    const sumsOf = (split: Split): Sums => {
      const known = sums.get(split) ?? noSums()
      sums.set(split, known)
      return known
    }
    const nameOf = (split: Split) => `${split}.training-file.json`
    return {
      policy: {
        effects: {
          'messages.present': 'drops',
          'trained.some': 'drops',
          'content.encodable': 'stops',
          'text.special': 'warns',
        },
      },
      nameOf,
      format: {
        mediaType: 'application/json',
        encode: (record) => JSON.stringify(record),
        between: ',\n',
        head: (split, totals) => {
          const metadata = JSON.stringify(metadataOf(facts, nameOf(split), sumsOf(split), totals))
          const profile = JSON.stringify(profileInFile(facts.profile))
          return `{"training_file_metadata":${metadata},\n"consultant_profile":${profile},\n"conversations":[\n`
        },
        tail: () => '\n]}\n',
      },
      write: (dialogue, row, split) => {
        const conversation = conversationOf(dialogue, row, facts)
        addTo(sumsOf(split), row, (conversation['training_pairs'] as unknown[]).length)
        return [conversation]
      },
    }
  },
)
