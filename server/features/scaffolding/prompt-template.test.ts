/** What a model is asked: every placeholder once, nothing twice, and the template that fits best. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chooseTemplate,
  PLACEHOLDERS,
  type PromptTemplate,
  resolvePrompt,
  unknownPlaceholders,
} from './prompt-template.ts'
import type { Arc, Persona, Scaffold, ScaffoldKind, Topic } from './scaffold.ts'
import { STARTER_SET } from './starter-set.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

const starter = <Kind extends ScaffoldKind>(kind: Kind, key: string): Scaffold<Kind> => ({
  ...(STARTER_SET.scaffolds.find((each) => each.kind === kind && each.key === key) as unknown as Scaffold<Kind>),
  id: key,
  isActive: true,
  isStarter: true,
  createdAt: at,
  updatedAt: at,
})
const persona: Persona = starter('persona', 'anxious_planner')
const arc: Arc = starter('arc', 'fear_to_confidence')
const topic: Topic = starter('topic', 'job_loss')

const template = (more: Partial<PromptTemplate>): PromptTemplate => ({
  id: 'a',
  name: 'T',
  tier: 'template',
  arcKey: null,
  text: '',
  version: 1,
  isActive: true,
  isStarter: false,
  createdAt: at,
  updatedAt: at,
  ...more,
})

describe('a prompt', () => {
  it('has something for every placeholder', () => {
    for (const name of PLACEHOLDERS) {
      const { text } = resolvePrompt({ text: `{{${name}}}` }, persona, arc, topic)
      expect(text, name).toMatch(/\S/)
      expect(text, name).not.toMatch(/\{\{|undefined|\[object/)
    }
  })

  it('is not filled in a second time: what a persona says is said and not done', () => {
    const sly = {
      ...persona,
      name: '{{topic_name}} $& $1 $`',
      details: { ...persona.details, archetype: '{{persona_name}}' },
    }
    const { text } = resolvePrompt({ text: '{{persona_archetype}} / {{persona_name}}' }, sly, arc, topic)
    expect(text).toBe('{{persona_name}} / {{topic_name}} $& $1 $`')
  })

  it('leaves every text alone that names no placeholder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', ' ', 'a', '_', 'persona_name', '\n', '$&') }), (text) => {
        const resolved = resolvePrompt({ text }, persona, arc, topic).text
        const named = /\{\{\s*persona_name\s*\}\}/
        if (!named.test(text)) expect(resolved).toBe(text)
        else expect(resolved).toContain(persona.name)
      }),
    )
  })

  it('is no longer than fifty thousand characters, however often something is named', () => {
    const long = { ...persona, name: 'a'.repeat(250) }
    const resolve = (times: number) => resolvePrompt({ text: '{{persona_name}}'.repeat(times) }, long, arc, topic)
    expect(resolve(200).text).toHaveLength(50_000)
    expect(() => resolve(201)).toThrow(expect.objectContaining({ code: 'template.too_long' }))
  })

  it('is estimated at no fewer tokens than English has: four characters each', () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(100)
    expect(resolvePrompt({ text }, persona, arc, topic).tokens).toBeGreaterThan(text.length / 4)
    expect(resolvePrompt({ text: 'ữ'.repeat(300) }, persona, arc, topic).tokens).toBe(300)
  })

  it('asks for 0.65 of a beginner’s topic and for 0.7 of others', () => {
    const of = (complexityLevel: Topic['details']['complexityLevel']) =>
      resolvePrompt({ text: '' }, persona, arc, { ...topic, details: { ...topic.details, complexityLevel } })
        .temperature
    expect([of('beginner'), of('intermediate'), of('advanced')]).toEqual([0.65, 0.7, 0.7])
  })
})

describe('unknown placeholders', () => {
  it('are named once each, in the order of the text', () => {
    expect(unknownPlaceholders('{{b}} {{ persona_name }} {{a}} {{b}} {{}} {{ toString }} {single} {{{c}}}')).toEqual([
      'b',
      'a',
      '',
      'toString',
      'c',
    ])
  })

  it('take no time to speak of, whatever the text is', () => {
    const started = performance.now()
    for (const text of ['{{'.repeat(10_000), `{{${' '.repeat(19_000)}`, `{{${'a '.repeat(9_000)}`])
      unknownPlaceholders(text)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('the template of a tier', () => {
  const any = template({ id: 'any' })
  const later = template({ id: 'later', createdAt: new Date(at.getTime() + 1) })
  const own = template({ id: 'own', arcKey: 'fear_to_confidence', createdAt: new Date(at.getTime() - 1) })

  it('is one for the arc, else the latest for any', () => {
    expect(chooseTemplate([any, later, own], 'template', 'fear_to_confidence')?.id).toBe('own')
    expect(chooseTemplate([any, later, own], 'template', 'shame_to_acceptance')?.id).toBe('later')
    expect(chooseTemplate([later, any], 'template', 'shame_to_acceptance')?.id).toBe('later')
  })

  it('is an active one of that tier, or none', () => {
    expect(chooseTemplate([any, { ...own, isActive: false }], 'template', 'fear_to_confidence')?.id).toBe('any')
    expect(chooseTemplate([any, own], 'scenario', 'fear_to_confidence')).toBeUndefined()
    expect(chooseTemplate([own], 'template', 'shame_to_acceptance')).toBeUndefined()
  })
})
