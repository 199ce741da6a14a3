/** What the database itself must guarantee about words that became training data: who may take them, and that nobody keeps them. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, seedPerson, type TestDatabase } from '#test/support/database.ts'
import { seedTeam, seedTeamMessage } from '#test/support/team-seeds.ts'
import { sampleTurns, seedTraining } from '#test/support/training-seeds.ts'
import { hashContent, pgTrainingStore, type TrainingContent } from '../training/index.ts'
import { pgConsentStore } from './consent-store.pg.ts'
import type { ConsentStore } from './consent-store.ts'
import { pgSourceStore } from './source-store.pg.ts'
import type { SourceStore } from './source-store.ts'

let database: TestDatabase
let door: Door
let store: SourceStore
let consents: ConsentStore
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  store = pgSourceStore(door)
  consents = pgConsentStore(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

const now = new Date('2026-02-03T04:05:06.789Z')
const rows = async (sql: string, values: unknown[]) => (await database.owner.query(sql, values)).rows
const newActor = async (): Promise<Actor> => (await seedPerson(database.owner)).actor

/** A group that the first leads, a message of the second, whom the first has asked, and a training conversation that is begun. */
const openGroup = async () => {
  const [lead, bo] = [await newActor(), await newActor()]
  const sourceId = await seedTeam(database.owner, [{ userId: lead.userId }, { userId: bo.userId }])
  const messageId = await seedTeamMessage(database.owner, { conversationId: sourceId, senderId: bo.userId })
  const question = await consents.ask(lead, { id: randomUUID(), conversationId: sourceId, purpose: 'p', now })
  const trainingId = randomUUID()
  const begin = (by: Actor) =>
    pgTrainingStore(door).begin(by, { id: trainingId, title: 't', tier: 'scenario', origin: 'taken', sourceId, now })
  await begin(lead)
  const held = { trainingId, sourceId, words: [{ turnNumber: 1, messageId, personId: bo.userId }], now }
  return { lead, bo, sourceId, messageId, trainingId, held, requestId: question!.id }
}

describe('words are held', () => {
  it('of those who consented, and of nobody else', async () => {
    const { lead, bo, held, requestId } = await openGroup()
    expect(await store.holdWords(lead, held)).toBe(false)
    await consents.answer(bo, requestId, 'declined', now)
    expect(await store.holdWords(lead, held)).toBe(false)
    await consents.answer(bo, requestId, 'granted', now)
    expect(await store.holdWords(lead, held)).toBe(true)
  })

  it('by who was consented to only: another who leads must ask, too', async () => {
    const { bo, held, sourceId, requestId } = await openGroup()
    await consents.answer(bo, requestId, 'granted', now)
    const other = await newActor()
    await rows(
      `insert into members (conversation_id, user_id, role, joined_at, read_at) values ($1, $2, 'admin', now(), now())`,
      [sourceId, other.userId],
    )
    expect(await store.holdWords(other, held)).toBe(false)
    const { id: trainingId } = await seedTraining(database.owner, other.userId, { columns: { origin: 'taken' } })
    expect(await store.holdWords(other, { ...held, trainingId })).toBe(false)
  })

  it('while the message is there, and who takes it leads the conversation', async () => {
    const { lead, bo, held, messageId, sourceId, requestId } = await openGroup()
    await consents.answer(bo, requestId, 'granted', now)
    await rows(`update members set role = 'member' where user_id = $1 and conversation_id = $2`, [
      lead.userId,
      sourceId,
    ])
    expect(await store.holdWords(lead, held)).toBe(false)
    await rows(`update members set role = 'owner' where user_id = $1 and conversation_id = $2`, [lead.userId, sourceId])
    await rows(`update messages set content = '', deleted_at = now() where message_id = $1`, [messageId])
    expect(await store.holdWords(lead, held)).toBe(false)
  })

  it('or given back: of a taking and a withdrawal at once, none leaves words that are not to go', async () => {
    for (let round = 0; round < 10; round++) {
      const { lead, bo, held, trainingId, requestId } = await openGroup()
      await consents.answer(bo, requestId, 'granted', now)
      await Promise.all([store.holdWords(lead, held), consents.answer(bo, requestId, 'declined', now)])
      const left = 'select 1 from training_words where conversation_id = $1 and doomed_at is null'
      expect(await rows(left, [trainingId])).toEqual([])
    }
  })
})

describe('an erasure', () => {
  const erased: TrainingContent = { turns: sampleTurns().slice(2) }
  const revision = (content: TrainingContent) => ({
    content,
    reason: 'erased' as const,
    tokenCount: 1,
    qualityScore: 5,
    requiresManualReview: true,
    now,
  })
  const openTraining = async () => {
    const owner = await newActor()
    const { id } = await seedTraining(database.owner, owner.userId)
    for (const [turn_number, doomed_at] of [
      [1, now],
      [2, now],
      [3, null],
      [4, now],
    ] as const)
      await rows(
        `insert into training_words (conversation_id, owner_id, turn_number, message_id, taken_at, doomed_at)
         values ($1, $2, $3, gen_random_uuid(), now(), $4)`,
        [id, owner.userId, turn_number, doomed_at],
      )
    const plan = { trainingId: id, ownerId: owner.userId, basedOn: 1, contentHash: hashContent(erased) }
    return { owner, id, plan }
  }
  const wordsOf = (id: string) =>
    rows('select turn_number, doomed_at from training_words where conversation_id = $1 order by 1', [id])

  it('that was planned leaves one revision, and counts anew whose words are where: what came since stays to go', async () => {
    const { owner, id, plan } = await openTraining()
    await store.planErasure({ ...plan, turnNumbers: [1, 2], sealedMap: undefined })
    expect(await pgTrainingStore(door).keep(owner, id, revision(erased))).toBe(2)
    expect(await rows('select revision from training_revisions where conversation_id = $1', [id])).toEqual([
      { revision: 2 },
    ])
    expect(await wordsOf(id)).toEqual([
      { turn_number: 1, doomed_at: null },
      { turn_number: 2, doomed_at: now },
    ])
    expect(await store.findDoomed(id, 2)).toEqual([2])
    expect(await store.findDoomed(id, 1)).toBeUndefined()
  })

  it.each([
    ['nobody planned', undefined],
    ['was planned for another revision', { basedOn: 3 }],
    ['was planned to say something else', { contentHash: Buffer.alloc(32) }],
  ])('that %s changes nothing', async (_, planned) => {
    const { owner, id, plan } = await openTraining()
    if (planned !== undefined)
      await store.planErasure({ ...plan, turnNumbers: [1, 2], sealedMap: undefined, ...planned })
    await expect(pgTrainingStore(door).keep(owner, id, revision(erased))).rejects.toThrow()
    expect(await rows('select revision from training_revisions where conversation_id = $1', [id])).toEqual([
      { revision: 1 },
    ])
    expect(await wordsOf(id)).toHaveLength(4)
  })
})

it('what was begun to be taken an hour ago and never was is found', async () => {
  const { lead, trainingId } = await openGroup()
  const isFound = async () => (await store.listHalfTaken(100)).some((one) => one.trainingId === trainingId)
  await rows(
    `update training_conversations set created_at = now() - interval '59 minutes' where conversation_id = $1`,
    [trainingId],
  )
  expect(await isFound()).toBe(false)
  await rows(
    `update training_conversations set created_at = now() - interval '61 minutes' where conversation_id = $1`,
    [trainingId],
  )
  expect(await store.listHalfTaken(100)).toContainEqual({ trainingId, ownerId: lead.userId })
})
