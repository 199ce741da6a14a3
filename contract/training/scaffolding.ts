/** What training conversations are made of: personas, emotional arcs, topics, prompt templates (contracts, 0.5), and which are missing. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_MODEL, MAX_TITLE, queryInteger, text, uuid } from '../shapes.ts'
import { reviewStatus } from './datasets.ts'
import { generationCell, MAX_CALLS, tokenPrices } from './generations.ts'

/** Longest prompt template, in characters. */
export const MAX_TEMPLATE_TEXT = 20_000

const ids = z.strictObject({ id: uuid })
const succeeded = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ success: z.literal(true), ...shape })
const count = z.int().nonnegative()
const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ enum: ['true', 'false'] })

/** What filters and files call a scaffold. */
const key = z
  .string({ error: 'must be a string' })
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be small letters, digits and _, at most 64 of them')
const keys = z.array(key).max(200)
const paragraph = text(2000)
const lines = z.array(filledText(500)).max(20)
const word = filledText(100)
const intensity = z.number().min(0).max(1)
const turns = z.int().min(2).max(40)

const ofAll = {
  id: z.uuid(),
  is_active: z.boolean(),
  /** Came with the starter set. */
  is_starter: z.boolean(),
  created_at: isoTime,
  updated_at: isoTime,
}
const changeable = { name: filledText(MAX_TITLE), is_active: z.boolean() }

const personaDetails = {
  archetype: filledText(MAX_TITLE),
  demographics: paragraph,
  financial_background: paragraph,
  communication_style: paragraph,
  emotional_baseline: paragraph,
  typical_questions: lines,
  common_concerns: lines,
  language_patterns: lines,
}
export const persona = z.strictObject({ ...ofAll, persona_key: key, name: filledText(MAX_TITLE), ...personaDetails })
export type Persona = z.output<typeof persona>
const newPersona = z.strictObject({ persona_key: key, name: filledText(MAX_TITLE), ...personaDetails })
export type NewPersona = z.input<typeof newPersona>
const personaChange = z.strictObject({ ...changeable, ...personaDetails }).partial()
export type PersonaChange = z.input<typeof personaChange>

/** Lists of suitable personas and topics are keys; an empty one means all. */
const arcDetails = {
  starting_emotion: word,
  starting_intensity_min: intensity,
  starting_intensity_max: intensity,
  ending_emotion: word,
  ending_intensity_min: intensity,
  ending_intensity_max: intensity,
  arc_strategy: paragraph,
  key_principles: lines,
  response_techniques: lines,
  avoid_tactics: lines,
  /** Turns of both sides together. */
  typical_turn_count_min: turns,
  typical_turn_count_max: turns,
  conversation_category: z.enum(['core', 'edge']),
  suitable_personas: keys,
  suitable_topics: keys,
}
export const emotionalArc = z.strictObject({ ...ofAll, arc_key: key, name: filledText(MAX_TITLE), ...arcDetails })
export type EmotionalArc = z.output<typeof emotionalArc>
const newEmotionalArc = z.strictObject({ arc_key: key, name: filledText(MAX_TITLE), ...arcDetails })
export type NewEmotionalArc = z.input<typeof newEmotionalArc>
const emotionalArcChange = z.strictObject({ ...changeable, ...arcDetails }).partial()
export type EmotionalArcChange = z.input<typeof emotionalArcChange>

const complexity = z.enum(['beginner', 'intermediate', 'advanced'])

const topicDetails = {
  category: word,
  description: paragraph,
  complexity_level: complexity,
  typical_question_examples: lines,
  key_concepts: lines,
  suitable_personas: keys,
  suitable_emotional_arcs: keys,
}
export const trainingTopic = z.strictObject({ ...ofAll, topic_key: key, name: filledText(MAX_TITLE), ...topicDetails })
export type TrainingTopic = z.output<typeof trainingTopic>
const newTrainingTopic = z.strictObject({ topic_key: key, name: filledText(MAX_TITLE), ...topicDetails })
export type NewTrainingTopic = z.input<typeof newTrainingTopic>
const trainingTopicChange = z.strictObject({ ...changeable, ...topicDetails }).partial()
export type TrainingTopicChange = z.input<typeof trainingTopicChange>

const activeOnly = { is_active: flag.optional() }

export const listPersonas = endpoint({
  method: 'GET',
  path: '/api/training/scaffolding/personas',
  summary: 'List personas by name; the first look gives the starter set',
  access: 'person',
  query: z.strictObject(activeOnly),
  reply: { status: 200, body: succeeded({ personas: z.array(persona), count }) },
  failures: [400],
})

export const createPersona = endpoint({
  method: 'POST',
  path: '/api/training/scaffolding/personas',
  summary: 'Add a persona',
  access: 'person',
  body: newPersona,
  reply: { status: 201, body: succeeded({ persona }) },
  failures: [400, 409],
})

export const updatePersona = endpoint({
  method: 'PATCH',
  path: '/api/training/scaffolding/personas/{id}',
  summary: 'Change a persona; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  body: personaChange,
  reply: { status: 200, body: succeeded({ persona }) },
  failures: [400, 404],
})

export const deletePersona = endpoint({
  method: 'DELETE',
  path: '/api/training/scaffolding/personas/{id}',
  summary: 'Delete a persona; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

export const listEmotionalArcs = endpoint({
  method: 'GET',
  path: '/api/training/scaffolding/emotional-arcs',
  summary: 'List emotional arcs by name; the first look gives the starter set',
  access: 'person',
  query: z.strictObject(activeOnly),
  reply: { status: 200, body: succeeded({ emotional_arcs: z.array(emotionalArc), count }) },
  failures: [400],
})

export const createEmotionalArc = endpoint({
  method: 'POST',
  path: '/api/training/scaffolding/emotional-arcs',
  summary: 'Add an emotional arc',
  access: 'person',
  body: newEmotionalArc,
  reply: { status: 201, body: succeeded({ emotional_arc: emotionalArc }) },
  failures: [400, 409],
})

export const updateEmotionalArc = endpoint({
  method: 'PATCH',
  path: '/api/training/scaffolding/emotional-arcs/{id}',
  summary: 'Change an emotional arc; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  body: emotionalArcChange,
  reply: { status: 200, body: succeeded({ emotional_arc: emotionalArc }) },
  failures: [400, 404],
})

export const deleteEmotionalArc = endpoint({
  method: 'DELETE',
  path: '/api/training/scaffolding/emotional-arcs/{id}',
  summary: 'Delete an emotional arc; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

export const listTrainingTopics = endpoint({
  method: 'GET',
  path: '/api/training/scaffolding/training-topics',
  summary: 'List training topics by name; the first look gives the starter set',
  access: 'person',
  query: z.strictObject({ ...activeOnly, complexity_level: complexity.optional(), category: word.optional() }),
  reply: { status: 200, body: succeeded({ training_topics: z.array(trainingTopic), count }) },
  failures: [400],
})

export const createTrainingTopic = endpoint({
  method: 'POST',
  path: '/api/training/scaffolding/training-topics',
  summary: 'Add a training topic',
  access: 'person',
  body: newTrainingTopic,
  reply: { status: 201, body: succeeded({ training_topic: trainingTopic }) },
  failures: [400, 409],
})

export const updateTrainingTopic = endpoint({
  method: 'PATCH',
  path: '/api/training/scaffolding/training-topics/{id}',
  summary: 'Change a training topic; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  body: trainingTopicChange,
  reply: { status: 200, body: succeeded({ training_topic: trainingTopic }) },
  failures: [400, 404],
})

export const deleteTrainingTopic = endpoint({
  method: 'DELETE',
  path: '/api/training/scaffolding/training-topics/{id}',
  summary: 'Delete a training topic; conversations keep the one that they were made with',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

/** How well a persona, an arc and a topic go together. */
const compatibility = {
  is_compatible: z.boolean(),
  /** What does not fit, as sentences. */
  warnings: z.array(z.string()),
  /** What would, as sentences. */
  suggestions: z.array(z.string()),
  /** 0.3 to 1. */
  confidence: z.number().min(0).max(1),
}

export const checkCompatibility = endpoint({
  method: 'POST',
  path: '/api/training/scaffolding/check-compatibility',
  summary: 'Ask how well a persona, an emotional arc and a topic go together',
  access: 'person',
  body: z.strictObject({ persona_id: uuid, emotional_arc_id: uuid, training_topic_id: uuid }),
  reply: { status: 200, body: succeeded(compatibility) },
  failures: [400, 404],
})

export const restoreStarter = endpoint({
  method: 'POST',
  path: '/api/training/scaffolding/restore-starter',
  summary: 'Put everything of the starter set back as it was; what was added stays',
  access: 'person',
  body: z.strictObject({}),
  reply: { status: 200, body: succeeded({}) },
  failures: [400],
})

const tier = z.enum(['template', 'scenario', 'edge_case'])

const templateFields = {
  name: filledText(MAX_TITLE),
  tier,
  /** The key of the one arc that it is for; null: for any. */
  arc_key: key.nullable(),
  /** With placeholders such as `{{persona_name}}`. */
  text: filledText(MAX_TEMPLATE_TEXT),
}
export const promptTemplate = z.strictObject({
  ...ofAll,
  ...templateFields,
  /** Counted up with every change of the text. */
  version: z.int().positive(),
})
export type PromptTemplate = z.output<typeof promptTemplate>
const newTemplate = z.strictObject({ ...templateFields, arc_key: key.nullable().default(null) })
export type NewTemplate = z.input<typeof newTemplate>
const templateChange = z.strictObject({ ...templateFields, is_active: z.boolean() }).partial()
export type TemplateChange = z.input<typeof templateChange>

export const listTemplates = endpoint({
  method: 'GET',
  path: '/api/training/templates',
  summary: 'List prompt templates by name, and the placeholders that they may use',
  access: 'person',
  query: z.strictObject({ ...activeOnly, tier: tier.optional() }),
  reply: {
    status: 200,
    body: succeeded({ templates: z.array(promptTemplate), count, placeholders: z.array(z.string()) }),
  },
  failures: [400],
})

export const createTemplate = endpoint({
  method: 'POST',
  path: '/api/training/templates',
  summary: 'Add a prompt template',
  access: 'person',
  body: newTemplate,
  reply: { status: 201, body: succeeded({ template: promptTemplate }) },
  failures: [400, 409],
})

export const updateTemplate = endpoint({
  method: 'PATCH',
  path: '/api/training/templates/{id}',
  summary: 'Change a prompt template; another text is another version',
  access: 'person',
  params: ids,
  body: templateChange,
  reply: { status: 200, body: succeeded({ template: promptTemplate }) },
  failures: [400, 404, 409],
})

export const deleteTemplate = endpoint({
  method: 'DELETE',
  path: '/api/training/templates/{id}',
  summary: 'Delete a prompt template',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

export const previewTemplate = endpoint({
  method: 'POST',
  path: '/api/training/templates/{id}/preview',
  summary: 'See what a model would be asked',
  access: 'person',
  params: ids,
  body: z.strictObject({
    persona_id: uuid,
    arc_id: uuid,
    topic_id: uuid,
    /** Instead of the template's own, while somebody writes it. */
    text: filledText(MAX_TEMPLATE_TEXT).optional(),
  }),
  reply: {
    status: 200,
    body: succeeded({
      text: z.string(),
      temperature: z.number(),
      /** Estimated, rather too many than too few. */
      prompt_tokens: count,
      unknown_placeholders: z.array(z.string()),
    }),
  },
  failures: [400, 404],
})

const some = z.union([z.literal('all'), z.array(uuid).min(1).max(300)])

export const estimateGeneration = endpoint({
  method: 'POST',
  path: '/api/training/generations/estimate',
  summary: 'See what a run would ask, cost and take before it is started',
  access: 'person',
  body: z.strictObject({
    /** Every persona with every arc and every topic (`all`: those that are active), or cells as a run takes them. */
    selection: z.union([
      z.strictObject({
        persona_ids: some,
        arc_ids: some,
        topic_ids: some,
        per_cell: z.int().min(1).max(MAX_CALLS).default(1),
      }),
      z.strictObject({ cells: z.array(generationCell).min(1).max(MAX_CALLS) }),
    ]),
    tier,
    template_id: uuid.optional(),
    /** None: the prices decide alone. */
    model: filledText(MAX_MODEL).optional(),
    max_tokens: z.int().min(100).max(8192).default(4096),
    concurrency: z.int().min(1).max(10).default(3),
    prices: tokenPrices.optional(),
  }),
  reply: {
    status: 200,
    body: succeeded({
      /** Conversations to make, each of which is one call. */
      calls: z.int().min(1).max(MAX_CALLS),
      /** As a run takes them. */
      cells: z.array(generationCell),
      /** Of all calls together; estimated, rather too many than too few. */
      prompt_tokens: count,
      /** What the arcs' lengths make probable, and if every answer were as long as it may be. */
      completion_tokens: z.strictObject({ low: count, worst: count }),
      /** In US dollars; null where the model's prices are not known. */
      cost: z.strictObject({ low: z.number().nonnegative(), worst: z.number().nonnegative() }).nullable(),
      prices: tokenPrices.nullable(),
      /** At the concurrency asked for, at a usual speed. */
      seconds: count,
      /** Cells whose parts do not go well together, at most the first hundred. */
      warnings: z.array(
        z.strictObject({ persona_id: z.uuid(), arc_id: z.uuid(), topic_id: z.uuid(), ...compatibility }),
      ),
      /** How many cells that are. */
      warned: count,
    }),
  },
  failures: [400, 404, 409],
})

const axis = z.array(z.strictObject({ id: z.uuid(), key: z.string(), name: z.string() }))

export const readCoverage = endpoint({
  method: 'GET',
  path: '/api/training/coverage',
  summary: 'See how many conversations each persona, arc and topic has together, and which are missing',
  access: 'person',
  query: z.strictObject({
    tier: tier.optional(),
    /** None: everything but what was rejected, archived or has failed. What is still to be made is pending review. */
    status: reviewStatus.optional(),
    /** How many each cell should have. */
    target: queryInteger(1, 100).default(1),
    /** Topics come in pages; personas and arcs all at once, the first 50 active ones by name. */
    page: queryInteger(1, 1000).default(1),
    limit: queryInteger(1, 20).default(10),
  }),
  reply: {
    status: 200,
    body: succeeded({
      personas: axis,
      emotional_arcs: axis,
      training_topics: axis,
      total_personas: count,
      total_emotional_arcs: count,
      total_training_topics: count,
      page: z.int().positive(),
      total_pages: count,
      /** By topic, then persona, then arc, in the order of the lists. */
      counts: z.array(z.array(z.array(count))),
      /** How many cells of this page are below the target. */
      missing: count,
      /** What would bring them to it, as a run takes it: at most as much as one run does. */
      fill: z.strictObject({ cells: z.array(generationCell), calls: z.int().min(0).max(MAX_CALLS) }),
    }),
  },
  failures: [400],
})
