/** What is promised of training conversations whatever happens in between: revisions, messages, totals and files. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import { systemClock } from '#kernel/clock.ts'
import { newUuid } from '#kernel/ids.ts'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, seedPerson, type TestDatabase } from '#test/support/database.ts'
import { sampleTurns, seedTraining } from '#test/support/training-seeds.ts'
import { parsedRow, type TrainingContent } from './content.ts'
import type { TrainingStore } from './training-store.ts'
import { pgTrainingStore } from './training-store.pg.ts'
import { makeTrainings, type Trainings } from './trainings.ts'
import { startWritingFiles } from './write-files.job.ts'

let database: TestDatabase
let door: Door
let store: TrainingStore
let ada: Actor
let grace: Actor
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  store = pgTrainingStore(door)
  ada = (await seedPerson(database.owner)).actor
  grace = (await seedPerson(database.owner)).actor
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

/** What is put, and what happens right before it is there. */
let kept: Map<string, Buffer>
let onPut: (key: string) => Promise<void>
let writing: number
let problems: unknown[]
let trainings: Trainings
beforeEach(() => {
  kept = new Map()
  onPut = async () => {}
  writing = 0
  problems = []
  trainings = makeTrainings({
    store,
    blobs: {
      async put(key, content) {
        expect(++writing, 'writers of one file at once').toBe(1)
        try {
          await onPut(key)
          kept.set(key, Buffer.from((content as { bytes: Uint8Array }).bytes))
        } finally {
          writing--
        }
      },
      open: async (key) => (kept.has(key) ? Readable.from([kept.get(key)!]) : undefined),
      async deleteAll(key) {
        kept.delete(key)
      },
    },
    countTokens: async ({ turns }) => turns.length * 10,
    clock: systemClock,
    newId: newUuid,
    onError: (error) => problems.push(error),
  })
})

const given = { title: 'A budget', tier: 'template', origin: 'generated' } as const
const saying = (text: string): TrainingContent => ({ turns: sampleTurns(text) })
const fileKey = (id: string, actor = ada) => `conversation-files/${actor.userId}/${id}/conversation.json`
const fileOf = (id: string) => JSON.parse(kept.get(fileKey(id))!.toString())
const answerIn = (id: string) => fileOf(id).training_pairs[1].target_response
const rowOf = async (id: string) =>
  (await database.owner.query('select * from training_conversations where conversation_id = $1', [id])).rows[0]
const messagesOf = async (id: string): Promise<string[]> =>
  (
    await database.owner.query('select content from messages where conversation_id = $1 order by created_at', [id])
  ).rows.map(({ content }) => content)
const endLease = (id: string) =>
  database.owner.query(`update training_conversations set file_lease_until = now() where conversation_id = $1`, [id])

describe('a conversation that is begun', () => {
  it('says nothing, and may be begun again until it does', async () => {
    const id = await trainings.begin(ada, given)
    await trainings.fail(ada, id, 'parse_failed', { error: 'no JSON' })
    expect(await store.find(ada, id)).toMatchObject({
      revision: 0,
      processingStatus: 'parse_failed',
      requiresManualReview: true,
      validationReport: { error: 'no JSON' },
    })
    await trainings.begin(ada, { ...given, id })
    expect(await store.find(ada, id)).toMatchObject({ revision: 0, processingStatus: 'processing' })
    await trainings.keepContent(ada, id, saying('rent'), { reason: 'generated', parseMethod: 'direct' })
    await trainings.begin(ada, { ...given, id })
    await trainings.fail(ada, id, 'failed')
    expect(await store.find(ada, id)).toMatchObject({
      revision: 1,
      processingStatus: 'completed',
      parseMethod: 'direct',
    })
  })

  it('is never taken by beginning one with its id: it stays as it is', async () => {
    const id = await trainings.begin(ada, given)
    await trainings.begin(grace, { ...given, id, title: 'Mine' })
    await expect(trainings.keepContent(grace, id, saying('rent'), { reason: 'generated' })).rejects.toMatchObject({
      code: 'conversation.not_found',
    })
    await trainings.fail(grace, id, 'failed')
    expect(await trainings.storeRaw(grace, { ...given, id }, Buffer.from('{}'))).toBe(false)
    expect([...kept.keys()]).toEqual([])
    expect(await rowOf(id)).toMatchObject({ owner_id: ada.userId, title: 'A budget', processing_status: 'processing' })
  })

  it('has its raw answer byte for byte, however often it is stored', async () => {
    const id = randomUUID()
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
    for (let time = 0; time < 2; time++) expect(await trainings.storeRaw(ada, { ...given, id }, bytes)).toBe(true)
    expect(await trainings.readRaw(ada, id)).toEqual(bytes)
    expect(await rowOf(id)).toMatchObject({
      processing_status: 'raw_stored',
      raw_response_path: `raw/${ada.userId}/${id}.json`,
      raw_response_size: '4',
    })
    expect(await trainings.readRaw(ada, randomUUID())).toBeUndefined()
  })

  it('leaves no raw answer when it is deleted while that is stored', async () => {
    const id = randomUUID()
    onPut = async () => void (await store.remove(ada, id, new Date()))
    expect(await trainings.storeRaw(ada, { ...given, id }, Buffer.from('{}'))).toBe(false)
    expect([...kept.keys()]).toEqual([])
  })
})

describe('what is kept', () => {
  it('is a revision, its messages, its search words and its file', async () => {
    const id = await trainings.add(ada, given, saying('the rent'), { reason: 'imported' })
    expect(await store.find(ada, id)).toMatchObject({
      revision: 1,
      turnCount: 4,
      tokenCount: 40,
      processingStatus: 'completed',
      filePath: `${ada.userId}/${id}/conversation.json`,
      fileSize: kept.get(fileKey(id))!.length,
    })
    expect(await messagesOf(id)).toEqual(sampleTurns('the rent').map(({ content }) => content))
    expect(fileOf(id).training_pairs).toHaveLength(4)
    expect(problems).toEqual([])
  })

  it.each([
    [[], 'must have a turn'],
    [[{ role: 'assistant', content: 'a\0b', train: true }], 'broken characters'],
    [[{ role: 'assistant', content: 'half \ud83d', train: true }], 'broken characters'],
    [[{ role: 'assistant', content: null, train: true }], 'in every turn'],
    [[{ role: 'user', content: 'x'.repeat(50_001), train: false }], '50000 characters in a turn'],
    [Array.from({ length: 1001 }, () => ({ role: 'user', content: 'x', train: false })), '1000 turns'],
    [
      Array.from({ length: 30 }, () => ({ role: 'user', content: 'x'.repeat(40_000), train: false })),
      '1000000 characters',
    ],
    [[...sampleTurns(), { role: 'system', content: 'x', train: false }], 'at its beginning only'],
  ] as [TrainingContent['turns'], string][])('is no content such as %#', async (turns, message) => {
    const id = await trainings.begin(ada, given)
    await expect(trainings.keepContent(ada, id, { turns }, { reason: 'edited' })).rejects.toMatchObject({
      code: 'training.wrong_content',
      message: expect.stringContaining(message),
    })
    expect((await rowOf(id)).revision).toBe(0)
  })

  it('by many at once is a revision each, and the messages of the last', async () => {
    const id = await trainings.begin(ada, given)
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store.keep(ada, id, revisionSaying(`number${index}`))),
    )
    expect(outcomes.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const { content } = (await store.findWithContent(ada, id))!
    expect(await messagesOf(id)).toEqual(content.turns.map((turn) => turn.content))
    const row = await database.owner.query('select message_count from conversations where conversation_id = $1', [id])
    expect(row.rows).toEqual([{ message_count: 4 }])
  })

  it('on top of a revision that is no longer the present one is not', async () => {
    const id = await trainings.add(ada, given, saying('one'), { reason: 'imported' })
    await trainings.keepContent(ada, id, saying('two'), { reason: 'edited', basedOn: 1 })
    await expect(
      trainings.keepContent(ada, id, saying('three'), { reason: 'edited', basedOn: 1 }),
    ).rejects.toMatchObject({ code: 'training.moved' })
    expect(answerIn(id)).toContain('two')
  })

  it('is read for exports in the order asked, without what is gone or somebody else’s', async () => {
    const one = await trainings.add(ada, given, saying('one'), { reason: 'imported' })
    await trainings.keepContent(ada, one, saying('changed'), { reason: 'edited' })
    const two = await trainings.add(ada, given, saying('two'), { reason: 'imported' })
    const foreign = await seedTraining(database.owner, grace.userId)
    const rows = await store.readRows(ada, [
      { id: two, revision: 1 },
      { id: foreign.id, revision: 1 },
      { id: one, revision: 1 },
      { id: randomUUID(), revision: 1 },
      { id: one, revision: 3 },
      { id: one, revision: 2 },
    ])
    expect(rows.map(({ id, revision }) => [id, revision])).toEqual([
      [two, 1],
      [one, 1],
      [one, 2],
    ])
    expect(parsedRow(rows[1]!).content).toEqual(saying('one'))
  })
})

const revisionSaying = (text: string) => ({
  content: saying(text),
  reason: 'edited' as const,
  tokenCount: 1,
  qualityScore: 7,
  requiresManualReview: false,
  now: new Date(),
})

describe('the final file', () => {
  it('that could not be written is written by the sweep, once nobody can be at it any more', async () => {
    onPut = async () => {
      throw new Error('the disk is full')
    }
    const id = await trainings.add(ada, given, saying('rent'), { reason: 'imported' })
    expect(problems).toHaveLength(1)
    expect((await store.find(ada, id))!.filePath).toBeNull()
    onPut = async () => {}
    await trainings.writeDueFiles()
    expect(kept.has(fileKey(id))).toBe(false)
    await endLease(id)
    await trainings.writeDueFiles()
    expect(answerIn(id)).toContain('rent')
    expect(await store.listDueFiles(10)).toEqual([])
  })

  it('of a server that died is written by the next one at once, where that is alone', async () => {
    const id = await trainings.begin(ada, given)
    await store.keep(ada, id, revisionSaying('rent'))
    await store.claimFile(ada, id)
    const needs = { store, trainings, onError: (error: unknown) => problems.push(error) }
    await (await startWritingFiles({ ...needs, isAlone: false })).stop()
    expect(kept.has(fileKey(id))).toBe(false)
    const begun = await startWritingFiles({ ...needs, isAlone: true })
    await vi.waitFor(() => expect(kept.has(fileKey(id))).toBe(true), 10_000)
    await begun.stop()
    expect(problems).toEqual([])
  })

  it('that can not be written keeps none of the others from it', async () => {
    const [bad, good] = [await trainings.begin(ada, given), await trainings.begin(ada, given)]
    for (const id of [bad, good]) await store.keep(ada, id, revisionSaying('rent'))
    onPut = async (key) => {
      if (key === fileKey(bad)) throw new Error('no')
    }
    await trainings.writeDueFiles()
    expect([kept.has(fileKey(bad)), kept.has(fileKey(good)), problems.length]).toEqual([false, true, 1])
    onPut = async () => {}
    await endLease(bad)
    await trainings.writeDueFiles()
  })

  it('tells of a change that came while it was written, and two never write it at once', async () => {
    const id = await trainings.add(ada, given, saying('first'), { reason: 'imported' })
    const changes = ['second', 'third', 'fourth']
    onPut = async () => {
      const next = changes.shift()
      if (next !== undefined) await trainings.keepContent(ada, id, saying(next), { reason: 'edited' })
    }
    await trainings.keepContent(ada, id, saying('begun'), { reason: 'edited' })
    expect(answerIn(id)).toContain('fourth')
    const row = await rowOf(id)
    expect(row).toMatchObject({ revision: 5, file_written: row.file_due, file_lease_until: null })
  })

  it('is that of the last of many changes at once', async () => {
    const id = await trainings.add(ada, given, saying('first'), { reason: 'imported' })
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        trainings.keepContent(ada, id, saying(`number${index}`), { reason: 'edited' }),
      ),
    )
    await trainings.writeFile(ada, id)
    const { content } = (await store.findWithContent(ada, id))!
    expect(answerIn(id)).toBe(content.turns[1]!.content)
  })

  it('does not stay when the conversation is deleted while it is written', async () => {
    const id = await trainings.begin(ada, given)
    onPut = () => trainings.remove(ada, id)
    await trainings.keepContent(ada, id, saying('rent'), { reason: 'generated' })
    expect([...kept.keys()]).toEqual([])
  })

  it('and the raw one are swept after a deletion, though not before whoever writes must have ended', async () => {
    const id = await trainings.begin(ada, given)
    await store.keep(ada, id, revisionSaying('rent'))
    await store.claimFile(ada, id)
    const { rows: before } = await database.owner.query('select now()')
    await trainings.remove(ada, id)
    const { rows } = await database.owner.query(
      'select blob_key, doomed_at from doomed_blobs where blob_key like $1 order by blob_key',
      [`%${id}%`],
    )
    expect(rows.map((row) => row.blob_key)).toEqual([fileKey(id), `conversation-files/raw/${ada.userId}/${id}.json`])
    for (const row of rows) expect(row.doomed_at.getTime() - before[0].now.getTime()).toBeGreaterThan(50_000)
  })
})

describe('the totals', () => {
  it('are what counting gives, after whatever was done', async () => {
    const { actor } = await seedPerson(database.owner)
    const ids: string[] = []
    const tiers = ['template', 'scenario', 'edge_case'] as const
    for (let index = 0; index < 12; index++)
      ids.push(
        await trainings.add(actor, { ...given, tier: tiers[index % 3]! }, saying(`n${index}`), { reason: 'imported' }),
      )
    ids.push(await trainings.begin(actor, given))
    const now = new Date()
    await store.review(actor, ids[0]!, { status: 'rejected', notes: 'No.', now })
    await store.change(actor, ids[1]!, { tier: 'edge_case', now })
    await store.keep(actor, ids[2]!, { ...revisionSaying('again'), qualityScore: 3.3 })
    await store.changeMany(actor, { ids: ids.slice(3, 7) }, { action: 'approve' }, { limit: 500, now })
    await store.changeMany(
      actor,
      { filter: { status: 'approved' } },
      { action: 'set_tier', tier: 'scenario' },
      { limit: 2, now },
    )
    await store.changeMany(actor, { ids: ids.slice(5, 9) }, { action: 'delete' }, { limit: 500, now })
    await trainings.remove(actor, ids[9]!)
    const counted = await database.owner.query(
      `select status, tier, count(*)::int as total, count(quality_score)::int as scored, coalesce(sum(quality_score::numeric), 0)::float8 as "scoreSum"
       from training_conversations where owner_id = $1 group by 1, 2 order by 1, 2`,
      [actor.userId],
    )
    expect(await store.totals(actor)).toEqual(counted.rows)
    expect(counted.rows.length).toBeGreaterThan(3)
  })

  it('go with the account, with everything else of it', async () => {
    const { actor } = await seedPerson(database.owner)
    const id = await trainings.add(actor, given, saying('rent'), { reason: 'imported' })
    await store.saveProfile(
      actor,
      {
        name: 'E',
        business: 'P',
        expertise: 'x',
        yearsExperience: 1,
        principles: [],
        tone: 't',
        techniques: [],
        avoid: [],
      },
      new Date(),
    )
    await database.owner.query('delete from users where user_id = $1', [actor.userId])
    for (const table of [
      'training_conversations',
      'training_revisions',
      'training_totals',
      'training_log',
      'consultant_profiles',
    ]) {
      const { rows } = await database.owner.query(`select from ${table} where owner_id = $1`, [actor.userId])
      expect(rows, table).toEqual([])
    }
    const { rows } = await database.owner.query('select from doomed_blobs where blob_key like $1', [`%${id}%`])
    expect(rows).toHaveLength(2)
  })
})

it('a search finds what is the person’s own only, by indexes that no row-level security hides', async () => {
  const word = `w${randomUUID().replaceAll('-', '')}`
  const own = await trainings.add(ada, given, saying(word), { reason: 'imported' })
  await trainings.add(grace, given, saying(word), { reason: 'imported' })
  const found = await store.list(ada, {
    filter: { text: word.slice(0, 20) },
    sort: 'created_at',
    direction: 'desc',
    limit: 10,
  })
  expect([found.items.map(({ id }) => id), found.total]).toEqual([[own], 1])
  const many = { filter: { text: word, tier: 'template' } } as const
  const change = () => store.changeMany(ada, many, { action: 'archive' }, { limit: 10, now: new Date() })
  expect(await change()).toEqual({ ids: [own], found: undefined })
  expect(await change()).toEqual({ ids: [], found: undefined })
})
