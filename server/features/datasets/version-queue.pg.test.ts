/** What the queue of versions guarantees in a real database: one worker each, and nothing of a worker that has died. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import {
  createTestDatabase,
  openTestDoor,
  seedPerson,
  type SeededPerson,
  type TestDatabase,
} from '#test/support/database.ts'
import { seedTraining } from '#test/support/training-seeds.ts'
import type { Settings } from './dataset.ts'
import { pgDatasetStore } from './dataset-store.pg.ts'
import type { DatasetStore, LeasedVersion, NewItem, VersionQueue } from './dataset-store.ts'
import { pgVersionQueue } from './version-queue.pg.ts'

let database: TestDatabase
let door: Door
let store: DatasetStore
let queue: VersionQueue
let person: SeededPerson
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database, undefined, { max: 10 })
  store = pgDatasetStore(door)
  queue = pgVersionQueue(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
beforeEach(async () => {
  await database.owner.query('delete from datasets')
  person = await seedPerson(database.owner)
})

const settings: Settings = {
  splits: { train: 0.5, validation: 0.5, test: 0 },
  seed: '0',
  duplicates: 'drop',
  nearDuplicateThreshold: null,
  maxTokens: null,
  minTurns: 2,
  maxTurns: null,
  onlyApproved: false,
}
const now = new Date('2026-03-01')

const dataset = async (): Promise<string> => {
  const id = randomUUID()
  const selection = { filter: {}, include: [], exclude: [] }
  const given = {
    id,
    name: 'D',
    description: null,
    selection,
    settings,
    latestVersion: 0,
    createdAt: now,
    updatedAt: now,
  }
  expect(await store.create(person.actor, given)).toBe(true)
  return id
}
/** A version that waits. */
const waiting = async (datasetId?: string) => {
  const version = await store.addVersion(person.actor, datasetId ?? (await dataset()), now)
  expect(version).toMatchObject({ status: 'queued' })
}
const claimed = async (): Promise<LeasedVersion> => {
  const version = await queue.claim(randomUUID())
  expect(version).toBeDefined()
  return version!
}
const itemOf = (id: string, over: Partial<NewItem> = {}): NewItem => ({
  id,
  revision: 1,
  split: 'train',
  dropped: null,
  turnCount: 4,
  tokenCount: 50,
  groupId: id,
  clusterId: null,
  similarity: null,
  ...over,
})
const conversation = async () => (await seedTraining(database.owner, person.userId)).id
const statusOf = async (version: LeasedVersion) => (await store.findVersion(person.actor, version))!.status
const itemCount = async (): Promise<number> => (await database.owner.query('select from dataset_items')).rows.length
/** As if the worker had been silent for so long. */
const age = () =>
  database.owner.query(`update dataset_versions set leased_until = leased_until - interval '31 seconds'`)

describe('a version that waits', () => {
  it('is handed to one of many workers that race', async () => {
    for (let each = 0; each < 6; each++) await waiting()
    const claims = await Promise.all(Array.from({ length: 20 }, () => queue.claim(randomUUID())))
    const handed = claims.filter((version) => version !== undefined)
    expect(handed).toHaveLength(6)
    expect(new Set(handed.map(({ datasetId }) => datasetId)).size).toBe(6)
  })

  it('of somebody who has none being frozen comes before the many of another', async () => {
    const busy = person
    for (let each = 0; each < 3; each++) await waiting()
    expect(await claimed()).toMatchObject({ ownerId: busy.userId })
    person = await seedPerson(database.owner)
    await waiting()
    expect(await claimed()).toMatchObject({ ownerId: person.userId })
  })
})

describe('a worker that has died', () => {
  it('leaves nothing to the next one, and can no longer write or end anything', async () => {
    await waiting()
    const dead = await claimed()
    expect(await queue.addItems(dead, [itemOf(await conversation())])).toBe(true)
    await age()
    expect(await queue.renew([dead.leaseId])).toEqual([])
    expect(await queue.reap()).toBe(1)
    const next = await claimed()
    expect(next).toMatchObject({ datasetId: dead.datasetId, version: 1 })
    expect(await itemCount()).toBe(0)
    expect(await queue.addItems(dead, [itemOf(await conversation())])).toBe(false)
    expect(await queue.complete(dead, { former: undefined, contextSizes: [] })).toBe(false)
    await queue.fail(dead, 'server.internal')
    await queue.putBack(dead)
    expect(await statusOf(next)).toBe('processing')
  })

  it('for the third time over one version lets that fail', async () => {
    await waiting()
    for (let losses = 1; losses <= 3; losses++) {
      const version = await claimed()
      expect(await queue.addItems(version, [itemOf(await conversation())])).toBe(true)
      await age()
      expect(await queue.reap()).toBe(1)
      expect(await itemCount()).toBe(0)
      expect(await store.findVersion(person.actor, version)).toMatchObject(
        losses < 3 ? { status: 'queued', errorCode: null } : { status: 'failed', errorCode: 'dataset.lost' },
      )
    }
    expect(await queue.claim(randomUUID())).toBeUndefined()
  })

  it('is told from one that shuts down, which puts its version back as often as it likes', async () => {
    await waiting()
    for (let times = 0; times < 5; times++) await queue.putBack(await claimed())
    expect(await claimed()).toBeDefined()
    expect(await queue.reap()).toBe(0)
    expect(await queue.reap({ all: true })).toBe(1)
  })
})

describe('a version that is frozen', () => {
  it('counts what was written, to the last token', async () => {
    await waiting()
    const version = await claimed()
    const [one, two, three, four] = [
      await conversation(),
      await conversation(),
      await conversation(),
      await conversation(),
    ]
    await queue.addItems(version, [
      itemOf(one, { tokenCount: 5_000, clusterId: one }),
      itemOf(two, { split: null, dropped: 'near_duplicate', tokenCount: 9_000, clusterId: one, similarity: 0.9 }),
    ])
    await queue.addItems(version, [itemOf(three, { split: 'validation', turnCount: 6 }), itemOf(four)])
    expect(await queue.complete(version, { former: undefined, contextSizes: [49, 50, 4_999, 5_000] })).toBe(true)
    expect(await store.findVersion(person.actor, version)).toMatchObject({
      status: 'completed',
      done: 4,
      total: 4,
      counts: {
        selected: 4,
        dropped: { too_few_turns: 0, too_many_turns: 0, too_long: 0, duplicate: 0, near_duplicate: 1 },
        splits: {
          train: { conversations: 2, turns: 8, tokens: 5_050 },
          validation: { conversations: 1, turns: 6, tokens: 50 },
          test: { conversations: 0, turns: 0, tokens: 0 },
        },
        clusters: 1,
        moved: 0,
        longestTokens: 5_000,
        longerThan: [
          { tokens: 49, conversations: 3 },
          { tokens: 50, conversations: 1 },
          { tokens: 4_999, conversations: 1 },
          { tokens: 5_000, conversations: 0 },
        ],
      },
    })
    expect(await queue.complete(version, { former: undefined, contextSizes: [] })).toBe(false)
  })

  it('does not hold what was erased while it was being made, nor what is somebody else’s', async () => {
    await waiting()
    const version = await claimed()
    const erased = await conversation()
    await database.owner.query('delete from conversations where conversation_id = $1', [erased])
    const foreign = (await seedTraining(database.owner, (await seedPerson(database.owner)).userId)).id
    const own = await conversation()
    expect(await queue.addItems(version, [itemOf(erased), itemOf(foreign), itemOf(own)])).toBe(true)
    expect(await queue.complete(version, { former: undefined, contextSizes: [] })).toBe(true)
    const items = await store.listItems(person.actor, version, { limit: 10 })
    expect(items.map(({ conversationId }) => conversationId)).toEqual([own])
  })

  it('gives rows as they were then, whatever was changed since, and none of what was erased since', async () => {
    const ids = [await conversation(), await conversation(), await conversation()].toSorted()
    await waiting()
    const version = await claimed()
    await queue.addItems(
      version,
      ids.map((id, index) => itemOf(id, { split: index === 1 ? 'validation' : 'train' })),
    )
    await queue.complete(version, { former: undefined, contextSizes: [] })
    const read = (split?: 'train') => store.readRows(person.actor, version, { split, limit: 10 })
    const before = await read()
    expect(before.map(({ row, split, tokens }) => [row.id, row.title, row.revision, split, tokens])).toEqual([
      [ids[0], 'A budget', 1, 'train', 50],
      [ids[1], 'A budget', 1, 'validation', 50],
      [ids[2], 'A budget', 1, 'train', 50],
    ])
    await database.owner.query(
      `update training_conversations set title = 'Changed', tier = 'edge_case', status = 'rejected', quality_score = 1,
         empathy_score = 2, review_notes = 'No.', reviewed_at = now(), revision = 1`,
    )
    expect(await read()).toEqual(before)
    await database.owner.query('delete from conversations where conversation_id = $1', [ids[0]])
    expect(await read()).toEqual(before.slice(1))
    expect((await read('train')).map(({ row }) => row.id)).toEqual([ids[2]])
    expect(await store.findVersion(person.actor, version)).toMatchObject({ erased: 1 })
    expect(await store.readRows((await seedPerson(database.owner)).actor, version, { limit: 10 })).toEqual([])
  })
})
