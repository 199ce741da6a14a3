/** Personas, arcs, topics and prompt templates; what goes together, what a run would cost, what is missing (contracts, 0.5). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { withModel } from '#test/acceptance/replies/world.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { trainingScripts } from '#test/support/scripted-provider/script.ts'
import type { Answer, TestPerson } from '#test/support/server.ts'
import { openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const LISTS = '/api/training/scaffolding'
const TEMPLATES = '/api/training/templates'
const KINDS = [
  { path: 'personas', list: 'personas', one: 'persona', key: 'persona_key' },
  { path: 'emotional-arcs', list: 'emotional_arcs', one: 'emotional_arc', key: 'arc_key' },
  { path: 'training-topics', list: 'training_topics', one: 'training_topic', key: 'topic_key' },
] as const

let world: TrainingWorld
let provider: ScriptedProvider
beforeAll(async () => {
  provider = await startScriptedProvider()
  world = await openTrainingWorld({ env: withModel(provider) })
})
afterAll(async () => {
  await world.close()
  await provider.close()
})

/** Somebody new for each test: what they have is what the test gave them. */
let person: TestPerson
beforeEach(async () => {
  person = await world.server.newPerson()
})

const ok = (answer: Answer, status = 200) => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { success: true } })
  return answer.body
}

const list = async (path: string, of = person) => ok(await of.request('GET', `${LISTS}/${path}`))

const byKey = async (path: (typeof KINDS)[number]['path'], key: string) => {
  const kind = KINDS.find((each) => each.path === path)!
  return (await list(path))[kind.list].find((each: any) => each[kind.key] === key)
}

const newPersona = (key: string, more: object = {}) => ({
  persona_key: key,
  name: 'Ines',
  archetype: 'The Newcomer',
  demographics: 'Moved here last year.',
  financial_background: 'A first job.',
  communication_style: 'Curious.',
  emotional_baseline: 'Calm.',
  typical_questions: ['How does it work here?'],
  common_concerns: ['Forms'],
  language_patterns: ['“At home we …”'],
  ...more,
})

const newArc = (key: string, more: object = {}) => ({
  arc_key: key,
  name: 'Boredom to interest',
  starting_emotion: 'boredom',
  starting_intensity_min: 0.2,
  starting_intensity_max: 0.4,
  ending_emotion: 'interest',
  ending_intensity_min: 0.5,
  ending_intensity_max: 0.9,
  arc_strategy: 'Find what it has to do with them.',
  key_principles: [],
  response_techniques: [],
  avoid_tactics: [],
  typical_turn_count_min: 2,
  typical_turn_count_max: 6,
  conversation_category: 'core',
  suitable_personas: [],
  suitable_topics: [],
  ...more,
})

const newTopic = (key: string, more: object = {}) => ({
  topic_key: key,
  name: 'Opening a bank account',
  category: 'banking',
  description: 'Which papers are needed, and what it costs.',
  complexity_level: 'beginner',
  typical_question_examples: [],
  key_concepts: ['Fees'],
  suitable_personas: [],
  suitable_emotional_arcs: [],
  ...more,
})

const NEW = { personas: newPersona, 'emotional-arcs': newArc, 'training-topics': newTopic }

const add = async (path: keyof typeof NEW, key: string, more: object = {}) =>
  Object.values<any>(ok(await person.request('POST', `${LISTS}/${path}`, NEW[path](key, more)), 201))[1]

/** The first of each list, as ids that a run takes. */
const someCell = async () => ({
  persona_id: (await byKey('personas', 'anxious_planner')).id,
  arc_id: (await byKey('emotional-arcs', 'confusion_to_clarity')).id,
  topic_id: (await byKey('training-topics', 'student_loan_payoff')).id,
})

describe('the starter set', () => {
  it('has the keys and the ranges that the contract names', async () => {
    const { personas, count } = await list('personas')
    expect(personas.map((each: any) => each.persona_key).toSorted()).toEqual([
      'anxious_planner',
      'overwhelmed_avoider',
      'pragmatic_optimist',
    ])
    expect(count).toBe(3)
    const { emotional_arcs: arcs } = await list('emotional-arcs')
    const shape = (each: any) => [
      each.conversation_category,
      each.starting_emotion,
      each.ending_emotion,
      each.typical_turn_count_min,
      each.typical_turn_count_max,
    ]
    const of = (key: string) => arcs.find((each: any) => each.arc_key === key)
    expect(arcs).toHaveLength(8)
    expect(shape(of('confusion_to_clarity'))).toEqual(['core', 'confusion', 'clarity', 3, 5])
    expect(shape(of('shame_to_acceptance'))).toEqual(['core', 'shame', 'acceptance', 4, 5])
    expect(shape(of('couple_conflict_to_alignment'))).toEqual(['core', 'frustration', 'clarity', 3, 4])
    expect(shape(of('fear_to_confidence'))).toEqual(['core', 'fear', 'confidence', 4, 6])
    expect(shape(of('overwhelm_to_empowerment'))).toEqual(['core', 'overwhelm', 'empowerment', 3, 5])
    expect(shape(of('crisis_to_referral'))).toEqual(['edge', 'despair', 'referred', 4, 6])
    expect(shape(of('hostility_to_boundary'))).toEqual(['edge', 'anger', 'acceptance', 4, 8])
    expect(shape(of('overwhelm_to_triage'))).toEqual(['edge', 'panic', 'focused', 5, 8])
    expect(of('shame_to_acceptance')).toMatchObject({
      starting_intensity_min: 0.7,
      starting_intensity_max: 0.9,
      ending_intensity_min: 0.55,
      ending_intensity_max: 0.7,
    })
    const { training_topics: topics } = await list('training-topics')
    expect(topics.map((each: any) => each.topic_key)).toEqual(
      expect.arrayContaining([
        'mortgage_payoff_strategy',
        'negotiating_compensation',
        'estate_planning_basics',
        'roth_ira_conversion',
        'hsa_vs_fsa_decision',
        'student_loan_payoff',
      ]),
    )
    const { templates } = ok(await person.request('GET', TEMPLATES))
    expect(templates.map((each: any) => each.tier).toSorted()).toEqual(['edge_case', 'scenario', 'template'])
  })

  it('names in its arcs and topics only keys that it has', async () => {
    const keys = new Map<string, string[]>()
    for (const kind of KINDS)
      keys.set(
        kind.path,
        (await list(kind.path))[kind.list].map((each: any) => each[kind.key]),
      )
    const { emotional_arcs: arcs } = await list('emotional-arcs')
    const { training_topics: topics } = await list('training-topics')
    const named = (items: any[], field: string) => items.flatMap((each) => each[field])
    expect(keys.get('personas')).toEqual(
      expect.arrayContaining([...named(arcs, 'suitable_personas'), ...named(topics, 'suitable_personas')]),
    )
    expect(keys.get('training-topics')).toEqual(expect.arrayContaining(named(arcs, 'suitable_topics')))
    expect(keys.get('emotional-arcs')).toEqual(expect.arrayContaining(named(topics, 'suitable_emotional_arcs')))
  })

  it('is given once, however many look at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => list('emotional-arcs')))
    expect(new Set(answers.map(({ count }) => count))).toEqual(new Set([8]))
    const ids = new Set(answers.flatMap(({ emotional_arcs }) => emotional_arcs.map((each: any) => each.id)))
    expect(ids.size).toBe(8)
  })

  it('does not come back by itself when somebody has deleted it', async () => {
    for (const { id } of (await list('personas')).personas)
      expect((await person.request('DELETE', `${LISTS}/personas/${id}`)).status).toBe(204)
    expect(await list('personas')).toEqual({ success: true, personas: [], count: 0 })
  })

  it('can be put back, and what was added stays', async () => {
    const [gone, changed] = (await list('personas')).personas
    await person.request('DELETE', `${LISTS}/personas/${gone.id}`)
    await person.request('PATCH', `${LISTS}/personas/${changed.id}`, { name: 'Somebody else', is_active: false })
    const own = await add('personas', 'newcomer')
    const [template] = ok(await person.request('GET', TEMPLATES)).templates
    await person.request('PATCH', `${TEMPLATES}/${template.id}`, { text: 'Another text.' })

    ok(await person.request('POST', `${LISTS}/restore-starter`, {}))

    const { personas } = await list('personas')
    const find = (key: string) => personas.find((each: any) => each.persona_key === key)
    expect(personas).toHaveLength(4)
    expect(find('newcomer')).toEqual(own)
    expect({ ...find(gone.persona_key), id: gone.id, created_at: null, updated_at: null }).toEqual({
      ...gone,
      created_at: null,
      updated_at: null,
    })
    expect(find(changed.persona_key)).toEqual({ ...changed, updated_at: expect.any(String) })
    const restored = ok(await person.request('GET', TEMPLATES)).templates.find((each: any) => each.id === template.id)
    expect(restored).toMatchObject({ text: template.text, version: 3 })
  })
})

describe.each(KINDS)('one of the $path', ({ path, list: listName, one, key }) => {
  it('is added with everything that was said of it', async () => {
    const draft = NEW[path]('of_my_own')
    const answer = await person.request('POST', `${LISTS}/${path}`, draft)
    expect(ok(answer, 201)).toEqual({
      success: true,
      [one]: {
        ...draft,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        is_active: true,
        is_starter: false,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    })
    expect((await list(path))[listName]).toContainEqual(answer.body[one])
  })

  it('has a key that no other of its kind has', async () => {
    await add(path, 'taken_already')
    const again = await person.request('POST', `${LISTS}/${path}`, NEW[path]('taken_already'))
    trainingFailure(again, 409, 'Conflict', 'You have another of this key already.')
    const other = await world.server.newPerson()
    ok(await other.request('POST', `${LISTS}/${path}`, NEW[path]('taken_already')), 201)
  })

  it.each(['', 'Upper', 'with space', '1st', 'a'.repeat(65), '__proto__', 'käse'])(
    'is refused the key %j',
    async (bad) => {
      trainingFailure(await person.request('POST', `${LISTS}/${path}`, NEW[path](bad)), 400, 'Invalid request')
    },
  )

  it('is changed in what is said and in nothing else', async () => {
    const made = await add(path, 'to_change')
    const answer = await person.request('PATCH', `${LISTS}/${path}/${made.id}`, { name: 'Another name' })
    expect(ok(answer)[one]).toEqual({ ...made, name: 'Another name', updated_at: expect.any(String) })
    const key2 = await person.request('PATCH', `${LISTS}/${path}/${made.id}`, { [key]: 'another_key' })
    trainingFailure(key2, 400, 'Invalid request')
  })

  it('is left out where only active ones are asked for', async () => {
    const made = await add(path, 'to_rest')
    ok(await person.request('PATCH', `${LISTS}/${path}/${made.id}`, { is_active: false }))
    const idsOf = async (query: string) => (await list(`${path}${query}`))[listName].map((each: any) => each.id)
    expect(await idsOf('?is_active=true')).not.toContain(made.id)
    expect(await idsOf('?is_active=false')).toEqual([made.id])
    expect(await idsOf('')).toContain(made.id)
    trainingFailure(await person.request('GET', `${LISTS}/${path}?is_active=yes`), 400, 'Invalid request')
  })

  it('is nobody else’s', async () => {
    const made = await add(path, 'private')
    const attempts = [
      await world.stranger.request('PATCH', `${LISTS}/${path}/${made.id}`, { name: 'Mine' }),
      await world.stranger.request('DELETE', `${LISTS}/${path}/${made.id}`),
    ]
    for (const attempt of attempts)
      trainingFailure(attempt, 404, 'Not found', 'There is no such persona, arc or topic.')
    expect((await list(path, world.stranger))[listName]).not.toContainEqual(expect.objectContaining({ id: made.id }))
    expect((await list(path))[listName]).toContainEqual(made)
  })

  it('is not found under another kind', async () => {
    const made = await add(path, 'of_this_kind')
    const other = KINDS.find((each) => each.path !== path)!
    trainingFailure(await person.request('DELETE', `${LISTS}/${other.path}/${made.id}`), 404, 'Not found')
  })
})

describe('the lists', () => {
  it('want somebody who is signed in', async () => {
    const answer = await fetch(`${world.server.url}${LISTS}/personas`)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ error: 'Unauthorized', message: 'Authentication required' })
  })

  it('of topics are narrowed by how difficult they are and by category', async () => {
    await add('training-topics', 'opening_an_account', { category: 'banking', complexity_level: 'advanced' })
    await add('training-topics', 'closing_an_account', { category: 'banking', complexity_level: 'beginner' })
    const keysOf = async (query: string) =>
      (await list(`training-topics${query}`)).training_topics.map((each: any) => each.topic_key).toSorted()
    expect(await keysOf('?category=banking')).toEqual(['closing_an_account', 'opening_an_account'])
    expect(await keysOf('?category=banking&complexity_level=advanced')).toEqual(['opening_an_account'])
    expect(await keysOf('?category=%27%20or%20true')).toEqual([])
    expect(await keysOf('?complexity_level=advanced')).toEqual([
      'caring_for_a_parent',
      'opening_an_account',
      'roth_ira_conversion',
    ])
  })

  it('end where one person has two hundred of a kind', async () => {
    await world.rows(
      `insert into scaffolds (scaffold_id, owner_id, kind, key, name, details, created_at, updated_at)
       select gen_random_uuid(), $1, 'persona', 'p' || n, 'P', '{}', now(), now() from generate_series(1, 199) n`,
      [person.id],
    )
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((key) => person.request('POST', `${LISTS}/personas`, newPersona(key))),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
    trainingFailure(
      answers.find(({ status }) => status === 409)!,
      409,
      'Conflict',
      /as many of these as one person can have/,
    )
  })
})

describe('an arc', () => {
  it.each([
    ['starting_intensity_max', { starting_intensity_min: 0.5, starting_intensity_max: 0.4 }],
    ['ending_intensity_max', { ending_intensity_min: 0.9, ending_intensity_max: 0.1 }],
    ['typical_turn_count_max', { typical_turn_count_min: 8, typical_turn_count_max: 4 }],
  ])('has no %s below its minimum', async (_, range) => {
    trainingFailure(await person.request('POST', `${LISTS}/emotional-arcs`, newArc('upside_down', range)), 400)
  })

  it('has none after a change of one end either', async () => {
    const arc = await add('emotional-arcs', 'to_turn', { typical_turn_count_min: 4, typical_turn_count_max: 6 })
    const at = `${LISTS}/emotional-arcs/${arc.id}`
    trainingFailure(await person.request('PATCH', at, { typical_turn_count_min: 7 }), 400)
    expect(await byKey('emotional-arcs', 'to_turn')).toEqual(arc)
    ok(await person.request('PATCH', at, { typical_turn_count_min: 6 }))
  })
})

describe('what goes together', () => {
  const check = async (fit: { arc?: object; topic?: object }) => {
    const persona = await add('personas', 'newcomer')
    const arc = await add('emotional-arcs', 'some_arc', fit.arc)
    const topic = await add('training-topics', 'some_topic', fit.topic)
    return ok(
      await person.request('POST', `${LISTS}/check-compatibility`, {
        persona_id: persona.id,
        emotional_arc_id: arc.id,
        training_topic_id: topic.id,
      }),
    )
  }

  it('goes fully together where nothing is said against it', async () => {
    expect(await check({})).toEqual({
      success: true,
      is_compatible: true,
      warnings: [],
      suggestions: [],
      confidence: 1,
    })
  })

  it.each([
    ['the arc and the persona', { arc: { suitable_personas: ['other'] } }, 0.8, 1],
    ['the arc and the topic', { arc: { suitable_topics: ['other'] } }, 0.8, 1],
    ['the topic and the persona', { topic: { suitable_personas: ['other'] } }, 0.85, 1],
    ['the topic and the arc', { topic: { suitable_emotional_arcs: ['other'] } }, 0.85, 1],
    ['both of the arc', { arc: { suitable_personas: ['other'], suitable_topics: ['other'] } }, 0.6, 2],
    [
      'three of four',
      { arc: { suitable_personas: ['other'], suitable_topics: ['other'] }, topic: { suitable_personas: ['other'] } },
      0.45,
      3,
    ],
  ])('loses by the contract’s numbers where %s do not fit', async (_, fit, confidence, warnings) => {
    const answer = await check(fit)
    expect(answer).toMatchObject({ is_compatible: true, confidence })
    expect(answer.warnings).toHaveLength(warnings)
    expect(answer.suggestions).toHaveLength(warnings)
    expect(answer.suggestions[0]).toContain('other')
  })

  it('does not go together where nothing fits: 0.3 is not more than 0.3', async () => {
    const other = { suitable_personas: ['other'] }
    const answer = await check({
      arc: { ...other, suitable_topics: ['other'] },
      topic: { ...other, suitable_emotional_arcs: ['other'] },
    })
    expect(answer).toMatchObject({ is_compatible: false, confidence: 0.3 })
    expect(answer.warnings).toHaveLength(4)
  })

  it('is not told of what is somebody else’s, or of another kind', async () => {
    const { persona_id, arc_id, topic_id } = await someCell()
    const right = { persona_id, emotional_arc_id: arc_id, training_topic_id: topic_id }
    for (const [who, body] of [
      [world.stranger, right],
      [person, { ...right, persona_id: arc_id }],
      [person, { ...right, training_topic_id: randomUUID() }],
    ] as const)
      trainingFailure(await who.request('POST', `${LISTS}/check-compatibility`, body), 404, 'Not found')
  })
})

describe('a prompt template', () => {
  const draft = (more: object = {}) => ({
    name: 'Mine',
    tier: 'template',
    arc_key: null,
    text: 'Ask {{persona_name}} about {{ topic_name }}.',
    ...more,
  })
  const create = async (more: object = {}) => ok(await person.request('POST', TEMPLATES, draft(more)), 201).template

  it('is added, changed and counted up with every change of its text', async () => {
    const made = await create()
    expect(made).toMatchObject({ ...draft(), version: 1, is_active: true, is_starter: false })
    const change = async (body: object) => ok(await person.request('PATCH', `${TEMPLATES}/${made.id}`, body)).template
    expect(await change({ name: 'Still mine' })).toMatchObject({ name: 'Still mine', version: 1 })
    expect(await change({ text: 'Ask {{persona_name}}.' })).toMatchObject({ version: 2 })
    expect(await change({ text: 'Ask {{persona_name}}.' })).toMatchObject({ version: 2 })
    expect(await change({ tier: 'scenario', is_active: false })).toMatchObject({ tier: 'scenario', version: 2 })
    expect((await person.request('DELETE', `${TEMPLATES}/${made.id}`)).status).toBe(204)
    trainingFailure(await person.request('DELETE', `${TEMPLATES}/${made.id}`), 404, 'Not found')
  })

  it.each(['{{persona_nmae}}', '{{ constructor }}', '{{__proto__}}', '{{}}', '{{persona_name.length}}'])(
    'may not ask for %j, and is told so',
    async (placeholder) => {
      const refused = trainingFailure(
        await person.request('POST', TEMPLATES, draft({ text: `Ask ${placeholder} and {{persona_name}}.` })),
        400,
        'Invalid request',
      )
      expect(refused.message).toContain(`{{${placeholder.slice(2, -2).trim()}}}`)
      expect(refused.message).not.toContain('{{persona_name}}')
    },
  )

  it('has a name of its own, and is for an arc that there is', async () => {
    const first = await create()
    trainingFailure(await person.request('POST', TEMPLATES, draft()), 409, 'Conflict', /of this name already/)
    const second = await create({ name: 'Second' })
    const rename = await person.request('PATCH', `${TEMPLATES}/${second.id}`, { name: 'Mine' })
    trainingFailure(rename, 409, 'Conflict')
    ok(await person.request('PATCH', `${TEMPLATES}/${first.id}`, { name: 'Mine' }))
    trainingFailure(await person.request('POST', TEMPLATES, draft({ name: 'Third', arc_key: 'no_such_arc' })), 400)
    await add('emotional-arcs', 'some_arc')
    expect(await create({ name: 'Third', arc_key: 'some_arc' })).toMatchObject({ arc_key: 'some_arc' })
  })

  it('is nobody else’s', async () => {
    const made = await create()
    const cell = await someCell()
    const attempts = [
      await world.stranger.request('PATCH', `${TEMPLATES}/${made.id}`, { name: 'Theirs' }),
      await world.stranger.request('DELETE', `${TEMPLATES}/${made.id}`),
      await world.stranger.request('POST', `${TEMPLATES}/${made.id}/preview`, cell),
    ]
    for (const attempt of attempts) trainingFailure(attempt, 404, 'Not found', 'There is no such prompt template.')
  })

  it('is shown as a model would be asked', async () => {
    const made = await create()
    const preview = (body: object) => person.request('POST', `${TEMPLATES}/${made.id}/preview`, body)
    const cell = await someCell()
    const { name } = await byKey('personas', 'anxious_planner')
    const text = `Ask ${name} about Paying off student loans.`
    expect(ok(await preview(cell))).toEqual({
      success: true,
      text,
      temperature: 0.65,
      prompt_tokens: Math.ceil(text.length / 3),
      unknown_placeholders: [],
    })
    expect(ok(await preview({ ...cell, text: 'To {{arc_nmae}}, {{arc_nmae}} and {{ending_emotion}}' }))).toMatchObject({
      text: 'To {{arc_nmae}}, {{arc_nmae}} and clarity',
      unknown_placeholders: ['arc_nmae'],
    })
    const advanced = { ...cell, topic_id: (await byKey('training-topics', 'roth_ira_conversion')).id }
    expect(ok(await preview(advanced))).toMatchObject({ temperature: 0.7 })
    trainingFailure(await preview({ ...cell, topic_id: cell.arc_id }), 404, 'Not found')
  })

  it('of the starter set says all of the scaffolds and the form of the raw answer', async () => {
    const { templates, placeholders } = ok(await person.request('GET', TEMPLATES))
    const cell = await someCell()
    for (const template of templates) {
      for (const name of placeholders.filter((each: string) => each !== 'arc_category'))
        expect(template.text, template.name).toContain(`{{${name}}}`)
      const { text } = ok(await person.request('POST', `${TEMPLATES}/${template.id}/preview`, cell))
      expect(text).not.toMatch(/\{\{|\}\}|undefined|\[object/)
      for (const field of [
        'conversation_metadata',
        'client_persona',
        'session_context',
        'conversation_phase',
        'expected_outcome',
        'turn_number',
        'emotional_context',
        'primary_emotion',
        'secondary_emotion',
        'intensity',
      ])
        expect(text).toContain(`"${field}"`)
      expect(text).toContain('From 3 to 5 turns')
    }
  })
})

describe('a run', () => {
  it('asks what the preview shows; what is changed or deleted meanwhile changes nothing of it', async () => {
    const release = Promise.withResolvers<void>()
    provider.reset()
    provider.script(async () => {
      await release.promise
      return trainingScripts['training']!()
    })
    const cell = await someCell()
    const { templates } = ok(await person.request('GET', `${TEMPLATES}?tier=template`))
    const at = `${TEMPLATES}/${templates[0].id}`
    const preview = ok(await person.request('POST', `${at}/preview`, cell))
    const run = await person.request('POST', '/api/training/generations', {
      cells: [{ ...cell, count: 2 }],
      tier: 'template',
      model: 'operator:scripted',
      concurrency: 1,
    })
    expect(run.status).toBe(202)
    await vi.waitFor(() => expect(provider.requests).toHaveLength(1), { timeout: 10_000 })
    ok(await person.request('PATCH', at, { text: 'Something else about {{topic_name}}.' }))
    ok(await person.request('PATCH', `${LISTS}/training-topics/${cell.topic_id}`, { name: 'Renamed' }))
    for (const path of [`personas/${cell.persona_id}`, `emotional-arcs/${cell.arc_id}`])
      expect((await person.request('DELETE', `${LISTS}/${path}`)).status).toBe(204)
    release.resolve()

    const isDone = async () => {
      const { body } = await person.request('GET', `/api/training/generations/${run.body.id}`)
      expect(body.status).toBe('completed')
    }
    await vi.waitFor(isDone, { timeout: 20_000, interval: 50 })
    expect(provider.requests.map(({ body }) => [body.messages, body.temperature])).toEqual(
      Array.from({ length: 2 }, () => [[{ role: 'user', content: preview.text }], preview.temperature]),
    )
    const { conversations } = (await person.request('GET', '/api/training/conversations')).body
    expect(conversations).toHaveLength(2)
    for (const conversation of conversations)
      expect(conversation).toMatchObject({
        persona: { id: cell.persona_id, key: 'anxious_planner' },
        emotional_arc: { id: cell.arc_id, key: 'confusion_to_clarity' },
        training_topic: { key: 'student_loan_payoff', name: 'Paying off student loans' },
        template: { id: templates[0].id, version: 1 },
      })
  })
})

describe('an estimate', () => {
  const estimate = (selection: object, more: object = {}) =>
    person.request('POST', '/api/training/generations/estimate', { selection, tier: 'template', ...more })

  it('multiplies what is selected, and says what a run would take', async () => {
    const { persona_id, arc_id } = await someCell()
    const topics = (await list('training-topics')).training_topics
    const body = ok(
      await estimate(
        { persona_ids: [persona_id], arc_ids: [arc_id], topic_ids: 'all', per_cell: 2 },
        { model: 'openrouter:some/model', max_tokens: 1000, prices: { prompt: 2, completion: 10 } },
      ),
    )
    expect(body.calls).toBe(topics.length * 2)
    expect(body.cells).toEqual(
      expect.arrayContaining(topics.map(({ id }: any) => ({ persona_id, arc_id, topic_id: id, count: 2 }))),
    )
    expect(body.completion_tokens.worst).toBe(body.calls * 1000)
    expect(body.completion_tokens.low).toBeLessThan(body.completion_tokens.worst)
    const dollars = (completion: number) => (body.prompt_tokens * 2 + completion * 10) / 1e6
    expect(body.cost.low).toBeCloseTo(dollars(body.completion_tokens.low), 10)
    expect(body.cost.worst).toBeCloseTo(dollars(body.completion_tokens.worst), 10)
    expect(body.prompt_tokens).toBeGreaterThan(body.calls * 500)
    expect(body.seconds).toBeGreaterThan(0)
  })

  it('knows no cost where no prices are known, and none of the demo and of this computer', async () => {
    const selection = { cells: [{ ...(await someCell()), count: 3 }] }
    expect(ok(await estimate(selection, { model: 'openrouter:some/model' }))).toMatchObject({
      cost: null,
      prices: null,
    })
    expect(ok(await estimate(selection))).toMatchObject({ cost: null })
    for (const model of ['demo', 'local:ollama:some'])
      expect(ok(await estimate(selection, { model }))).toMatchObject({ calls: 3, cost: { low: 0, worst: 0 } })
  })

  it('takes less time the more is asked at once', async () => {
    const selection = { cells: [{ ...(await someCell()), count: 100 }] }
    const seconds = async (concurrency: number) => ok(await estimate(selection, { concurrency })).seconds
    const [one, ten] = [await seconds(1), await seconds(10)]
    expect(one / ten).toBeCloseTo(10, 0)
  })

  it('warns of cells whose parts do not go together', async () => {
    const persona_id = (await byKey('personas', 'overwhelmed_avoider')).id
    const { arc_id } = await someCell()
    const topic_id = (await byKey('training-topics', 'roth_ira_conversion')).id
    const fits = (await byKey('training-topics', 'student_loan_payoff')).id
    const body = ok(await estimate({ persona_ids: [persona_id], arc_ids: [arc_id], topic_ids: [topic_id, fits] }))
    expect(body.warned).toBe(1)
    expect(body.warnings).toEqual([
      {
        persona_id,
        arc_id,
        topic_id,
        is_compatible: true,
        confidence: 0.85,
        warnings: [expect.any(String)],
        suggestions: [expect.any(String)],
      },
    ])
  })

  it('refuses what no run would take: more than a thousand, none, what is not there', async () => {
    const all = { persona_ids: 'all', arc_ids: 'all', topic_ids: 'all' }
    expect(ok(await estimate({ ...all, per_cell: 1 })).calls).toBe(3 * 8 * 12)
    const tooMany = trainingFailure(await estimate({ ...all, per_cell: 4 }), 400, 'Invalid request')
    expect(tooMany.message).toBe('A run makes 1 to 1000 conversations; this one would make 1152.')
    const { persona_id } = await someCell()
    trainingFailure(await estimate({ ...all, persona_ids: [persona_id, randomUUID()] }), 404, 'Not found')
    trainingFailure(
      await estimate(all, { template_id: randomUUID() }),
      404,
      'Not found',
      'There is no such prompt template.',
    )
    for (const template of ok(await person.request('GET', `${TEMPLATES}?tier=scenario`)).templates)
      await person.request('PATCH', `${TEMPLATES}/${template.id}`, { is_active: false })
    trainingFailure(await estimate(all, { tier: 'scenario' }), 409, 'Conflict', /No active prompt template/)
    for (const { id } of (await list('personas')).personas)
      await person.request('PATCH', `${LISTS}/personas/${id}`, { is_active: false })
    trainingFailure(await estimate(all), 400, 'Invalid request')
  })
})

describe('coverage', () => {
  const coverage = async (query = '') => ok(await person.request('GET', `/api/training/coverage${query}`))
  const made = (persona_key: string, arc_key: string, topic_key: string, columns: object = {}) =>
    world.seedConversation(person, { columns: { persona_key, arc_key, topic_key, ...columns } })
  const CELL = ['anxious_planner', 'fear_to_confidence', 'job_loss'] as const

  /** How many a cell has, looked up by keys in the first page that has the topic. */
  const countOf = (body: any, [persona, arc, topic]: readonly string[]) => {
    const place = (items: any[], key?: string) => items.findIndex((each) => each.key === key)
    return body.counts[place(body.training_topics, topic)][place(body.personas, persona)][
      place(body.emotional_arcs, arc)
    ]
  }

  it('counts what there is by persona, arc and topic, and lists what is missing', async () => {
    await made(...CELL)
    await made(...CELL, { tier: 'scenario', status: 'approved' })
    await made(...CELL, { status: 'rejected' })
    await made(...CELL, { status: 'archived' })
    await made(...CELL, { processing_status: 'failed' })
    await made('not_a_persona', CELL[1], CELL[2])
    const body = await coverage('?limit=20')
    expect([body.personas.length, body.emotional_arcs.length, body.training_topics.length]).toEqual([3, 8, 12])
    expect(countOf(body, CELL)).toBe(2)
    expect(body.counts.flat(2).reduce((a: number, b: number) => a + b)).toBe(2)
    expect(body.missing).toBe(3 * 8 * 12 - 1)
    expect(body.fill.calls).toBe(body.missing)
    expect(body.fill.cells).toHaveLength(body.missing)

    expect(countOf(await coverage('?limit=20&tier=scenario'), CELL)).toBe(1)
    expect(countOf(await coverage('?limit=20&status=rejected'), CELL)).toBe(1)
    expect(countOf(await coverage('?limit=20&status=approved&tier=template'), CELL)).toBe(0)
  })

  it('fills a cell with what it lacks to the target, as an estimate and a run take it', async () => {
    const cell = ['anxious_planner', 'fear_to_confidence', 'emergency_savings'] as const
    await made(...cell)
    const body = await coverage('?limit=2&target=3')
    const lacks = body.fill.cells.map(({ count }: any) => count)
    expect(body.training_topics.map(({ key }: any) => key)).toContain(cell[2])
    expect(lacks.filter((count: number) => count === 2)).toHaveLength(1)
    expect(lacks.filter((count: number) => count === 3)).toHaveLength(3 * 8 * 2 - 1)
    const answer = await person.request('POST', '/api/training/generations/estimate', {
      selection: { cells: body.fill.cells },
      tier: 'template',
    })
    expect(ok(answer).calls).toBe(body.fill.calls)
  })

  it('counts what runs are still to make, until they end', async () => {
    const [run, key] = [randomUUID(), { persona: CELL[0], arc: CELL[1], topic: CELL[2] }]
    const scaffolding = Object.fromEntries(Object.entries(key).map(([part, of]) => [part, { key: of }]))
    await world.rows(
      `with run as (
         insert into generation_runs (run_id, owner_id, tier, model_choice, model, max_tokens, concurrency, on_error, ask_again,
           total, not_before, created_at)
         values ($1, $2, 'scenario', 'demo', 'demo', 100, 1, 'stop', true, 3, now(), now())
       ), cell as (
         insert into generation_cells (run_id, cell, owner_id, scaffolding, prompt, temperature, client_persona, least_turns, most_turns)
         values ($1, 0, $2, $3, 'Write.', 0.7, 'Maya', 4, 6)
       )
       insert into generation_calls (call_id, run_id, owner_id, position, cell, conversation_id, most_cost, status, not_before)
       select gen_random_uuid(), $1, $2, n, 0, gen_random_uuid(), 0, (array['queued', 'processing', 'completed'])[n], now()
       from generate_series(1, 3) n`,
      [run, person.id, JSON.stringify(scaffolding)],
    )
    await made(...CELL)
    const count = async (query: string) => countOf(await coverage(`?limit=20${query}`), CELL)
    expect(await count('')).toBe(3)
    expect(await count('&tier=scenario')).toBe(2)
    expect(await count('&tier=template')).toBe(1)
    expect(await count('&status=pending_review')).toBe(3)
    expect(await count('&status=approved')).toBe(0)
    await world.rows(`update generation_runs set status = 'paused' where run_id = $1`, [run])
    expect(await count('')).toBe(3)
    await world.rows(`update generation_runs set status = 'cancelled' where run_id = $1`, [run])
    expect(await count('')).toBe(1)
  })

  it('asks for no more than one run takes', async () => {
    const body = await coverage('?limit=20&target=100')
    expect(body.missing).toBe(3 * 8 * 12)
    expect(body.fill.calls).toBe(1000)
    expect(body.fill.cells.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(1000)
  })

  it('comes in pages of topics, and knows only what is active', async () => {
    const resting = await byKey('training-topics', 'job_loss')
    await person.request('PATCH', `${LISTS}/training-topics/${resting.id}`, { is_active: false })
    const pages = [await coverage('?limit=4'), await coverage('?limit=4&page=2'), await coverage('?limit=4&page=3')]
    const keys = pages.flatMap(({ training_topics }) => training_topics.map(({ key }: any) => key))
    expect(new Set(keys).size).toBe(11)
    expect(keys).not.toContain('job_loss')
    expect(pages.map(({ total_pages, total_training_topics }) => [total_pages, total_training_topics])).toEqual(
      Array.from({ length: 3 }, () => [3, 11]),
    )
    expect(await coverage('?limit=4&page=9')).toMatchObject({
      training_topics: [],
      counts: [],
      missing: 0,
      total_pages: 3,
    })
  })

  it('is one’s own', async () => {
    await made(...CELL)
    const body = ok(await world.stranger.request('GET', '/api/training/coverage?limit=20'))
    expect(countOf(body, CELL)).toBe(0)
  })
})
