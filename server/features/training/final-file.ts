/** The final file of a conversation: the three parts of the contract (0.3; decision 10), from what the database holds. Pure. */
import { CRITERIA, type Emotion, type TrainingRow, type TrainingTurn, turnCountOf } from './content.ts'

/** Whose voice the assistant has: the person's own, edited in the settings (contracts, decision 14). */
export interface ConsultantProfile {
  readonly name: string
  readonly business: string
  readonly expertise: string
  readonly yearsExperience: number
  /** At most five. */
  readonly principles: readonly string[]
  readonly tone: string
  readonly techniques: readonly string[]
  readonly avoid: readonly string[]
}

/** Until a person has written their own. */
export const STARTER_PROFILE: ConsultantProfile = {
  name: 'The assistant',
  business: 'An advice service',
  expertise: 'general advice',
  yearsExperience: 10,
  principles: [
    'Take feelings seriously before facts.',
    'Explain in plain words, and one thing at a time.',
    'Leave the decision with the person.',
    'Say what is not known.',
    'Point to professional help where it is needed.',
  ],
  tone: 'warm, clear and calm',
  techniques: ['name what the person feels', 'break a problem into steps', 'end with one next step'],
  avoid: ['jargon', 'blame', 'promises about outcomes'],
}

/** Most turns that a pair repeats before itself: without a limit a file grew with the square of its turns. */
export const MAX_HISTORY = 50

/** Files speak of quality from 1 to 5, the database from 0 to 10. */
export const fileScore = (score: number): number => Math.round((1 + score * 0.4) * 100) / 100

/** The contract's tiers, on the scale of files. */
export const qualityTierOf = (score: number | null): 'seed_dataset' | 'production' | 'experimental' =>
  score === null || fileScore(score) < 3.5 ? 'experimental' : fileScore(score) < 4.5 ? 'production' : 'seed_dataset'

/** What `consultant_profile` holds. */
export const profileInFile = (profile: ConsultantProfile) => ({
  name: profile.name,
  business: profile.business,
  expertise: profile.expertise,
  years_experience: profile.yearsExperience,
  core_philosophy: Object.fromEntries(profile.principles.map((text, index) => [`principle_${index + 1}`, text])),
  communication_style: { tone: profile.tone, techniques: profile.techniques, avoid: profile.avoid },
})

/**
 * One pair for each turn but the system prompt, which every pair repeats: `target_response` is null on turns that are not
 * the assistant's. A turn without an emotion has null for one.
 */
export const finalFileOf = (row: TrainingRow, profile: ConsultantProfile) => ({
  dataset_metadata: {
    dataset_name: `fp_conversation_${row.id}`,
    version: '1.0.0',
    created_date: row.createdAt.toISOString().slice(0, 10),
    vertical: profile.expertise
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
      .replaceAll(/^_|_$/g, ''),
    consultant_persona: `${profile.name}, ${profile.business}`,
    target_use: 'LoRA fine-tuning',
    conversation_source: SOURCES[row.origin],
    quality_tier: qualityTierOf(row.qualityScore),
    total_conversations: 1,
    total_turns: turnCountOf(row.content),
    notes: row.title,
    ...(row.content.tools === undefined ? {} : { tools: row.content.tools }),
  },
  consultant_profile: profileInFile(profile),
  training_pairs: pairsOf(row),
  ...inputParameters(row),
})

export type FinalFile = ReturnType<typeof finalFileOf>

const SOURCES = {
  generated: 'synthetic_platform_generated',
  taken: 'platform_conversation',
  imported: 'imported',
} as const

const inputParameters = ({ scaffolding: { persona, arc, topic } }: TrainingRow) =>
  persona === undefined && arc === undefined && topic === undefined
    ? {}
    : {
        input_parameters: {
          ...(persona && { persona_id: persona.id, persona_key: persona.key, persona_name: persona.name }),
          ...(arc && { emotional_arc_id: arc.id, emotional_arc_key: arc.key, emotional_arc_name: arc.name }),
          ...(topic && { training_topic_id: topic.id, training_topic_key: topic.key, training_topic_name: topic.name }),
        },
      }

const pairsOf = (row: TrainingRow) => {
  const { content, scaffolding } = row
  const system = content.turns.find(({ role }) => role === 'system')?.content ?? ''
  const turns = content.turns.filter(({ role }) => role !== 'system')
  const said = turns.map((turn, index) => ({
    turn: index + 1,
    role: turn.role,
    content: turn.content,
    ...toolFields(turn),
    emotional_state: turn.emotion ? stateOf(turn.emotion) : null,
  }))
  const metadata = {
    client_persona: content.scene?.clientPersona ?? scaffolding.persona?.name ?? '',
    ...(scaffolding.persona?.archetype === undefined ? {} : { persona_archetype: scaffolding.persona.archetype }),
    client_background: '',
    ...(scaffolding.arc && { emotional_arc: scaffolding.arc.name, emotional_arc_key: scaffolding.arc.key }),
    ...(scaffolding.topic && { training_topic: scaffolding.topic.name, training_topic_key: scaffolding.topic.key }),
    session_context: content.scene?.sessionContext ?? '',
    conversation_phase: content.scene?.conversationPhase ?? '',
    expected_outcome: content.scene?.expectedOutcome ?? null,
  }
  const progression = progressionOf(row, turns)
  return turns.map((turn, index) => {
    // An assistant's turn answers what was asked right before it, which then is no longer history.
    const isAnswer = turn.role === 'assistant' && turns[index - 1]?.role === 'user'
    const input = isAnswer ? turns[index - 1] : turn.role === 'user' ? turn : undefined
    const end = isAnswer ? index - 1 : index
    return {
      id: `${row.id}_turn_${index + 1}`,
      conversation_id: row.id,
      turn_number: index + 1,
      conversation_metadata: metadata,
      system_prompt: system,
      conversation_history: said.slice(Math.max(0, end - MAX_HISTORY), end),
      current_user_input: input?.content ?? '',
      emotional_context: turn.emotion ? { detected_emotions: detected(turn.emotion) } : null,
      target_response: turn.role === 'assistant' ? turn.content : null,
      ...(turn.role === 'tool' ? { tool_result: turn.content } : {}),
      ...toolFields(turn),
      training_metadata: trainingMetadata(row, turn, index + 1, progression),
    }
  })
}

const toolFields = ({ name, toolCalls, toolCallId }: TrainingTurn) => ({
  ...(name === undefined ? {} : { name }),
  ...(toolCalls && { tool_calls: toolCalls }),
  ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
})

const trainingMetadata = (row: TrainingRow, turn: TrainingTurn, number: number, progression: string) => {
  const scores = { ...row.scores, ...turn.scores }
  const [empathy, clarity, appropriateness, brandVoice] = CRITERIA.map((criterion) => {
    const score = scores[criterion]
    return score === undefined ? null : fileScore(score)
  })
  return {
    difficulty_level: `${row.scaffolding.topic?.complexity ?? 'intermediate'}_conversation_turn_${number}`,
    key_learning_objective: row.scaffolding.topic?.name ?? row.title,
    demonstrates_skills: [],
    conversation_turn: number,
    emotional_progression_target: progression,
    quality_score: row.qualityScore === null ? null : fileScore(row.qualityScore),
    quality_criteria: {
      empathy_score: empathy,
      clarity_score: clarity,
      appropriateness_score: appropriateness,
      brand_voice_alignment: brandVoice,
    },
    human_reviewed: row.isReviewed,
    reviewer_notes: turn.comment ?? row.reviewNotes,
    use_as_seed_example: row.status === 'approved' && qualityTierOf(row.qualityScore) === 'seed_dataset',
    generate_variations_count: 0,
    // Beside the contract's fields, and only where something is not to be learned from.
    ...(turn.role === 'assistant' && !turn.train ? { excluded_from_training: true } : {}),
  }
}

/** `start(0.8) → end(0.8)`: as the conversation went, else as its arc was meant. */
const progressionOf = ({ scaffolding: { arc } }: TrainingRow, turns: readonly TrainingTurn[]): string => {
  const felt = turns.flatMap(({ role, emotion }) => (role === 'user' && emotion ? [emotion] : []))
  const say = (emotion: Emotion | undefined, meant: string | undefined) =>
    emotion ? `${emotion.primary}(${emotion.intensity})` : `${meant ?? 'neutral'}(0.8)`
  return `${say(felt[0], arc?.startingEmotion)} → ${say(felt.at(-1), arc?.endingEmotion)}`
}

const stateOf = ({ primary, secondary, intensity }: Emotion) => ({
  primary,
  ...(secondary === null ? {} : { secondary }),
  intensity,
})

/** The confidences are the contract's: nobody measures them. */
const detected = ({ primary, secondary, intensity }: Emotion) => ({
  primary,
  primary_confidence: 0.8,
  ...(secondary === null ? {} : { secondary, secondary_confidence: 0.7 }),
  intensity,
  valence: valenceOf(primary, secondary),
})

const POSITIVE = new Set(
  'acceptance calm clarity confidence curiosity determination empowerment excitement focused gratitude happiness hope hopeful joy pride relief trust'.split(
    ' ',
  ),
)
const NEGATIVE = new Set(
  'anger anxiety confusion despair disappointment distress doubt embarrassment fear frustration grief guilt hostility loneliness overwhelm panic regret sadness shame stress worry'.split(
    ' ',
  ),
)

const valenceOf = (primary: string, secondary: string | null): 'positive' | 'negative' | 'mixed' => {
  const felt = [primary, ...(secondary === null ? [] : [secondary])].map((emotion) => emotion.toLowerCase())
  if (felt.every((emotion) => POSITIVE.has(emotion))) return 'positive'
  return felt.every((emotion) => NEGATIVE.has(emotion)) ? 'negative' : 'mixed'
}
