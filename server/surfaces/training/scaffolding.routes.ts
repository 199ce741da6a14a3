/** Personas, arcs, topics, prompt templates, what a run would cost and what is missing, under seed 0's envelope. */
import type { BodyOf } from '#contract/endpoint.ts'
import * as contract from '#contract/training/index.ts'
import {
  type Arc,
  type CellIds,
  type Compatibility,
  type Persona,
  PLACEHOLDERS,
  type PromptTemplate,
  type Scaffoldings,
  type Selection,
  type Topic,
} from '../../features/scaffolding/index.ts'
import type { Serve } from '../shared/serve.ts'
import { inCamelCase, inSnakeCase } from './spelling.ts'

export interface ScaffoldingRoutesNeeds {
  readonly scaffolding: Scaffoldings
}

export const registerScaffoldingRoutes = (serve: Serve, { scaffolding }: ScaffoldingRoutesNeeds): void => {
  serve(contract.listPersonas, async ({ actor, query }) => {
    const personas = await scaffolding.list(actor, 'persona', inCamelCase(query))
    return succeeded({ personas: personas.map(presentPersona), count: personas.length })
  })

  serve(contract.createPersona, async ({ actor, body: { persona_key: key, name, ...details } }) =>
    succeeded({
      persona: presentPersona(await scaffolding.create(actor, 'persona', { key, name, details: inCamelCase(details) })),
    }),
  )

  serve(contract.updatePersona, async ({ actor, params, body: { name, is_active: isActive, ...details } }) =>
    succeeded({
      persona: presentPersona(
        await scaffolding.change(actor, 'persona', params.id, { name, isActive, details: inCamelCase(details) }),
      ),
    }),
  )

  serve(contract.deletePersona, ({ actor, params }) => scaffolding.remove(actor, 'persona', params.id))

  serve(contract.listEmotionalArcs, async ({ actor, query }) => {
    const arcs = await scaffolding.list(actor, 'arc', inCamelCase(query))
    return succeeded({ emotional_arcs: arcs.map(presentArc), count: arcs.length })
  })

  serve(contract.createEmotionalArc, async ({ actor, body: { arc_key: key, name, ...details } }) =>
    succeeded({
      emotional_arc: presentArc(await scaffolding.create(actor, 'arc', { key, name, details: inCamelCase(details) })),
    }),
  )

  serve(contract.updateEmotionalArc, async ({ actor, params, body: { name, is_active: isActive, ...details } }) =>
    succeeded({
      emotional_arc: presentArc(
        await scaffolding.change(actor, 'arc', params.id, { name, isActive, details: inCamelCase(details) }),
      ),
    }),
  )

  serve(contract.deleteEmotionalArc, ({ actor, params }) => scaffolding.remove(actor, 'arc', params.id))

  serve(contract.listTrainingTopics, async ({ actor, query }) => {
    const topics = await scaffolding.list(actor, 'topic', inCamelCase(query))
    return succeeded({ training_topics: topics.map(presentTopic), count: topics.length })
  })

  serve(contract.createTrainingTopic, async ({ actor, body: { topic_key: key, name, ...details } }) =>
    succeeded({
      training_topic: presentTopic(
        await scaffolding.create(actor, 'topic', { key, name, details: inCamelCase(details) }),
      ),
    }),
  )

  serve(contract.updateTrainingTopic, async ({ actor, params, body: { name, is_active: isActive, ...details } }) =>
    succeeded({
      training_topic: presentTopic(
        await scaffolding.change(actor, 'topic', params.id, { name, isActive, details: inCamelCase(details) }),
      ),
    }),
  )

  serve(contract.deleteTrainingTopic, ({ actor, params }) => scaffolding.remove(actor, 'topic', params.id))

  serve(contract.checkCompatibility, async ({ actor, body }) =>
    succeeded({
      ...presentCompatibility(
        await scaffolding.checkCompatibility(actor, {
          personaId: body.persona_id,
          arcId: body.emotional_arc_id,
          topicId: body.training_topic_id,
        }),
      ),
    }),
  )

  serve(contract.restoreStarter, async ({ actor }) => {
    await scaffolding.restoreStarter(actor)
    return succeeded({})
  })

  serve(contract.listTemplates, async ({ actor, query }) => {
    const templates = await scaffolding.listTemplates(actor, inCamelCase(query))
    return succeeded({
      templates: templates.map(presentTemplate),
      count: templates.length,
      placeholders: [...PLACEHOLDERS],
    })
  })

  serve(contract.createTemplate, async ({ actor, body }) =>
    succeeded({
      template: presentTemplate(await scaffolding.createTemplate(actor, inCamelCase(body))),
    }),
  )

  serve(contract.updateTemplate, async ({ actor, params, body }) =>
    succeeded({
      template: presentTemplate(await scaffolding.changeTemplate(actor, params.id, inCamelCase(body))),
    }),
  )

  serve(contract.deleteTemplate, ({ actor, params }) => scaffolding.removeTemplate(actor, params.id))

  serve(contract.previewTemplate, async ({ actor, params, body }) => {
    const preview = await scaffolding.previewTemplate(actor, params.id, inCamelCase(body))
    return succeeded({
      text: preview.text,
      temperature: preview.temperature,
      prompt_tokens: preview.tokens,
      unknown_placeholders: [...preview.unknownPlaceholders],
    })
  })

  serve(contract.estimateGeneration, async ({ actor, body }) => {
    const estimate = await scaffolding.estimateRun(actor, {
      ...inCamelCase(body),
      selection: selectionOf(body.selection),
    })
    return succeeded({
      calls: estimate.calls,
      cells: estimate.cells.map(presentCell),
      prompt_tokens: estimate.promptTokens,
      completion_tokens: estimate.completionTokens,
      cost: estimate.cost,
      prices: estimate.prices,
      seconds: estimate.seconds,
      warnings: estimate.warnings.slice(0, MOST_WARNINGS).map(({ persona, arc, topic, compatibility }) => ({
        persona_id: persona.id,
        arc_id: arc.id,
        topic_id: topic.id,
        ...presentCompatibility(compatibility),
      })),
      warned: estimate.warnings.length,
    })
  })

  serve(contract.readCoverage, async ({ actor, query }) => {
    const { personas, arcs, topics, totals, matrix } = await scaffolding.readCoverage(actor, query)
    return succeeded({
      personas: [...personas],
      emotional_arcs: [...arcs],
      training_topics: [...topics],
      total_personas: totals.personas,
      total_emotional_arcs: totals.arcs,
      total_training_topics: totals.topics,
      page: query.page,
      total_pages: Math.ceil(totals.topics / query.limit),
      counts: matrix.counts.map((topic) => topic.map((persona) => [...persona])),
      missing: matrix.missing,
      fill: {
        cells: matrix.fill.map(presentCell),
        calls: matrix.fill.reduce((sum, { count }) => sum + count, 0),
      },
    })
  })
}

const succeeded = <Fields extends object>(fields: Fields) => ({ success: true as const, ...fields })

/** An estimate of a thousand cells is about the sum; who wants to know more asks cell by cell. */
const MOST_WARNINGS = 100

type WiredSelection = BodyOf<typeof contract.estimateGeneration>['selection']

const selectionOf = (selection: WiredSelection): Selection =>
  'cells' in selection ? { cells: selection.cells.map(inCamelCase) } : inCamelCase(selection)

const presentCell = ({ personaId, arcId, topicId, count }: CellIds & { count: number }): contract.GenerationCell => ({
  persona_id: personaId,
  arc_id: arcId,
  topic_id: topicId,
  count,
})

const presentCompatibility = ({ isCompatible, warnings, suggestions, confidence }: Compatibility) => ({
  is_compatible: isCompatible,
  warnings: [...warnings],
  suggestions: [...suggestions],
  confidence,
})

const presentOfAll = (item: Persona | Arc | Topic | PromptTemplate) => ({
  id: item.id,
  name: item.name,
  is_active: item.isActive,
  is_starter: item.isStarter,
  created_at: item.createdAt.toISOString(),
  updated_at: item.updatedAt.toISOString(),
})

const presentPersona = (persona: Persona): contract.Persona => {
  const { typicalQuestions, commonConcerns, languagePatterns, ...rest } = persona.details
  return {
    ...presentOfAll(persona),
    persona_key: persona.key,
    ...inSnakeCase(rest),
    typical_questions: [...typicalQuestions],
    common_concerns: [...commonConcerns],
    language_patterns: [...languagePatterns],
  }
}

const presentArc = (arc: Arc): contract.EmotionalArc => {
  const { keyPrinciples, responseTechniques, avoidTactics, suitablePersonas, suitableTopics, ...rest } = arc.details
  return {
    ...presentOfAll(arc),
    arc_key: arc.key,
    ...inSnakeCase(rest),
    key_principles: [...keyPrinciples],
    response_techniques: [...responseTechniques],
    avoid_tactics: [...avoidTactics],
    suitable_personas: [...suitablePersonas],
    suitable_topics: [...suitableTopics],
  }
}

const presentTopic = (topic: Topic): contract.TrainingTopic => {
  const { typicalQuestionExamples, keyConcepts, suitablePersonas, suitableEmotionalArcs, ...rest } = topic.details
  return {
    ...presentOfAll(topic),
    topic_key: topic.key,
    ...inSnakeCase(rest),
    typical_question_examples: [...typicalQuestionExamples],
    key_concepts: [...keyConcepts],
    suitable_personas: [...suitablePersonas],
    suitable_emotional_arcs: [...suitableEmotionalArcs],
  }
}

const presentTemplate = (template: PromptTemplate): contract.PromptTemplate => ({
  ...presentOfAll(template),
  tier: template.tier,
  arc_key: template.arcKey,
  text: template.text,
  version: template.version,
})
