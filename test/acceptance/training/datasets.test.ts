/** Datasets over HTTP: a choice of conversations, frozen into versions that never change and never leak. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import * as contract from '#contract/training/index.ts'
import type { Endpoint, ReplyOf } from '#contract/endpoint.ts'
import { send, type TestPerson } from '#test/support/server.ts'
import { sampleTurns } from '#test/support/training-seeds.ts'
import { openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const DATASETS = '/api/training/datasets'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

/** Asks, and holds the answer to the endpoint's schema. */
const ask = async <E extends Endpoint<any, any, any, any>>(
  person: TestPerson,
  endpoint: E,
  path: string,
  body?: object,
): Promise<ReplyOf<E>> => {
  const answer = await person.request(endpoint.method, `${DATASETS}${path}`, body)
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: endpoint.reply.status })
  return (endpoint.reply.body as z.ZodType).parse(answer.body) as ReplyOf<E>
}

/** Somebody of whom nothing is known yet, with conversations of their own. */
const newPerson = () => world.server.newPerson()

/** Says something that no other number says; `words` of it are other words. */
const said = (number: number, words = 0): string =>
  Array.from({ length: 300 }, (_, index) => `${index < words ? 'other' : 'word'}${number}x${index}`).join(' ')

interface Wanted {
  readonly text: string
  readonly columns?: Record<string, unknown>
}
const seed = async (person: TestPerson, { text, columns = {} }: Wanted): Promise<string> => {
  const [first, ...rest] = sampleTurns()
  const content = { turns: [{ ...first!, content: text }, ...rest] }
  return (await world.seedConversation(person, { content, columns: { status: 'approved', ...columns } })).id
}
const seedMany = async (person: TestPerson, count: number, from = 0): Promise<string[]> => {
  const ids: string[] = []
  for (let number = from; number < from + count; number++) ids.push(await seed(person, { text: said(number) }))
  return ids
}

const create = async (person: TestPerson, settings: object = {}, selection: object = { filter: {} }) =>
  (await ask(person, contract.createDataset, '', { name: 'Calm answers', selection, settings })).dataset

const frozen = async (person: TestPerson, id: string): Promise<contract.DatasetVersion> => {
  const { version } = await ask(person, contract.freezeDataset, `/${id}/versions`)
  return ended(person, id, version.version)
}
const ended = async (person: TestPerson, id: string, number: number): Promise<contract.DatasetVersion> => {
  const deadline = Date.now() + 30_000
  for (;;) {
    const { version } = await ask(person, contract.getVersion, `/${id}/versions/${number}`)
    if (version.status !== 'queued' && version.status !== 'processing') return version
    if (Date.now() > deadline) throw new Error('the version was not frozen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const itemsOf = async (person: TestPerson, id: string, version: number, query = '?limit=100') =>
  (await ask(person, contract.listItems, `/${id}/versions/${version}/items${query}`)).items

describe('a dataset', () => {
  it('is kept with the settings that were left out filled in', async () => {
    const dataset = await create(world.ada, { seed: '42' }, { filter: { tier: 'scenario', quality_min: 6 } })
    expect(dataset).toMatchObject({
      name: 'Calm answers',
      description: null,
      selection: { filter: { tier: 'scenario', quality_min: 6 }, include: [], exclude: [] },
      settings: {
        splits: { train: 0.9, validation: 0.1, test: 0 },
        seed: '42',
        duplicates: 'drop',
        near_duplicate_threshold: 0.85,
        max_tokens: null,
        min_turns: 2,
        max_turns: null,
        only_approved: true,
      },
      latest_version: 0,
    })
    expect(await ask(world.ada, contract.getDataset, `/${dataset.id}`)).toEqual({ success: true, dataset })
  })

  it('is changed in what is said, and in nothing else', async () => {
    const dataset = await create(world.ada)
    const { dataset: changed } = await ask(world.ada, contract.changeDataset, `/${dataset.id}`, {
      description: 'For the small model',
    })
    expect(changed).toEqual({ ...dataset, description: 'For the small model', updated_at: changed.updated_at })
    const { dataset: renamed } = await ask(world.ada, contract.changeDataset, `/${dataset.id}`, { name: 'Trả lời' })
    expect(renamed).toMatchObject({ name: 'Trả lời', description: 'For the small model' })
  })

  it('of changes that are made from the same state takes one, and says to the others that it was changed', async () => {
    const dataset = await create(world.ada)
    const change = (seed: number) =>
      world.ada.request('PATCH', `${DATASETS}/${dataset.id}`, {
        settings: { ...dataset.settings, seed: String(seed) },
        updated_at: dataset.updated_at,
      })
    const answers = await Promise.all(Array.from({ length: 8 }, (_, seed) => change(seed)))
    const [taken, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    for (const answer of answers) {
      if (answer !== taken) expect(trainingFailure(answer, 409).message).toContain('was changed meanwhile')
    }
    const now = (await ask(world.ada, contract.getDataset, `/${dataset.id}`)).dataset
    expect(now).toEqual(taken!.body.dataset)

    // Also when what changed it were its members; and without a state it is changed whatever it was.
    await ask(world.ada, contract.changeMembers, `/${dataset.id}/members`, { include: [randomUUID()] })
    const late = { name: 'Late', updated_at: now.updated_at }
    trainingFailure(await world.ada.request('PATCH', `${DATASETS}/${dataset.id}`, late), 409)
    expect((await ask(world.ada, contract.changeDataset, `/${dataset.id}`, { name: 'Late' })).dataset.name).toBe('Late')
    trainingFailure(await world.ada.request('PATCH', `${DATASETS}/${randomUUID()}`, late), 404)
    for (const body of [{ updated_at: now.updated_at }, { name: 'x', updated_at: 'yesterday' }]) {
      trainingFailure(await world.ada.request('PATCH', `${DATASETS}/${dataset.id}`, body), 400)
    }
  })

  it('is listed with the others, the latest first, page by page', async () => {
    const person = await newPerson()
    const ids: string[] = []
    for (let each = 0; each < 5; each++) ids.unshift((await create(person)).id)
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: ReplyOf<typeof contract.listDatasets> = await ask(
        person,
        contract.listDatasets,
        `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      found.push(...page.datasets.map(({ id }) => id))
      cursor = page.next_cursor
    }
    expect(found.toSorted()).toEqual(ids.toSorted())
  })

  it('that is removed takes its versions along, and leaves the conversations', async () => {
    const person = await newPerson()
    const ids = await seedMany(person, 3)
    const { id } = await create(person)
    await frozen(person, id)
    expect(await person.request('DELETE', `${DATASETS}/${id}`)).toMatchObject({ status: 204 })
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/1`), 404)
    expect(await world.rows('select from dataset_items where dataset_id = $1', [id])).toHaveLength(0)
    expect(await world.rows('select from training_conversations where conversation_id = any($1)', [ids])).toHaveLength(
      3,
    )
  })

  it.each([
    [{ splits: { train: 0.5, validation: 0.4, test: 0 } }, 'must add up to 1'],
    [{ splits: { train: 1.5, validation: -0.5, test: 0 } }, 'must be at most 1'],
    [{ near_duplicate_threshold: 0.5 }, 'must be at least 0.8'],
    [{ max_tokens: 0 }, 'must be at least 1'],
    [{ min_turns: 1.5 }, 'must be an integer'],
    [{ colour: 'blue' }, 'should not exist'],
  ])('is refused with the settings %j', async (settings, message) => {
    const answer = await world.ada.request('POST', DATASETS, { name: 'x', selection: {}, settings })
    expect(trainingFailure(answer, 400).details).toContain(message)
  })

  it('is somebody else’s business only: a stranger finds none of it', async () => {
    const { id } = await create(world.ada)
    const paths: [string, string, object?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'mine' }],
      ['GET', '/members'],
      ['POST', '/members', { include: [randomUUID()] }],
      ['POST', '/preview', {}],
      ['POST', '/versions'],
      ['GET', '/versions'],
      ['GET', '/versions/1'],
      ['POST', '/versions/1/cancel'],
      ['GET', '/versions/1/items'],
      ['GET', '/versions/1/duplicates'],
      ['GET', '/versions/1/diff?with=1'],
      ['DELETE', ''],
    ]
    for (const [method, path, body] of paths) {
      trainingFailure(await world.stranger.request(method, `${DATASETS}/${id}${path}`, body), 404)
      trainingFailure(await send(world.server.url, method, `${DATASETS}/${id}${path}`, body), 401)
    }
    expect((await ask(world.ada, contract.getDataset, `/${id}`)).dataset.name).toBe('Calm answers')
  })
})

describe('the members of a dataset', () => {
  const ids = (count: number): string[] => Array.from({ length: count }, () => randomUUID())
  const change = async (id: string, lists: object) =>
    (await ask(world.ada, contract.changeMembers, `/${id}/members`, lists)).dataset
  const refused = async (id: string, lists: object) => {
    const answer = await world.ada.request('POST', `${DATASETS}/${id}/members`, lists)
    return trainingFailure(answer, 400).details
  }

  it('are put in behind those that are there, left out, and forgotten; nothing else changes', async () => {
    const [one, two, three, four] = ids(4) as [string, string, string, string]
    const dataset = await create(world.ada, { seed: '7' }, { filter: { tier: 'scenario' }, include: [one, two] })
    const { selection } = await change(dataset.id, { include: [three, four, three] })
    expect(selection).toEqual({ filter: { tier: 'scenario' }, include: [one, two, three, four], exclude: [] })

    const without = await change(dataset.id, { exclude: [three, one] })
    expect(without.selection).toMatchObject({ include: [two, four], exclude: [three, one] })
    const back = await change(dataset.id, { include: [one], forget: [three, four] })
    expect(back.selection).toMatchObject({ include: [two, one], exclude: [] })
    expect(back).toEqual({ ...dataset, selection: back.selection, updated_at: back.updated_at })
    expect(await ask(world.ada, contract.getDataset, `/${dataset.id}`)).toEqual({ success: true, dataset: back })
  })

  it('are changed once, however often it is asked for', async () => {
    const [one, two, three] = ids(3) as [string, string, string]
    const { id } = await create(world.ada, {}, { include: [one], exclude: [three] })
    const lists = { include: [one, two], exclude: [three], forget: ids(1) }
    const once = await change(id, lists)
    expect(await change(id, { ...lists, include: [two.toUpperCase(), one] })).toEqual(once)
    expect(once.selection).toMatchObject({ include: [one, two], exclude: [three] })
  })

  it('are all there when twenty calls come at once', async () => {
    const [stays, goes] = ids(2) as [string, string]
    const { id } = await create(world.ada, {}, { include: [stays, goes] })
    const calls = Array.from({ length: 20 }, (_, call) => ({
      list: call % 2 === 0 ? 'include' : 'exclude',
      its: ids(3),
    }))
    await Promise.all([...calls.map(({ list, its }) => change(id, { [list]: its })), change(id, { forget: [goes] })])
    const { selection } = (await ask(world.ada, contract.getDataset, `/${id}`)).dataset
    const wanted = (list: string) => calls.filter((call) => call.list === list).flatMap(({ its }) => its)
    expect(selection.include.toSorted()).toEqual([stays, ...wanted('include')].toSorted())
    expect(selection.exclude.toSorted()).toEqual(wanted('exclude').toSorted())
  })

  it('decide what the next version holds', async () => {
    const person = await newPerson()
    const [one, two, three] = (await seedMany(person, 3)) as [string, string, string]
    const { id } = await create(person, {}, { filter: null })
    await ask(person, contract.changeMembers, `/${id}/members`, { include: [one, two] })
    await frozen(person, id)
    expect((await itemsOf(person, id, 1)).map((item) => item.conversation_id)).toEqual([one, two].toSorted())
    await ask(person, contract.changeMembers, `/${id}/members`, { include: [three], exclude: [one] })
    await frozen(person, id)
    expect((await itemsOf(person, id, 2)).map((item) => item.conversation_id)).toEqual([two, three].toSorted())
    expect((await itemsOf(person, id, 1)).map((item) => item.conversation_id)).toEqual([one, two].toSorted())
  })

  it('that are somebody else’s conversations, or none, are kept and never get into a version, as in a selection', async () => {
    const person = await newPerson()
    const [own] = (await seedMany(person, 1)) as [string]
    const foreign = await seed(world.ada, { text: said(78) })
    const { id } = await create(person, {}, { filter: null })
    const include = [foreign, randomUUID(), own]
    const { dataset } = await ask(person, contract.changeMembers, `/${id}/members`, { include })
    expect(dataset.selection.include).toEqual(include)
    await frozen(person, id)
    expect((await itemsOf(person, id, 1)).map((item) => item.conversation_id)).toEqual([own])
  })

  describe('as a list', () => {
    const listed = async (person: TestPerson, id: string, query = '') =>
      (await ask(person, contract.listMembers, `/${id}/members${query}`)).members
    const idsOf = (members: readonly contract.DatasetMember[]) => members.map(({ conversation_id: id }) => id)

    it('are what the next version begins with: the latest first, by the filter and by name, without those left out', async () => {
      const person = await newPerson()
      const at = (minute: number) => ({ created_at: new Date(Date.UTC(2026, 0, 1, 12, minute)) })
      const approved = await seed(person, { text: said(81), columns: { title: 'Calm', tier: 'scenario', ...at(1) } })
      const out = await seed(person, { text: said(82), columns: { title: 'Loud', tier: 'scenario', ...at(2) } })
      await seed(person, { text: said(83), columns: { tier: 'scenario', status: 'pending_review', ...at(3) } })
      const other = await seed(person, { text: said(84), columns: { title: 'Odd', tier: 'template', ...at(4) } })
      const selection = { filter: { tier: 'scenario' }, include: [other, randomUUID()], exclude: [out, randomUUID()] }
      const { id } = await create(person, {}, selection)

      const members = await listed(person, id)
      expect(members).toMatchObject([
        { conversation_id: other, title: 'Odd', status: 'approved', named: true },
        { conversation_id: approved, title: 'Calm', status: 'approved', turns: sampleTurns().length, named: false },
      ])
      expect(await listed(person, id, '?left_out=true')).toMatchObject([{ conversation_id: out, title: 'Loud' }])
      await frozen(person, id)
      expect((await itemsOf(person, id, 1)).map((item) => item.conversation_id)).toEqual(idsOf(members).toSorted())
    })

    it('has those that wait for a review where the settings take them', async () => {
      const person = await newPerson()
      const waiting = await seed(person, { text: said(85), columns: { status: 'pending_review' } })
      const { id } = await create(person, { only_approved: false })
      expect(await listed(person, id)).toMatchObject([{ conversation_id: waiting, status: 'pending_review' }])
    })

    it('has pages that skip and repeat nothing, also among those of one moment', async () => {
      const person = await newPerson()
      const columns = { created_at: new Date(Date.UTC(2026, 0, 1)) }
      for (let number = 0; number < 5; number++) await seed(person, { text: said(number), columns })
      const { id } = await create(person)
      const seen: string[] = []
      for (let query = '?limit=2'; ;) {
        const page = await ask(person, contract.listMembers, `/${id}/members${query}`)
        seen.push(...idsOf(page.members))
        if (page.next_cursor === null) break
        query = `?limit=2&cursor=${page.next_cursor}`
      }
      expect(seen).toHaveLength(5)
      expect(seen).toEqual(idsOf(await listed(person, id, '?limit=100')))
    })

    it('is empty where nothing was chosen, and never shows what is somebody else’s', async () => {
      const foreign = await seed(world.ada, { text: said(86) })
      const { id } = await create(world.stranger, { only_approved: false }, { include: [foreign], exclude: [] })
      expect(await listed(world.stranger, id)).toEqual([])
      const other = await create(world.stranger, {}, { exclude: [foreign] })
      expect(await listed(world.stranger, other.id, '?left_out=true')).toEqual([])
    })

    it.each([
      '?left_out=yes',
      '?limit=0',
      '?cursor=x',
      `?cursor=${Buffer.from('title\nasc\nx').toString('base64url')}`,
    ])('is refused for %s', async (query) => {
      const { id } = await create(world.ada)
      trainingFailure(await world.ada.request('GET', `${DATASETS}/${id}/members${query}`), 400)
    })

    it('is refused with the place of another list', async () => {
      const { id } = await create(world.ada)
      const place = ['turn_count', 'desc', randomUUID(), '3'].join('\n')
      const cursor = Buffer.from(place).toString('base64url')
      trainingFailure(await world.ada.request('GET', `${DATASETS}/${id}/members?cursor=${cursor}`), 400)
    })
  })

  it('are five thousand on each side at most: what would be more is refused as a whole', async () => {
    const included = ids(4_999)
    const excluded = ids(5_000)
    const { id } = await create(world.ada, {}, { include: included, exclude: excluded })
    const [last, oneMore] = ids(2) as [string, string]
    expect((await change(id, { include: [last] })).selection.include).toEqual([...included, last])

    const before = (await ask(world.ada, contract.getDataset, `/${id}`)).dataset
    for (const lists of [{ include: [oneMore] }, { exclude: [oneMore] }, { include: ids(5_000), forget: [last] }]) {
      const answer = await world.ada.request('POST', `${DATASETS}/${id}/members`, lists)
      expect(trainingFailure(answer, 409).message).toContain('at most 5,000')
    }
    expect((await ask(world.ada, contract.getDataset, `/${id}`)).dataset).toEqual(before)

    // What leaves makes room for what comes, and what is there already needs none.
    const moved = await change(id, { include: [last, excluded[0]], exclude: [included[0]] })
    expect(moved.selection.include).toHaveLength(5_000)
    expect(moved.selection.exclude).toHaveLength(5_000)
    expect(moved.selection.exclude.at(-1)).toBe(included[0])
  })

  it('are refused where they are not said clearly', async () => {
    const { id } = await create(world.ada)
    const [one] = ids(1) as [string]
    expect(await refused(id, {})).toContain('must name a conversation')
    expect(await refused(id, { include: [], exclude: [] })).toContain('must name a conversation')
    expect(await refused(id, { include: [one], exclude: [one.toUpperCase()] })).toBe(
      'exclude must not name what another list names',
    )
    expect(await refused(id, { exclude: [one], forget: [one] })).toBe('forget must not name what another list names')
    expect(await refused(id, { include: ['a'] })).toContain('must be a valid UUID')
    expect(await refused(id, { forget: ids(5_001) })).toContain('must be at most 5000')
    expect(await refused(id, { include: [one], colour: 'blue' })).toContain('should not exist')
    const { selection } = (await ask(world.ada, contract.getDataset, `/${id}`)).dataset
    expect(selection).toMatchObject({ include: [], exclude: [] })
  })
})

describe('a version', () => {
  it('holds what the selection has, on one side each, with its tokens, and says why it left out the rest', async () => {
    const person = await newPerson()
    const kept = await seedMany(person, 8)
    const copy = await seed(person, { text: said(0), columns: { created_at: new Date('2026-02-01') } })
    const nearCopy = await seed(person, { text: said(1, 5), columns: { created_at: new Date('2026-02-01') } })
    const short = await seed(person, { text: 'short', columns: { turn_count: 1 } })
    await seed(person, { text: said(100), columns: { status: 'rejected' } })
    await seed(person, { text: said(101), columns: { tier: 'edge_case' } })
    const { id } = await create(person, {}, { filter: { tier: 'template' } })

    const version = await frozen(person, id)
    expect(version).toMatchObject({
      version: 1,
      status: 'completed',
      erased: 0,
      error: null,
      progress: { total: 11, processed: 11, percentage: 100 },
      counts: {
        selected: 11,
        kept: 8,
        dropped: { too_few_turns: 1, too_many_turns: 0, too_long: 0, duplicate: 1, near_duplicate: 1 },
        clusters: 2,
        moved: 0,
      },
    })
    const items = await itemsOf(person, id, 1)
    expect(items.filter(({ split }) => split !== null).map((item) => item.conversation_id)).toEqual(kept.toSorted())
    const reasons = Object.fromEntries(items.map((item) => [item.conversation_id, item.dropped]))
    expect(reasons).toMatchObject({ [copy]: 'duplicate', [nearCopy]: 'near_duplicate', [short]: 'too_few_turns' })
    expect(items.map((item) => item.conversation_id)).toEqual(items.map((item) => item.conversation_id).toSorted())
    // 300 words that no vocabulary has are more tokens than words.
    const tokens = items.find((item) => item.conversation_id === kept[0])!.tokens
    expect(tokens).toBeGreaterThan(300)
    const { splits, tokens: all } = version.counts!
    const total = splits.train.tokens + splits.validation.tokens + splits.test.tokens
    expect(all).toMatchObject({ encoding: 'o200k_base', total, longest: expect.any(Number) })
    expect(all.models).toContainEqual({
      model: 'GPT-4o',
      context_tokens: 65_536,
      is_estimate: false,
      conversations_too_long: 0,
    })
    expect(splits.train.share + splits.validation.share + splits.test.share).toBeCloseTo(1)
  })

  it('has items of one split, or of one reason, page by page', async () => {
    const person = await newPerson()
    await seedMany(person, 12)
    const { id } = await create(person, { splits: { train: 0.5, validation: 0.5, test: 0 } })
    const { counts } = await frozen(person, id)
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query = `?split=train&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`
      const page: ReplyOf<typeof contract.listItems> = await ask(
        person,
        contract.listItems,
        `/${id}/versions/1/items${query}`,
      )
      for (const item of page.items) expect(item.split).toBe('train')
      found.push(...page.items.map((item) => item.conversation_id))
      cursor = page.next_cursor
    }
    expect(new Set(found).size).toBe(counts!.splits.train.conversations)
    expect(await itemsOf(person, id, 1, '?dropped=too_long')).toEqual([])
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/1/items?split=train&dropped=too_long`), 400)
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/1/items?cursor=nonsense`), 400)
  })

  it('names its groups of conversations that say the same, or nearly, with how alike they are', async () => {
    const person = await newPerson()
    const first = await seed(person, { text: said(7) })
    const later = { created_at: new Date('2026-02-01') }
    const same = await seed(person, { text: said(7), columns: later })
    const near = await seed(person, { text: said(7, 6), columns: later })
    await seedMany(person, 3, 50)
    const { id } = await create(person, { duplicates: 'keep' })
    const version = await frozen(person, id)
    expect(version.counts).toMatchObject({ kept: 6, clusters: 1, dropped: { duplicate: 0, near_duplicate: 0 } })
    const { clusters } = await ask(person, contract.listClusters, `/${id}/versions/1/duplicates`)
    expect(clusters).toHaveLength(1)
    expect(clusters[0]).toMatchObject({ cluster_id: first, conversations: 3 })
    const similarities = Object.fromEntries(clusters[0]!.items.map((item) => [item.conversation_id, item.similarity]))
    expect(similarities[first]).toBeNull()
    expect(similarities[same]).toBe(1)
    expect(similarities[near]).toBeGreaterThan(0.85)
    expect(similarities[near]).toBeLessThan(1)
    expect(new Set(clusters[0]!.items.map(({ split }) => split)).size).toBe(1)
  })

  it('puts what was taken from one conversation on one side', async () => {
    const person = await newPerson()
    const { id: source } = await world.seedConversation(person, { columns: { status: 'rejected' } })
    const columns = { source_id: source, origin: 'taken' }
    for (let number = 0; number < 12; number++) await seed(person, { text: said(number), columns })
    const { id } = await create(person, { splits: { train: 0.4, validation: 0.3, test: 0.3 } })
    await frozen(person, id)
    expect(new Set((await itemsOf(person, id, 1)).map(({ split }) => split)).size).toBe(1)
  })

  it('keeps everybody where they were when conversations are added', async () => {
    const person = await newPerson()
    await seedMany(person, 20)
    const { id } = await create(person, { splits: { train: 0.5, validation: 0.3, test: 0.2 } })
    await frozen(person, id)
    await seedMany(person, 20, 20)
    // Nearly what one of the first says: it goes where that one is.
    await seed(person, { text: said(3, 4), columns: { created_at: new Date('2025-01-01') } })
    const { settings } = (await ask(person, contract.getDataset, `/${id}`)).dataset
    await ask(person, contract.changeDataset, `/${id}`, { settings: { ...settings, duplicates: 'keep' } })
    const { counts } = await frozen(person, id)
    expect(counts).toMatchObject({ kept: 41, moved: 0, clusters: 1 })
    const { counts: changes } = await ask(person, contract.diffVersions, `/${id}/versions/2/diff`)
    expect(changes).toEqual({ added: 21, removed: 0, changed: 0, moved: 0, unchanged: 20 })
  })

  it('is told from another: what was added, removed, changed and moved', async () => {
    const person = await newPerson()
    const [stays, goes, edited] = (await seedMany(person, 3)) as [string, string, string]
    const settings = { splits: { train: 1, validation: 0, test: 0 } }
    const { id } = await create(person, settings)
    await frozen(person, id)
    const comes = await seed(person, { text: said(9) })
    await world.rows(`update training_conversations set status = 'rejected' where conversation_id = $1`, [goes])
    await world.rows(
      `insert into training_revisions (conversation_id, owner_id, revision, content, content_hash, reason, created_at)
       select conversation_id, owner_id, 2, content, content_hash || '\\x00', 'edited', created_at
       from training_revisions where conversation_id = $1`,
      [edited],
    )
    await world.rows(`update training_conversations set revision = 2 where conversation_id = $1`, [edited])
    await frozen(person, id)
    const diff = await ask(person, contract.diffVersions, `/${id}/versions/2/diff?with=1`)
    expect(diff.counts).toEqual({ added: 1, removed: 1, changed: 1, moved: 0, unchanged: 1 })
    const changes = Object.fromEntries(diff.changes.map((each) => [each.conversation_id, each]))
    expect(changes[comes]).toMatchObject({ change: 'added', from: null, to: { revision: 1, split: 'train' } })
    expect(changes[goes]).toMatchObject({ change: 'removed', from: { revision: 1, split: 'train' }, to: null })
    expect(changes[edited]).toMatchObject({ change: 'changed', from: { revision: 1 }, to: { revision: 2 } })
    expect(changes[stays]).toBeUndefined()

    await ask(person, contract.changeDataset, `/${id}`, { settings: { splits: { train: 0, validation: 1, test: 0 } } })
    const { counts } = await frozen(person, id)
    expect(counts!.moved).toBe(3)
    const moved = await ask(person, contract.diffVersions, `/${id}/versions/3/diff?with=2&limit=2`)
    expect(moved.counts).toMatchObject({ moved: 3, unchanged: 0 })
    expect(moved.changes).toHaveLength(2)
    const rest = await ask(
      person,
      contract.diffVersions,
      `/${id}/versions/3/diff?with=2&limit=2&cursor=${moved.next_cursor}`,
    )
    expect(rest).toMatchObject({ counts: moved.counts, changes: [{ change: 'moved' }], next_cursor: null })
  })

  it('stays as it was when a conversation is changed', async () => {
    const person = await newPerson()
    const [conversation] = (await seedMany(person, 2)) as [string, string]
    const { id } = await create(person)
    await frozen(person, id)
    const before = await itemsOf(person, id, 1)
    const path = `/api/training/conversations/${conversation}`
    expect(await person.request('PATCH', path, { title: 'Another title' })).toMatchObject({ status: 200 })
    const edit = { revision: 1, content: 'Something better.' }
    expect(await person.request('PATCH', `${path}/turns/2`, edit)).toMatchObject({ status: 200 })
    expect(await itemsOf(person, id, 1)).toEqual(before)
    await frozen(person, id)
    const after = (await itemsOf(person, id, 2)).find((item) => item.conversation_id === conversation)
    expect(after).toMatchObject({ title: 'Another title', revision: 2 })
  })

  it('forgets what is erased, and says how many were', async () => {
    const person = await newPerson()
    const [gone, stays] = (await seedMany(person, 2)) as [string, string]
    const { id } = await create(person)
    await frozen(person, id)
    expect((await person.request('DELETE', `/api/training/conversations/${gone}`)).status).toBeLessThan(300)
    const { version } = await ask(person, contract.getVersion, `/${id}/versions/1`)
    expect(version).toMatchObject({ status: 'completed', erased: 1, counts: { kept: 2 } })
    const items = await itemsOf(person, id, 1)
    expect(items.find((item) => item.conversation_id === gone)).toMatchObject({ revision: null, title: null })
    expect(items.find((item) => item.conversation_id === stays)).toMatchObject({ revision: 1, title: 'A budget' })
    const [{ facts }] = await world.rows('select facts from dataset_items where conversation_id = $1', [gone])
    expect(facts).toEqual({})
  })

  it('of nothing fails, and says why', async () => {
    const person = await newPerson()
    const { id } = await create(person)
    expect(await frozen(person, id)).toMatchObject({ status: 'failed', error: { code: 'dataset.empty' }, counts: null })
    await seed(person, { text: 'short', columns: { turn_count: 1 } })
    expect(await frozen(person, id)).toMatchObject({ version: 2, status: 'failed', error: { code: 'dataset.empty' } })
    expect(await world.rows('select from dataset_items where dataset_id = $1', [id])).toHaveLength(0)
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/2/items`), 409)
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/2/duplicates`), 409)
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/2/diff?with=1`), 409)
  })

  it('takes those that are named, and never those that are left out by name', async () => {
    const person = await newPerson()
    const [one, two, three] = (await seedMany(person, 3)) as [string, string, string]
    const foreign = await seed(world.ada, { text: said(77) })
    const { id } = await create(person, {}, { include: [one, two, foreign, randomUUID()], exclude: [two] })
    await frozen(person, id)
    expect((await itemsOf(person, id, 1)).map((item) => item.conversation_id)).toEqual([one])
    await ask(person, contract.changeDataset, `/${id}`, { selection: { filter: {}, exclude: [three] } })
    await frozen(person, id)
    expect((await itemsOf(person, id, 2)).map((item) => item.conversation_id)).toEqual([one, two].toSorted())
  })

  it('that another worker has is cancelled, and leaves nothing; one that has ended stays as it is', async () => {
    const person = await newPerson()
    const [conversation] = (await seedMany(person, 1)) as [string]
    const { id } = await create(person)
    await world.rows(`update datasets set latest_version = 1 where dataset_id = $1`, [id])
    await world.rows(
      `insert into dataset_versions (dataset_id, version, owner_id, selection, settings, status, lease_id, leased_until, created_at)
       select dataset_id, 1, owner_id, selection, settings, 'processing', gen_random_uuid(), now() + interval '1 hour', now()
       from datasets where dataset_id = $1`,
      [id],
    )
    await world.rows(
      `insert into dataset_items (dataset_id, version, owner_id, conversation_id, revision, split, facts, turn_count,
         token_count, group_id)
       values ($1, 1, $2, $3, 1, 'train', '{}', 4, 4, $3)`,
      [id, person.id, conversation],
    )
    trainingFailure(await person.request('GET', `${DATASETS}/${id}/versions/1/items`), 409)
    const { version } = await ask(person, contract.cancelVersion, `/${id}/versions/1/cancel`)
    expect(version).toMatchObject({ status: 'cancelled', counts: null })
    expect(await world.rows('select from dataset_items where dataset_id = $1', [id])).toHaveLength(0)

    const done = await frozen(person, id)
    expect(done).toMatchObject({ version: 2, status: 'completed' })
    expect((await ask(person, contract.cancelVersion, `/${id}/versions/2/cancel`)).version).toEqual(done)
    expect(await itemsOf(person, id, 2)).toHaveLength(1)
    const { versions } = await ask(person, contract.listVersions, `/${id}/versions`)
    expect(versions.map(({ version: number, status }) => [number, status])).toEqual([
      [2, 'completed'],
      [1, 'cancelled'],
    ])
  })

  it('is refused while ten of a person wait', async () => {
    const person = await newPerson()
    const { id } = await create(person)
    await world.rows(
      `insert into dataset_versions (dataset_id, version, owner_id, selection, settings, status, lease_id, leased_until, created_at)
       select dataset_id, number, owner_id, selection, settings, 'processing', gen_random_uuid(), now() + interval '1 hour', now()
       from datasets, generate_series(1, 10) number where dataset_id = $1`,
      [id],
    )
    const answer = await person.request('POST', `${DATASETS}/${id}/versions`)
    trainingFailure(answer, 429)
    expect(answer.headers.get('retry-after')).toBe('10')
  })
})

describe('a preview', () => {
  it('says what would be left out, and freezes nothing', async () => {
    const person = await newPerson()
    await seedMany(person, 4)
    await seed(person, { text: said(0) })
    await seed(person, { text: said(1, 5) })
    await seed(person, { text: 'short', columns: { turn_count: 1 } })
    const { id } = await create(person)
    const preview = await ask(person, contract.previewDataset, `/${id}/preview`, {})
    expect(preview).toMatchObject({
      selected: 7,
      kept: 4,
      dropped: { too_few_turns: 1, too_many_turns: 0, too_long: 0, duplicate: 1, near_duplicate: 1 },
    })
    const { settings } = (await ask(person, contract.getDataset, `/${id}`)).dataset
    const other = { settings: { ...settings, duplicates: 'keep', min_turns: 1, max_turns: 3 } }
    expect(await ask(person, contract.previewDataset, `/${id}/preview`, other)).toMatchObject({
      selected: 7,
      kept: 1,
      dropped: { too_few_turns: 0, too_many_turns: 6, duplicate: 0, near_duplicate: 0 },
    })
    expect((await ask(person, contract.getDataset, `/${id}`)).dataset.latest_version).toBe(0)
  })
})
