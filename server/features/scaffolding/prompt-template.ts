/** What a model is asked for a training conversation: a text with `{{placeholders}}`, filled from persona, arc and topic; pure. */
import { AppError } from '#kernel/errors.ts'
import type { Scaffolding, Tier } from '../training/index.ts'
import type { Arc, Cell, Persona, Topic } from './scaffold.ts'

export interface TemplateDraft {
  /** No other of its owner has it. */
  readonly name: string
  readonly tier: Tier
  /** The one arc that it is for; null: for any. */
  readonly arcKey: string | null
  readonly text: string
}

export interface PromptTemplate extends TemplateDraft {
  readonly id: string
  /** Counted up with every change of the text. */
  readonly version: number
  readonly isActive: boolean
  readonly isStarter: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Most that a person adds; what the starter set puts back may come on top. */
export const MAX_TEMPLATES = 200

/** Longest prompt, in characters: what is named often enough would otherwise fill the memory. */
const MAX_PROMPT = 50_000

const list = (items: readonly string[]): string =>
  items.length === 0 ? '- (nothing in particular)' : items.map((item) => `- ${item}`).join('\n')

const placeholders: Readonly<Record<string, (cell: Cell) => string>> = {
  persona_name: ({ persona }) => persona.name,
  persona_archetype: ({ persona }) => persona.details.archetype,
  persona_demographics: ({ persona }) => persona.details.demographics,
  persona_financial_background: ({ persona }) => persona.details.financialBackground,
  persona_communication_style: ({ persona }) => persona.details.communicationStyle,
  persona_emotional_baseline: ({ persona }) => persona.details.emotionalBaseline,
  persona_typical_questions: ({ persona }) => list(persona.details.typicalQuestions),
  persona_common_concerns: ({ persona }) => list(persona.details.commonConcerns),
  persona_language_patterns: ({ persona }) => list(persona.details.languagePatterns),
  arc_name: ({ arc }) => arc.name,
  arc_category: ({ arc }) => arc.details.conversationCategory,
  arc_strategy: ({ arc }) => arc.details.arcStrategy,
  arc_key_principles: ({ arc }) => list(arc.details.keyPrinciples),
  arc_response_techniques: ({ arc }) => list(arc.details.responseTechniques),
  arc_avoid_tactics: ({ arc }) => list(arc.details.avoidTactics),
  starting_emotion: ({ arc }) => arc.details.startingEmotion,
  starting_intensity_min: ({ arc }) => String(arc.details.startingIntensityMin),
  starting_intensity_max: ({ arc }) => String(arc.details.startingIntensityMax),
  ending_emotion: ({ arc }) => arc.details.endingEmotion,
  ending_intensity_min: ({ arc }) => String(arc.details.endingIntensityMin),
  ending_intensity_max: ({ arc }) => String(arc.details.endingIntensityMax),
  turn_count_min: ({ arc }) => String(arc.details.typicalTurnCountMin),
  turn_count_max: ({ arc }) => String(arc.details.typicalTurnCountMax),
  topic_name: ({ topic }) => topic.name,
  topic_category: ({ topic }) => topic.details.category,
  topic_description: ({ topic }) => topic.details.description,
  topic_complexity: ({ topic }) => topic.details.complexityLevel,
  topic_typical_questions: ({ topic }) => list(topic.details.typicalQuestionExamples),
  topic_key_concepts: ({ topic }) => list(topic.details.keyConcepts),
}

/** What a template may name, in the order of a reference. */
export const PLACEHOLDERS: readonly string[] = Object.keys(placeholders)

/** Blanks around a name are taken away afterwards: said here, they would take the square of their number. */
const placeholder = /\{\{([^{}]*)\}\}/g

/** What a text names between `{{` and `}}` that is no placeholder; each once, in the order of the text. */
export const unknownPlaceholders = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(placeholder)]
      .map(([, name = '']) => name.trim())
      .filter((name) => !Object.hasOwn(placeholders, name)),
  ),
]

export interface ResolvedPrompt {
  readonly text: string
  /** How many tokens a model reads, estimated from the bytes: rather too many than too few. */
  readonly tokens: number
  /** 0.65 for a beginner's topic, 0.7 for others (contracts, 0.5). */
  readonly temperature: number
}

/**
 * The prompt of one conversation. What is filled in is filled in once: a `{{…}}` within a persona stays as it is, and so
 * does an unknown placeholder. Fails with `template.too_long`.
 */
export const resolvePrompt = (
  template: Pick<TemplateDraft, 'text'>,
  persona: Persona,
  arc: Arc,
  topic: Topic,
): ResolvedPrompt => {
  const text = template.text.replaceAll(placeholder, (spelled, inside: string) => {
    const name = inside.trim()
    return Object.hasOwn(placeholders, name) ? placeholders[name]!({ persona, arc, topic }) : spelled
  })
  if (text.length > MAX_PROMPT) throw new AppError('template.too_long')
  return {
    text,
    tokens: Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN),
    temperature: topic.details.complexityLevel === 'beginner' ? 0.65 : 0.7,
  }
}

/** English prose has 4.5 with o200k_base, JSON about 3.5: a cap must hold with any model's tokens. */
const BYTES_PER_TOKEN = 3

/** The template for an arc when none was named: one for that arc before one for any, of those the latest. */
export const chooseTemplate = (
  templates: readonly PromptTemplate[],
  tier: Tier,
  arcKey: string,
): PromptTemplate | undefined =>
  templates
    .filter((each) => each.isActive && each.tier === tier && (each.arcKey ?? arcKey) === arcKey)
    .toSorted(
      (a, b) =>
        Number(b.arcKey !== null) - Number(a.arcKey !== null) ||
        b.createdAt.getTime() - a.createdAt.getTime() ||
        (a.id < b.id ? -1 : 1),
    )[0]

/** What a conversation remembers of what it was made of. */
export const snapshotOf = ({ persona, arc, topic }: Cell, template: PromptTemplate): Scaffolding => ({
  persona: { id: persona.id, key: persona.key, name: persona.name, archetype: persona.details.archetype },
  arc: {
    id: arc.id,
    key: arc.key,
    name: arc.name,
    startingEmotion: arc.details.startingEmotion,
    endingEmotion: arc.details.endingEmotion,
    turns: [arc.details.typicalTurnCountMin, arc.details.typicalTurnCountMax],
  },
  topic: { id: topic.id, key: topic.key, name: topic.name, complexity: topic.details.complexityLevel },
  template: { id: template.id, name: template.name, version: template.version },
})
