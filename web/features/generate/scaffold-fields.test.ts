import { describe, expect, it } from 'vitest'
import { draftFrom, keyFrom, type Part, readDraft } from './scaffold-fields.ts'

const arc = {
  id: 'a',
  arc_key: 'fear_to_confidence',
  name: 'Fear to confidence',
  starting_emotion: 'fear',
  starting_intensity_min: 0.75,
  starting_intensity_max: 0.9,
  ending_emotion: 'confidence',
  ending_intensity_min: 0.65,
  ending_intensity_max: 0.8,
  arc_strategy: 'One step at a time.',
  key_principles: ['Fear is useful', 'Go slowly'],
  response_techniques: [],
  avoid_tactics: [],
  typical_turn_count_min: 4,
  typical_turn_count_max: 6,
  conversation_category: 'core',
  suitable_personas: ['anxious_planner'],
  suitable_topics: [],
  is_active: true,
  is_starter: true,
  created_at: '2026-11-21T10:00:00.000Z',
  updated_at: '2026-11-21T10:00:00.000Z',
} satisfies Part

describe('the form of an arc', () => {
  it('sends back what it was given when nothing was changed, and not what nobody may change', () => {
    const { id, arc_key, is_active, is_starter, created_at, updated_at, ...changeable } = arc
    expect(readDraft('arcs', draftFrom('arcs', arc))).toEqual({ body: changeable, wrong: {} })
    expect([id, arc_key, is_active, is_starter, created_at, updated_at]).toHaveLength(6)
  })

  it('takes a comma for a point, leaves empty lines out, and trims', () => {
    const draft = {
      ...draftFrom('arcs', arc),
      ending_intensity_max: '0,7',
      avoid_tactics: ' Haste \n\n  Pity\n',
      name: ' Calm ',
    }
    expect(readDraft('arcs', draft)).toMatchObject({
      body: { ending_intensity_max: 0.7, avoid_tactics: ['Haste', 'Pity'], name: 'Calm' },
      wrong: {},
    })
  })

  it.each([
    [{ name: ' ' }, { name: 'missing' }],
    [{ starting_intensity_min: '1.2' }, { starting_intensity_min: 'number' }],
    [{ typical_turn_count_min: '4.5' }, { typical_turn_count_min: 'number' }],
    [{ typical_turn_count_max: '' }, { typical_turn_count_max: 'number' }],
    [{ typical_turn_count_min: '8' }, { typical_turn_count_max: 'order' }],
  ])('with %j says what is wrong: %j', (change, wrong) => {
    expect(readDraft('arcs', { ...draftFrom('arcs', arc), ...change }).wrong).toEqual(wrong)
  })
})

describe('a new topic', () => {
  it('needs a name and a category, and nothing else', () => {
    expect(readDraft('topics', draftFrom('topics', null))).toMatchObject({
      wrong: { name: 'missing', category: 'missing' },
      body: { complexity_level: 'beginner', key_concepts: [], suitable_personas: [] },
    })
  })
})

describe('a key made of a name', () => {
  it.each([
    ['Fear to confidence', 'fear_to_confidence'],
    ['Kế hoạch đầu tư', 'ke_hoach_dau_tu'],
    ['401(k) or IRA?', 'k_or_ira'],
    ['…', ''],
    ['x'.repeat(80), 'x'.repeat(64)],
  ])('of “%s” is “%s”', (name, key) => {
    expect(keyFrom(name)).toBe(key)
  })
})
