/** Training conversations that models write: one, or many, by the pipeline of contracts, 0.5, and within a cost. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as contract from '#contract/training/index.ts'
import { withModel } from '#test/acceptance/replies/world.ts'
import {
  type RecordedRequest,
  refusal,
  type Script,
  type ScriptedProvider,
  startScriptedProvider,
} from '#test/support/scripted-provider/scripted-provider.ts'
import { trainingScripts } from '#test/support/scripted-provider/script.ts'
import { trainingAnswer } from '#test/support/scripted-provider/training-answers.ts'
import type { Answer, TestPerson } from '#test/support/server.ts'
import { openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const RUNS = '/api/training/generations'
const MODEL = 'operator:scripted'
const PRICES = { prompt: 1, completion: 10 }
/** What an answer with the usage of `trainingScripts` costs: 1,200 and 800 tokens. */
const COST = 0.0092

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

let person: TestPerson
let cell: { persona_id: string; arc_id: string; topic_id: string }
let persona: { name: string; archetype: string }
beforeEach(async () => {
  person = await world.server.newPerson()
  const first = async (list: string) => (await person.request('GET', `/api/training/scaffolding/${list}`)).body
  const [personas, arcs, topics] = [
    await first('personas'),
    await first('emotional-arcs'),
    await first('training-topics'),
  ]
  persona = personas.personas[0]
  // An arc for which four turns are enough.
  const arc = arcs.emotional_arcs.find((each: any) => each.arc_key === 'confusion_to_clarity')
  cell = { persona_id: personas.personas[0].id, arc_id: arc.id, topic_id: topics.training_topics[0].id }
})
afterEach(() => provider.reset())

/** Everything that the provider is asked is answered so. */
const answering = (script: string | ((request: RecordedRequest) => Script | Promise<Script>)) =>
  provider.script(typeof script === 'string' ? () => trainingScripts[script]!() : script)

const wanted = (count = 1, more: object = {}) => ({
  cells: [{ ...cell, count }],
  tier: 'template',
  model: MODEL,
  ...more,
})

const run = (answer: Answer, status = 200) => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status })
  return contract.generationRun.parse(answer.body)
}
const begin = async (count = 1, more: object = {}) => run(await person.request('POST', RUNS, wanted(count, more)), 202)
const look = async (id: string, of = person) => run(await of.request('GET', `${RUNS}/${id}`))
const does = async (id: string, what: string, body: object = {}, status = 200) =>
  run(await person.request('POST', `${RUNS}/${id}/${what}`, body), status)

const settled = async (id: string, status: contract.RunStatus) => {
  await vi.waitFor(async () => expect(await look(id)).toMatchObject({ status }), { timeout: 20_000, interval: 50 })
  return look(id)
}
const callsOf = async (id: string, query = '') => {
  const answer = await person.request('GET', `${RUNS}/${id}/calls?limit=100${query}`)
  return contract.listGenerationCalls.reply.body!.parse(answer.body).calls
}
const failures = async (query = '') => {
  const answer = await person.request('GET', `/api/training/failures${query}`)
  return contract.listFailures.reply.body!.parse(answer.body)
}
const record = async (id: string) => (await person.request('GET', `/api/training/conversations/${id}`)).body

describe('a run', () => {
  it('asks the model as often as was wished, and each answer becomes a conversation', async () => {
    answering('training')
    const begun = await begin(3, { prices: PRICES, cost_cap: 1 })
    expect(begun).toMatchObject({ status: 'queued', progress: { total: 3, completed: 0, percentage: 0 }, cost_cap: 1 })
    const ended = await settled(begun.id, 'completed')
    expect(ended).toMatchObject({
      progress: { total: 3, completed: 3, successful: 3, failed: 0, cancelled: 0, percentage: 100 },
      reserved: 0,
      uncertain: 0,
      prompt_tokens: 3600,
      completion_tokens: 2400,
      eta_seconds: null,
    })
    expect(ended.spent).toBeCloseTo(3 * COST, 6)
    expect(provider.requests).toHaveLength(3)

    const calls = await callsOf(begun.id)
    expect(new Set(calls.map((call) => call.conversation_id)).size).toBe(3)
    for (const call of calls) {
      expect(call).toMatchObject({
        status: 'completed',
        attempts: 1,
        parse_method: 'direct',
        failure: null,
        cost: COST,
      })
      const raw = await world.readBlob(`raw/${person.id}/${call.conversation_id}.json`)
      expect(raw).toBe(JSON.stringify(trainingAnswer(), null, 2))
      const final = JSON.parse((await world.readBlob(`${person.id}/${call.conversation_id}/conversation.json`))!)
      expect(final.training_pairs).toHaveLength(4)
      expect(final.training_pairs[0].conversation_metadata.client_persona).toBe(
        `${persona.name} - ${persona.archetype}`,
      )
    }
  })

  it('asks with the prompt of the template, its temperature and no more tokens than allowed', async () => {
    answering('training')
    await settled((await begin(1, { max_tokens: 500, temperature: 0.3 })).id, 'completed')
    expect(provider.requests[0]!.body).toMatchObject({ max_tokens: 500, temperature: 0.3 })
    const [message] = provider.requests[0]!.body.messages
    expect(message.role).toBe('user')
    expect(message.content).toContain(persona.name)
    expect(message.content).not.toMatch(/\{\{/)
  })

  it('has never more calls in flight than it may', async () => {
    let inFlight = 0
    let most = 0
    const two = Promise.withResolvers<void>()
    answering(async () => {
      most = Math.max(most, ++inFlight)
      if (inFlight === 2) two.resolve()
      await two.promise
      // Long enough for a third to come.
      await new Promise((resolve) => setTimeout(resolve, 30))
      inFlight--
      return trainingScripts['training']!()
    })
    await settled((await begin(8, { concurrency: 2 })).id, 'completed')
    expect(most).toBe(2)
  })

  it('is nobody else’s', async () => {
    answering('training')
    const { id } = await begin()
    await settled(id, 'completed')
    const { stranger } = world
    for (const [method, place] of [
      ['GET', ''],
      ['GET', '/calls'],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      trainingFailure(await stranger.request(method, `${RUNS}/${id}${place}`), 404, 'Not found')
    }
    expect((await stranger.request('GET', RUNS)).body.generations).toEqual([])
    expect((await stranger.request('GET', '/api/training/failures')).body.failures).toEqual([])
  })

  it('is listed, latest first, page by page', async () => {
    answering('training')
    const ids: string[] = []
    for (let each = 0; each < 3; each++) ids.push((await begin()).id)
    const page = async (cursor = '') => {
      const { body } = await person.request('GET', `${RUNS}?limit=2${cursor}`)
      return contract.listGenerations.reply.body!.parse(body)
    }
    const first = await page()
    const second = await page(`&cursor=${first.next_cursor}`)
    expect([...first.generations, ...second.generations].map(({ id }) => id)).toEqual(ids.toReversed())
    expect(second.next_cursor).toBeNull()
    await settled(ids[2]!, 'completed')
  })

  it.each([
    ['1,001 conversations', () => wanted(1001)],
    [
      '1,001 in two cells',
      () => ({
        ...wanted(),
        cells: [
          { ...cell, count: 1000 },
          { ...cell, count: 1 },
        ],
      }),
    ],
    ['no cells', () => ({ ...wanted(), cells: [] })],
    ['eleven at once', () => wanted(1, { concurrency: 11 })],
    ['99 tokens', () => wanted(1, { max_tokens: 99 })],
    ['a source that does not exist', () => wanted(1, { model: 'nowhere:x' })],
    ['a cap without prices', () => wanted(1, { cost_cap: 1 })],
  ])('is refused with %s', async (_what, body) => {
    trainingFailure(await person.request('POST', RUNS, body()), 400, 'Invalid request')
    expect(provider.requests).toEqual([])
  })

  it('is refused with parts that are not there', async () => {
    trainingFailure(
      await person.request('POST', RUNS, { ...wanted(), cells: [{ ...cell, arc_id: randomUUID(), count: 1 }] }),
      404,
    )
    trainingFailure(await person.request('POST', RUNS, wanted(1, { template_id: randomUUID() })), 404)
  })

  it('of the demo needs neither key nor network, and says that it is one', async () => {
    const { id } = await begin(2, { model: 'demo', cost_cap: 0 })
    expect(await settled(id, 'completed')).toMatchObject({ spent: 0, progress: { successful: 2 } })
    const [call] = await callsOf(id)
    const { body } = await person.request('GET', `/api/training/conversations/${call!.conversation_id}/turns`)
    expect(body.turns.length).toBeGreaterThanOrEqual(2)
    expect(JSON.stringify(body.turns)).toMatch(/demo/i)
    expect(provider.requests).toEqual([])
  })
})

describe('an answer', () => {
  const generated = async (model: string, more: object = {}) => {
    answering(model)
    const { id } = await begin(1, more)
    await vi.waitFor(async () => expect((await look(id)).ended_at).not.toBeNull(), { timeout: 20_000, interval: 50 })
    return (await callsOf(id))[0]!
  }

  it('in a fence is taken as it is', async () => {
    expect(await generated('training-fenced')).toMatchObject({ status: 'completed', parse_method: 'direct' })
  })

  it('that is no JSON is repaired, and somebody must look at it', async () => {
    const call = await generated('training-broken')
    expect(call).toMatchObject({ status: 'completed', parse_method: 'jsonrepair' })
    expect((await record(call.conversation_id!)).conversation).toMatchObject({
      requires_manual_review: true,
      parse_method_used: 'jsonrepair',
      processing_status: 'completed',
    })
  })

  it.each([
    ['that reached its limit', 'training-truncated', 'truncation', 'failed'],
    ['that stops in the middle', 'training-unfinished', 'truncation', 'failed'],
    ['that is prose', 'training-prose', 'parse_error', 'parse_failed'],
    ['that is no conversation', 'training-invalid', 'validation_error', 'failed'],
  ] as const)('%s is kept raw, has failed and is not repaired', async (_what, model, type, status) => {
    const call = await generated(model, { prices: PRICES })
    expect(call).toMatchObject({ status: 'failed', failure: { type }, has_raw: true, attempts: 1, cost: COST })
    expect((await record(call.conversation_id!)).conversation).toMatchObject({
      processing_status: status,
      revision: 0,
      file_path: null,
    })
    const [said] = trainingScripts[model]!().steps!
    expect(await world.readBlob(`raw/${person.id}/${call.conversation_id}.json`)).toBe(said)
    expect(await failures()).toMatchObject({ failures: [{ id: call.id, failure: { type } }], next_cursor: null })
    expect((await failures(`?failure_type=api_error`)).failures).toEqual([])
  })

  it('has a report of its stages', async () => {
    const report = async (id: string) => {
      const { body } = await person.request('GET', `/api/training/conversations/${id}/validation-report`)
      const { stages, ...rest } = contract.validationReport.parse(body)
      return { ...rest, stages: stages.map(({ status }) => status) }
    }
    const good = await report((await generated('training')).conversation_id!)
    expect(good).toMatchObject({
      is_valid: true,
      stages: ['completed', 'completed', 'completed', 'completed'],
      blockers: [],
    })
    const invalid = await report((await generated('training-invalid')).conversation_id!)
    expect(invalid).toMatchObject({
      is_valid: false,
      stages: ['completed', 'completed', 'failed', 'pending'],
      blockers: [{ rule: 'too_few_turns', turn_number: null }],
    })
    const prose = await report((await generated('training-prose')).conversation_id!)
    expect(prose).toMatchObject({ stages: ['completed', 'failed', 'pending', 'pending'] })
    trainingFailure(await person.request('GET', `/api/training/conversations/${randomUUID()}/validation-report`), 404)
  })

  it('that has failed is asked for again, and takes the place of the one before', async () => {
    const call = await generated('training-prose')
    answering('training')
    const again = run(await person.request('POST', `/api/training/failures/${call.id}/retry`), 202)
    expect(again).toMatchObject({ id: call.run_id, progress: { failed: 0 } })
    await settled(call.run_id, 'completed')
    expect((await callsOf(call.run_id))[0]).toMatchObject({
      status: 'completed',
      attempts: 2,
      conversation_id: call.conversation_id,
      failure: null,
    })
    expect((await failures()).failures).toEqual([])
    expect((await record(call.conversation_id!)).conversation).toMatchObject({
      revision: 1,
      processing_status: 'completed',
    })
    trainingFailure(await person.request('POST', `/api/training/failures/${call.id}/retry`), 409)
  })
})

describe('a provider that fails', () => {
  it('at times is asked up to three times, as late as it wishes', async () => {
    const answers: Script[] = [
      refusal(429, 'Slow down', { headers: { 'retry-after': '1' } }),
      refusal(500, 'Oops'),
      trainingScripts['training']!(),
    ]
    answering(() => answers.shift()!)
    const { id } = await begin(1, { prices: PRICES, cost_cap: 1 })
    const ended = await settled(id, 'completed')
    expect(provider.requests).toHaveLength(3)
    // What a refusal for the rate costs is known, and what a broken answer has cost is not.
    expect(ended.spent).toBeCloseTo(COST, 6)
    expect(ended.uncertain).toBeGreaterThan(0)
    expect((await callsOf(id))[0]).toMatchObject({ attempts: 3, status: 'completed' })
  }, 60_000)

  it('for ever has failed after three times', async () => {
    answering(() => refusal(429, 'Slow down', { headers: { 'retry-after': '0' } }))
    const { id } = await begin()
    await settled(id, 'failed')
    expect(provider.requests).toHaveLength(3)
    expect((await callsOf(id))[0]).toMatchObject({
      status: 'failed',
      attempts: 3,
      failure: { type: 'api_error' },
      has_raw: false,
    })
  }, 60_000)

  it.each([
    [401, /rejected the API key/],
    [402, /no credit/],
    [403, /rejected the API key/],
    [404, /not available/],
  ])('with %i pauses the run with the reason, and is asked no more', async (status, reason) => {
    answering(() => refusal(status, 'The model `scripted` does not exist'))
    const { id } = await begin(5, { concurrency: 1, prices: PRICES })
    const paused = await settled(id, 'paused')
    expect(paused.reason).toMatch(reason)
    expect(paused).toMatchObject({ spent: 0, reserved: 0, uncertain: 0, progress: { failed: 0 } })
    expect(provider.requests).toHaveLength(1)
    answering('training')
    expect(await does(id, 'resume')).toMatchObject({ reason: null })
    expect(await settled(id, 'completed')).toMatchObject({ progress: { successful: 5 } })
  })

  it('ends the run where that was wished, which can be gone on with', async () => {
    const answers = [trainingScripts['training-prose']!()]
    answering(() => answers.shift() ?? trainingScripts['training']!())
    const { id } = await begin(3, { on_error: 'stop', concurrency: 1 })
    expect(await settled(id, 'failed')).toMatchObject({
      progress: { failed: 1, successful: 0 },
      reason: /no JSON/ as never,
    })
    expect(provider.requests).toHaveLength(1)
    await does(id, 'resume')
    expect(await settled(id, 'completed')).toMatchObject({ progress: { failed: 1, successful: 2 } })
    await does(id, 'retry', {}, 202)
    expect(await settled(id, 'completed')).toMatchObject({ progress: { failed: 0, successful: 3 } })
  })
})

describe('a cap', () => {
  it('is never exceeded, and can be raised', async () => {
    answering('training')
    // The completion alone can cost 0.01, so that two and a half fit.
    const { id } = await begin(5, {
      max_tokens: 1000,
      prices: { prompt: 0, completion: 10 },
      cost_cap: 0.025,
      concurrency: 5,
    })
    const paused = await settled(id, 'paused')
    expect(paused.reason).toMatch(/cap/)
    // 0.008 each: the third would have to fit with its worst case, 0.016 + 0.01.
    expect(paused).toMatchObject({ spent: 0.016, reserved: 0, progress: { successful: 2 } })
    expect(provider.requests).toHaveLength(2)
    await does(id, 'resume', { cost_cap: 1 })
    expect(await settled(id, 'completed')).toMatchObject({ spent: 0.04, progress: { successful: 5 } })
  })

  it('counts the most that it can be where the provider counts nothing', async () => {
    answering(() => ({ ...trainingScripts['training']!(), usage: null }))
    const { id } = await begin(1, { max_tokens: 1000, prices: { prompt: 0, completion: 10 }, cost_cap: 0.01 })
    expect(await settled(id, 'completed')).toMatchObject({ spent: 0.01 })
  })

  it('of nothing lets nothing be asked', async () => {
    answering('training')
    const { id } = await begin(1, { prices: PRICES, cost_cap: 0 })
    await settled(id, 'paused')
    expect(provider.requests).toEqual([])
  })

  it('costs are not known without prices', async () => {
    answering('training')
    const { id } = await begin()
    expect(await settled(id, 'completed')).toMatchObject({ spent: null, reserved: null, uncertain: null, prices: null })
    trainingFailure(await person.request('POST', `${RUNS}/${id}/resume`, { cost_cap: 1 }), 400)
  })
})

describe('a person', () => {
  it('pauses, goes on and cancels; what is on its way is kept', async () => {
    const gate = Promise.withResolvers<void>()
    answering(async () => {
      await gate.promise
      return trainingScripts['training']!()
    })
    const { id } = await begin(6, { concurrency: 2 })
    await provider.arrived(2)
    expect(await does(id, 'pause')).toMatchObject({ status: 'paused', reason: null })
    gate.resolve()
    await vi.waitFor(async () => expect((await look(id)).progress.successful).toBe(2), { timeout: 10_000 })
    expect(provider.requests).toHaveLength(2)

    const slow = Promise.withResolvers<void>()
    answering(async () => {
      await slow.promise
      return trainingScripts['training']!()
    })
    await does(id, 'resume')
    await provider.arrived(4)
    expect(await does(id, 'cancel')).toMatchObject({ status: 'cancelled', progress: { cancelled: 2 } })
    slow.resolve()
    await vi.waitFor(async () => expect((await look(id)).progress).toMatchObject({ successful: 4, completed: 6 }), {
      timeout: 10_000,
    })
    expect(await look(id)).toMatchObject({ status: 'cancelled' })
    expect(provider.requests).toHaveLength(4)
    expect((await callsOf(id, '&status=cancelled')).length).toBe(2)
    trainingFailure(await person.request('POST', `${RUNS}/${id}/resume`), 409, 'Conflict')
    trainingFailure(await person.request('POST', `${RUNS}/${id}/retry`), 409, 'Conflict')
  })

  it('may delete a conversation while it is being made', async () => {
    answering('training-prose')
    const { id } = await begin()
    await settled(id, 'failed')
    const [call] = await callsOf(id)
    expect(
      (await person.request('DELETE', `/api/training/conversations/${call!.conversation_id}`)).status,
    ).toBeLessThan(300)
    expect((await callsOf(id))[0]).toMatchObject({ conversation_id: null, has_raw: false })
    answering('training')
    await does(id, 'retry', { call_ids: [call!.id] }, 202)
    await settled(id, 'completed')
    expect((await callsOf(id))[0]!.conversation_id).toBe(call!.conversation_id)
  })
})

describe('one conversation while somebody waits', () => {
  const GENERATE = '/api/training/conversations/generate'
  const single = (more: object = {}) => ({
    persona_id: cell.persona_id,
    emotional_arc_id: cell.arc_id,
    training_topic_id: cell.topic_id,
    tier: 'template',
    model: MODEL,
    ...more,
  })

  it('is answered as the contract says', async () => {
    answering('training')
    const answer = await person.request('POST', GENERATE, single())
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 })
    const body = contract.generatedConversation.parse(answer.body)
    expect(body).toMatchObject({
      success: true,
      conversation: { conversation_id: body.conversation_id, processing_status: 'completed' },
      metadata: { token_count: 2000, scaffolding: { persona_name: persona.name } },
      quality_metrics: { turn_count: 4, status: 'pending_review' },
      cost: null,
    })
  })

  it('uses the model that the person has by default, where none is named', async () => {
    answering('training')
    const { model: _, ...body } = single() as any
    expect((await person.request('POST', GENERATE, body)).status).toBe(201)
    expect(provider.requests[0]!.body.model).toBe('scripted')
  })

  it('that fails says why', async () => {
    answering('training-truncated')
    trainingFailure(await person.request('POST', GENERATE, single()), 500, 'Generation failed', /cut off/)
    answering(() => refusal(401, 'Invalid API key'))
    trainingFailure(await person.request('POST', GENERATE, single()), 500, 'Generation failed', /rejected the API key/)
  })
})
