/** Targets over HTTP: what there is, what a trainer would not take, and what becomes of it once it is mended. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Endpoint, ReplyOf } from '#contract/endpoint.ts'
import * as contract from '#contract/training/index.ts'
import { send, type TestPerson } from '#test/support/server.ts'
import type { TrainingSeed } from '#test/support/training-seeds.ts'
import { at, openTrainingWorld, TRAINING, trainingFailure, type TrainingWorld } from './world.ts'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const ask = async <E extends Endpoint<any, any, any, any>>(
  person: TestPerson,
  endpoint: E,
  path: string,
  body?: object,
): Promise<ReplyOf<E>> => {
  const answer = await person.request(endpoint.method, path, body)
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: endpoint.reply.status })
  return (endpoint.reply.body as z.ZodType).parse(answer.body) as ReplyOf<E>
}

/** `u` a question, `a` an answer, `x` an answer that is not to be learned from. */
const turnsOf = (letters: string, about: string): NonNullable<TrainingSeed['content']>['turns'] =>
  Array.from(letters, (letter, index) => ({
    role: letter === 'u' ? ('user' as const) : ('assistant' as const),
    content: `${letter}${index + 1} ${about}`,
    train: letter === 'a',
  }))

const seed = async (person: TestPerson, letters: string): Promise<string> =>
  (
    await world.seedConversation(person, {
      content: { turns: turnsOf(letters, randomUUID()) },
      columns: { status: 'approved' },
    })
  ).id

/** Of these conversations, all on the side that is learned from. */
const freeze = async (person: TestPerson, ids: readonly string[]): Promise<string> => {
  const { dataset } = await ask(person, contract.createDataset, '/api/training/datasets', {
    name: 'To be looked at',
    selection: { include: ids },
    settings: { splits: { train: 1, validation: 0, test: 0 }, near_duplicate_threshold: null, min_turns: 1 },
  })
  const path = `/api/training/datasets/${dataset.id}/versions`
  await ask(person, contract.freezeDataset, path)
  const deadline = Date.now() + 30_000
  for (;;) {
    const { version } = await ask(person, contract.getVersion, `${path}/1`)
    if (version.status === 'completed') return `${path}/1`
    if (Date.now() > deadline || version.status === 'failed') throw new Error(`the version is ${version.status}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const llamaFactory = { id: 'llama-factory', options: {} }

describe('the list of targets', () => {
  it('has all thirteen, whom each is for, what it loses and what can be mended', async () => {
    const { targets } = await ask(world.ada, contract.listTargets, '/api/training/targets')
    expect(targets.map(({ id }) => id)).toEqual(contract.targetId.options)
    for (const { trainers, loses, description } of targets) {
      expect([trainers.length, loses.length, description.length].every((each) => each > 0)).toBe(true)
    }
    expect(targets.find(({ id }) => id === 'sharegpt')).toMatchObject({
      defaults: { roles: 'human_gpt' },
      description: expect.stringContaining('Not for TRL'),
    })
  })

  it('is for everybody, because it is of nobody', async () => {
    expect((await send(world.server.url, 'GET', '/api/training/targets')).status).toBe(200)
  })
})

describe('the report of a version', () => {
  it('says which conversations the trainer would drop, and has nothing to say once that is mended', async () => {
    const person = await world.server.newPerson()
    const [fine, trailing, leading, marked] = [
      await seed(person, 'uaua'),
      await seed(person, 'uau'),
      await seed(person, 'aua'),
      await seed(person, 'uxua'),
    ]
    const version = await freeze(person, [fine, trailing, leading, marked])
    const { status, report } = await ask(person, contract.reportVersion, `${version}/report`, { target: llamaFactory })
    expect(status).toBe('completed')
    expect(report).toMatchObject({
      conversations: 4,
      intact: 1,
      left_out: 3,
      splits: [{ split: 'train', conversations: 4, left_out: 3, records: 1 }],
      rules: [
        {
          rule: 'weight.ignored',
          effect: 'harms',
          fix: { id: 'expand_answers' },
          examples: [{ conversation_id: marked, turn_number: 2 }],
        },
        {
          rule: 'end.assistant',
          effect: 'drops',
          fix: { id: 'drop_trailing_user' },
          examples: [{ conversation_id: trailing, turn_number: 3 }],
        },
        {
          rule: 'start.user',
          effect: 'drops',
          fix: { id: 'drop_leading_assistant' },
          examples: [{ conversation_id: leading, turn_number: 1 }],
        },
      ],
    })
    const fixes = report!.rules.flatMap(({ fix }) => (fix === null ? [] : [fix.id]))
    const mended = await ask(person, contract.reportVersion, `${version}/report`, {
      target: { id: 'llama-factory', options: { fixes } },
    })
    expect(mended.report).toMatchObject({ intact: 4, left_out: 0, rules: [] })
  })

  it('names all that break a rule, page by page', async () => {
    const person = await world.server.newPerson()
    const broken: string[] = []
    for (let each = 0; each < 5; each++) broken.push(await seed(person, 'uau'))
    const version = await freeze(person, [await seed(person, 'ua'), ...broken])
    const found: string[] = []
    let cursor: string | null | undefined
    do {
      const page: ReplyOf<typeof contract.listBrokenRows> = await ask(
        person,
        contract.listBrokenRows,
        `${version}/report/rows`,
        { target: llamaFactory, rule: 'end.assistant', limit: 2, ...(cursor && { cursor }) },
      )
      for (const row of page.rows) expect(row).toMatchObject({ turn_number: 3, effect: 'drops' })
      found.push(...page.rows.map(({ conversation_id: id }) => id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(found).toEqual(broken.toSorted())
  })

  it('is of nobody else’s version, and of no version that is not there', async () => {
    const person = await world.server.newPerson()
    const version = await freeze(person, [await seed(person, 'ua')])
    const body = { target: llamaFactory }
    trainingFailure(await world.stranger.request('POST', `${version}/report`, body), 404)
    trainingFailure(await person.request('POST', version.replace(/1$/, '2/report'), body), 404)
    trainingFailure(
      await world.stranger.request('POST', `${version}/report/rows`, { ...body, rule: 'end.assistant' }),
      404,
    )
  })

  it('refuses options that the target does not have, and targets that there are none of', async () => {
    const person = await world.server.newPerson()
    const version = await freeze(person, [await seed(person, 'ua')])
    for (const target of [
      { id: 'mistral', options: { form: 'alpaca' } },
      { id: 'openai-chat', options: { service: 'elsewhere' } },
      { id: 'messages', options: { fixes: ['mend_everything'] } },
      { id: 'chatml' },
      'messages',
    ]) {
      trainingFailure(await person.request('POST', `${version}/report`, { target }), 400)
    }
  })
})

describe('the report of chosen conversations', () => {
  it('is of the actor’s own among them', async () => {
    const mine = await seed(world.ada, 'uau')
    const theirs = await seed(world.stranger, 'uau')
    const { report } = await ask(world.ada, contract.reportConversations, '/api/training/report', {
      conversation_ids: [mine, theirs, randomUUID(), mine],
      target: llamaFactory,
    })
    expect(report).toMatchObject({ conversations: 1, left_out: 1, rules: [{ examples: [{ conversation_id: mine }] }] })
  })
})

describe('the preview of a conversation', () => {
  it('is the line that the file would have, and what the trainer would say', async () => {
    const id = await seed(world.ada, 'uaux')
    const { text, findings } = await ask(world.ada, contract.previewRow, at(id, '/preview'), {
      target: { id: 'openai-chat', options: {} },
    })
    expect(JSON.parse(text)).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }, { role: 'assistant', weight: 0 }],
    })
    expect(findings).toEqual([])
    const dropped = await ask(world.ada, contract.previewRow, at(id, '/preview'), {
      target: { id: 'messages', options: {} },
    })
    expect(dropped).toMatchObject({
      text: '',
      findings: [{ rule: 'weight.ignored', effect: 'harms', turn_number: 4, fix: { id: 'expand_answers' } }],
    })
  })

  it('is of nobody else’s conversation', async () => {
    const id = await seed(world.ada, 'ua')
    trainingFailure(
      await world.stranger.request('POST', `${TRAINING}/${id}/preview`, { target: { id: 'messages', options: {} } }),
      404,
      'Conversation not found',
    )
  })
})
