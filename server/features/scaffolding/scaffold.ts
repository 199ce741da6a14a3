/** What training conversations are made of: personas, emotional arcs and topics; pure. */

export const SCAFFOLD_KINDS = ['persona', 'arc', 'topic'] as const
export type ScaffoldKind = (typeof SCAFFOLD_KINDS)[number]

/** Who the client is. */
export interface PersonaDetails {
  readonly archetype: string
  readonly demographics: string
  readonly financialBackground: string
  readonly communicationStyle: string
  readonly emotionalBaseline: string
  readonly typicalQuestions: readonly string[]
  readonly commonConcerns: readonly string[]
  readonly languagePatterns: readonly string[]
}

export const ARC_CATEGORIES = ['core', 'edge'] as const
export type ArcCategory = (typeof ARC_CATEGORIES)[number]

/** What the client feels at first and at last, and how they get from one to the other. */
export interface ArcDetails {
  readonly startingEmotion: string
  /** Intensities are 0 to 1. */
  readonly startingIntensityMin: number
  readonly startingIntensityMax: number
  readonly endingEmotion: string
  readonly endingIntensityMin: number
  readonly endingIntensityMax: number
  readonly arcStrategy: string
  readonly keyPrinciples: readonly string[]
  readonly responseTechniques: readonly string[]
  readonly avoidTactics: readonly string[]
  /** Turns of both sides together. */
  readonly typicalTurnCountMin: number
  readonly typicalTurnCountMax: number
  readonly conversationCategory: ArcCategory
  /** Keys; empty: all. */
  readonly suitablePersonas: readonly string[]
  readonly suitableTopics: readonly string[]
}

export const COMPLEXITIES = ['beginner', 'intermediate', 'advanced'] as const
export type Complexity = (typeof COMPLEXITIES)[number]

/** What they talk about. */
export interface TopicDetails {
  readonly category: string
  readonly description: string
  readonly complexityLevel: Complexity
  readonly typicalQuestionExamples: readonly string[]
  readonly keyConcepts: readonly string[]
  /** Keys; empty: all. */
  readonly suitablePersonas: readonly string[]
  readonly suitableEmotionalArcs: readonly string[]
}

export interface DetailsOf {
  readonly persona: PersonaDetails
  readonly arc: ArcDetails
  readonly topic: TopicDetails
}

/** What somebody says of a scaffold. */
export interface ScaffoldDraft<Kind extends ScaffoldKind = ScaffoldKind> {
  /** No other of its kind and owner has it. */
  readonly key: string
  readonly name: string
  readonly details: DetailsOf[Kind]
}

export interface Scaffold<Kind extends ScaffoldKind = ScaffoldKind> extends ScaffoldDraft<Kind> {
  readonly id: string
  readonly kind: Kind
  readonly isActive: boolean
  /** Came with the starter set. */
  readonly isStarter: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type Persona = Scaffold<'persona'>
export type Arc = Scaffold<'arc'>
export type Topic = Scaffold<'topic'>
export type AnyScaffold = Persona | Arc | Topic

/** What one conversation is made of. */
export interface Cell {
  readonly persona: Persona
  readonly arc: Arc
  readonly topic: Topic
}

/** Most of one kind that a person adds; what the starter set puts back may come on top. */
export const MAX_SCAFFOLDS = 200
