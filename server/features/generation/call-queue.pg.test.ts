/** What the queue guarantees in a real database: one worker a call, turns, the cap, and what is left by workers that died. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, type TestDatabase } from '#test/support/database.ts'
import { seedPerson, type SeededPerson } from '#test/support/seeds.ts'
import type { Answer, CallQueue, LeasedCall } from './call-queue.ts'
import { pgCallQueue } from './call-queue.pg.ts'
import type { GenerationRun } from './generation.ts'
import type { GenerationStore, NewRun } from './generation-store.ts'
import { pgGenerationStore } from './generation-store.pg.ts'

let database: TestDatabase
let door: Door
let queue: CallQueue
let runs: GenerationStore
let ada: SeededPerson
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database, undefined, { max: 10 })
  queue = pgCallQueue(door)
  runs = pgGenerationStore(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
beforeEach(async () => {
  await database.owner.query('delete from generation_runs')
  ada = await seedPerson(database.owner)
})

const begun = async (count: number, more: Partial<NewRun> = {}, by = ada): Promise<string> => {
  const run = await runs.create(
    by.actor,
    {
      id: randomUUID(),
      tier: 'template',
      templateId: null,
      choice: 'operator:m',
      model: 'm',
      temperature: null,
      maxTokens: 1000,
      concurrency: 3,
      onError: 'continue',
      askAgain: true,
      costCap: null,
      prices: { prompt: 0, completion: 10 },
      cells: [{ scaffolding: {}, prompt: 'Write.', temperature: 0.7, clientPersona: 'Maya', turns: [4, 6] }],
      calls: Array.from({ length: count }, () => {
        return { id: randomUUID(), cell: 0, conversationId: randomUUID(), mostCost: 0.01 }
      }),
      now: new Date(),
      ...more,
    },
    50,
  )
  return run!.id
}
const claim = () => queue.claim(randomUUID())
const claimed = async (): Promise<LeasedCall> => {
  const call = await claim()
  expect(call).toBeDefined()
  return call!
}
const find = async (id: string, by = ada): Promise<GenerationRun> => (await runs.find(by.actor, id))!
const call = async (runId: string, position = 0) => (await runs.listCalls(ada.actor, runId, { limit: 100 }))![position]!
const answer: Answer = {
  text: '{"a": 1}',
  reason: 'stop',
  model: 'm-1',
  promptTokens: 100,
  completionTokens: 800,
  cost: 0.008,
}
const age = () => database.owner.query(`update generation_calls set leased_until = leased_until - interval '1 hour'`)

describe('a call that waits', () => {
  it('goes to one worker, however many ask at once, and its worst case is reserved', async () => {
    const id = await begun(3)
    const calls = await Promise.all(Array.from({ length: 8 }, claim))
    const taken = [...calls, await claim(), await claim(), await claim()].filter((each) => each !== undefined)
    expect(new Set(taken.map((each) => each.id)).size).toBe(3)
    expect(taken).toHaveLength(3)
    expect(await find(id)).toMatchObject({ status: 'processing', reserved: 0.03, spent: 0 })
  })

  it('waits while its run has as many in flight as it may', async () => {
    await begun(3, { concurrency: 1 })
    const first = await claimed()
    expect(await claim()).toBeUndefined()
    await queue.keepAnswer(first, answer)
    expect(await claim()).toBeUndefined()
    await queue.complete(first, 'direct')
    expect((await claimed()).id).not.toBe(first.id)
  })

  it('waits so however many workers ask at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await begun(10, { concurrency: 2 })
      await Promise.all(Array.from({ length: 10 }, claim))
      await Promise.all(Array.from({ length: 10 }, claim))
      expect((await find(id)).reserved).toBe(0.02)
    }
  })

  it('waits for its turn: runs of several people go on side by side', async () => {
    const bea = await seedPerson(database.owner)
    const [first, second] = [await begun(5, { concurrency: 10 }), await begun(5, { concurrency: 10 }, bea)]
    const order: string[] = []
    for (let each = 0; each < 4; each++) order.push((await claimed()).runId)
    expect(order).toEqual([first, second, first, second])
  })

  it.each(['pause', 'cancel'] as const)('is not handed out after a %s', async (halt) => {
    const id = await begun(2)
    await runs[halt](ada.actor, id)
    expect(await claim()).toBeUndefined()
  })

  it('is not asked where it could exceed the cap, but waits for those in flight', async () => {
    const id = await begun(3, { costCap: 0.019 })
    const first = await claimed()
    expect(await claim()).toBeUndefined()
    expect(await find(id)).toMatchObject({ status: 'processing', reserved: 0.01 })
    await queue.keepAnswer(first, { ...answer, cost: 0.009 })
    await queue.complete(first, 'direct')
    await claimed()
    expect(await find(id)).toMatchObject({ spent: 0.009, reserved: 0.01 })
  })

  it('pauses its run where nothing can make room any more', async () => {
    const id = await begun(1, { costCap: 0.0099 })
    expect(await claim()).toBeUndefined()
    expect(await find(id)).toMatchObject({ status: 'paused', reserved: 0, reason: expect.stringMatching(/cap/) })
    await runs.resume(ada.actor, id, { costCap: 0.01 })
    await claimed()
  })
})

describe('an answer', () => {
  it('is kept before anything is made of it, paid once, and goes on without being asked for again', async () => {
    const id = await begun(1)
    const first = await claimed()
    expect(await queue.keepAnswer(first, answer)).toBe(true)
    expect(await find(id)).toMatchObject({ spent: 0.008, reserved: 0, promptTokens: 100, completionTokens: 800 })
    await age()
    expect(await queue.reap()).toBe(1)
    const second = await claimed()
    expect(second).toMatchObject({ id: first.id, answer, tries: 1 })
    expect(await queue.complete(first, 'direct')).toBe(false)
    expect(await queue.complete(second, 'direct')).toBe(true)
    expect(await find(id)).toMatchObject({ status: 'completed', successful: 1, spent: 0.008, uncertain: 0 })
  })

  it('goes on although its run was paused', async () => {
    const id = await begun(2)
    const first = await claimed()
    await queue.keepAnswer(first, answer)
    await runs.pause(ada.actor, id)
    await queue.putBack(first)
    const again = await claimed()
    expect(again.answer).toEqual(answer)
    await queue.complete(again, 'direct')
    expect(await find(id)).toMatchObject({ status: 'paused', successful: 1 })
    expect(await claim()).toBeUndefined()
  })

  it('is paid once, though its worker says so twice', async () => {
    const id = await begun(1)
    const first = await claimed()
    expect(await queue.keepAnswer(first, answer)).toBe(true)
    expect(await queue.keepAnswer(first, answer)).toBe(false)
    expect(await find(id)).toMatchObject({ spent: 0.008, reserved: 0 })
  })

  it('that comes after the lease has run out counts, as long as nobody else has the call', async () => {
    await begun(1)
    const first = await claimed()
    await age()
    expect(await queue.keepAnswer(first, answer)).toBe(true)
  })
})

describe('a worker that died', () => {
  it('loses its call; it is asked again, and what the lost answer may have cost counts', async () => {
    const id = await begun(1)
    const first = await claimed()
    expect(await queue.renew([first.leaseId])).toEqual([first.leaseId])
    expect(await queue.reap()).toBe(0)
    await age()
    expect(await queue.renew([first.leaseId])).toEqual([])
    await queue.reap()
    expect(await find(id)).toMatchObject({ reserved: 0, uncertain: 0.01 })
    expect(await queue.keepAnswer(first, answer)).toBe(false)
    const again = await claimed()
    expect(again).toMatchObject({ id: first.id, tries: 2, conversationId: first.conversationId })
    expect(await find(id)).toMatchObject({ reserved: 0.01, uncertain: 0.01 })
  })

  it('has failed with its call where nothing is to be asked twice', async () => {
    const id = await begun(1, { askAgain: false })
    await claimed()
    await queue.reap({ all: true })
    expect(await call(id)).toMatchObject({ status: 'failed', failure: { type: 'api_error' } })
    expect(await find(id)).toMatchObject({ status: 'failed', failed: 1, uncertain: 0.01 })
  })

  it('has failed with its call after three times', async () => {
    const id = await begun(1)
    for (let time = 1; time <= 3; time++) {
      expect((await claimed()).tries).toBe(time)
      await queue.reap({ all: true })
    }
    expect(await find(id)).toMatchObject({ status: 'failed', failed: 1, uncertain: 0.03 })
  })

  it('leaves nothing of a run that was cancelled meanwhile', async () => {
    const id = await begun(2)
    await claimed()
    expect(await runs.cancel(ada.actor, id)).toMatchObject({ status: 'cancelled', cancelled: 1 })
    await queue.reap({ all: true })
    expect(await find(id)).toMatchObject({ status: 'cancelled', cancelled: 2, uncertain: 0.01, reserved: 0 })
    expect((await call(id)).endedAt).not.toBeNull()
  })

  it('that shuts down cancels what it gives back of a run that was cancelled meanwhile', async () => {
    const id = await begun(1)
    const first = await claimed()
    // Nothing waits, but something is on its way.
    expect(await runs.cancel(ada.actor, id)).toMatchObject({ status: 'cancelled' })
    await queue.putBack(first)
    expect(await find(id)).toMatchObject({ status: 'cancelled', cancelled: 1 })
    expect(await call(id)).toMatchObject({ status: 'cancelled', endedAt: expect.any(Date) })
  })

  it('that shuts down in order gives back what it has: the call waits, or goes on with its answer', async () => {
    const id = await begun(2)
    const [first, second] = [await claimed(), await claimed()]
    await queue.keepAnswer(second, answer)
    await queue.putBack(first)
    await queue.putBack(second)
    expect(await find(id)).toMatchObject({ reserved: 0, uncertain: 0.01, spent: 0.008 })
    expect((await claimed()).answer).toEqual(answer)
    expect(await claimed()).toMatchObject({ id: first.id, answer: undefined })
  })
})

describe('a person', () => {
  it('has no more open runs than they may', async () => {
    await begun(1)
    const again = { id: randomUUID() } as const
    const { actor } = ada
    const run = await find(await begun(1))
    const draft = { ...run, ...again, cells: [], calls: [], now: new Date() }
    expect(await runs.create(actor, draft, 2)).toBeUndefined()
    expect(await runs.create(actor, draft, 3)).toBeDefined()
  })

  it('tries again what has failed, named or all of it', async () => {
    const id = await begun(3)
    for (let each = 0; each < 3; each++) {
      await queue.fail(await claimed(), { type: 'api_error', reason: 'No.' }, 'nothing')
    }
    expect(await find(id)).toMatchObject({ status: 'failed', failed: 3, uncertain: 0, reserved: 0 })
    const { id: callId } = await call(id, 1)
    expect(await runs.retry(ada.actor, id, [callId])).toMatchObject({ status: 'queued', failed: 2 })
    expect((await claimed()).id).toBe(callId)
    expect(await claim()).toBeUndefined()
    expect(await runs.retry(ada.actor, id)).toMatchObject({ failed: 0 })
    expect(await runs.retry(ada.actor, id)).toBe('nothing')
  })
})
