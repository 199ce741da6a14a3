/** What the database guarantees about keys of requests, where HTTP can't look: what joins a transaction, and the sweep. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, seedPerson, type TestDatabase } from '#test/support/database.ts'
import { type ConversationStore, pgConversationStore } from '../conversations/index.ts'
import { type CarryOutOnce, makeCarryOutOnce, makeSweepRequestKeys } from './carry-out-once.ts'
import { KEPT_MS } from './request-key-store.ts'
import { pgClaimingDatabase, pgRequestKeyStore } from './request-key-store.pg.ts'

const start = new Date('2026-01-02T03:04:05.678Z')
let now = start
const clock = { now: () => now }

let database: TestDatabase
let door: Door
let conversations: ConversationStore
let carryOutOnce: CarryOutOnce
let sweep: () => Promise<number>
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  conversations = pgConversationStore(pgClaimingDatabase(door, clock))
  const store = pgRequestKeyStore(door)
  carryOutOnce = makeCarryOutOnce({ store, clock })
  sweep = makeSweepRequestKeys({ store, clock })
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

const claim = (key: string) => ({
  key,
  fingerprint: Buffer.from(key),
  conversationId: null,
  answer: ({ conversation }: { conversation?: { id: string } }) => conversation!.id,
})
const newConversation = () => ({ id: randomUUID(), title: null, metadata: null, now })

it('a key is kept for 24 hours to the millisecond, and swept afterwards', async () => {
  const { actor } = await seedPerson(database.owner)
  await carryOutOnce(actor, claim('kept'), async (claiming) => {
    return (await conversations.create(claiming, newConversation())).id
  })
  now = new Date(start.getTime() + KEPT_MS - 1)
  expect(await sweep()).toBe(0)
  now = new Date(start.getTime() + KEPT_MS)
  expect(await sweep()).toBe(1)
  expect(await sweep()).toBe(0)
  now = start
})

it('a process that ends right after the write leaves the answer behind', async () => {
  const { actor } = await seedPerson(database.owner)
  let id = ''
  const ended = carryOutOnce(actor, claim('crash'), async (claiming) => {
    id = (await conversations.create(claiming, newConversation())).id
    throw new Error('the process ends here')
  })
  await expect(ended).rejects.toThrow('the process ends here')
  const again = vi.fn<() => Promise<string>>()
  expect(await carryOutOnce(actor, claim('crash'), again)).toEqual({ answer: id, isRepeated: true })
  expect(again).not.toHaveBeenCalled()
})

it('who comes too late writes nothing', async () => {
  const { actor } = await seedPerson(database.owner)
  const create = (claiming: typeof actor) => conversations.create(claiming, newConversation())
  const first = await carryOutOnce(actor, claim('race'), async (claiming) => {
    // The same request overtakes this one after both have seen that the key is free.
    const overtaking = await carryOutOnce(actor, claim('race'), async (other) => (await create(other)).id)
    expect(overtaking.isRepeated).toBe(false)
    return (await create(claiming)).id
  })
  expect(first.isRepeated).toBe(true)
  const { total } = await conversations.listByCreation(actor, { offset: 0, limit: 10 })
  expect(total).toBe(1)
})

it('a claim is for one batch: a transaction of several steps is refused, not left unrecorded', async () => {
  const { actor } = await seedPerson(database.owner)
  const work = vi.fn<() => Promise<void>>()
  const claiming = { ...actor, claim: claim('steps') }
  await expect(pgClaimingDatabase(door, clock).as(claiming).transaction(work)).rejects.toThrow(
    'A claim is for one batch of statements.',
  )
  expect(work).not.toHaveBeenCalled()
})
