/** What the queue guarantees in a real database: order, limits, and that a job has one worker at a time. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, type TestDatabase } from '#test/support/database.ts'
import { inputKeyOf, received } from './job.ts'
import type { JobQueue, LeasedJob } from './job-queue.ts'
import { pgJobQueue } from './job-queue.pg.ts'
import type { JobStore } from './job-store.ts'
import { pgJobStore } from './job-store.pg.ts'

let database: TestDatabase
let door: Door
let queue: JobQueue
let jobs: JobStore
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database, undefined, { max: 10 })
  queue = pgJobQueue(door)
  jobs = pgJobStore(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
beforeEach(async () => {
  await database.owner.query('delete from conversion_jobs')
  await database.owner.query('delete from doomed_blobs')
})

const newSession = (): string => randomBytes(32).toString('hex')
const HOUR = 3_600_000

/** A job whose file was uploaded; returns its id. */
const uploaded = async (sessionHash: string, id = randomUUID()): Promise<string> => {
  const at = new Date()
  const expiresAt = new Date(at.getTime() + HOUR)
  const job = received({ sessionHash, id, name: 'a.txt', sourceFormat: 'txt', size: 5, at, expiresAt })
  expect(await jobs.create(job, { jobs: 1_000, bytes: 1e9, allBytes: 1e9 })).toBe('created')
  const key = inputKeyOf(job, randomUUID())
  expect(await jobs.keepInput(job, key)).toMatchObject({ inputKey: key })
  return id
}
const enqueue = (sessionHash: string, id: string, engine = 'markup', to: JobQueue = queue) =>
  to.enqueue(sessionHash, id, { id: randomUUID(), targetFormat: 'md', engine })
const waiting = async (sessionHash: string, engine?: string): Promise<string> => {
  const id = await uploaded(sessionHash)
  await enqueue(sessionHash, id, engine)
  return id
}
const claim = (...engines: string[]) => queue.claim(engines.length === 0 ? ['markup'] : engines, randomUUID())
const claimed = async (): Promise<LeasedJob> => {
  const job = await claim()
  expect(job).toBeDefined()
  return job!
}
const find = async ({ sessionHash, id }: { sessionHash: string; id: string }) => (await jobs.find(sessionHash, id))!
const age = (by: string) =>
  database.owner.query('update conversion_jobs set leased_until = leased_until - $1::interval', [by])
const doomed = async (): Promise<string[]> =>
  (await database.owner.query('select blob_key from doomed_blobs order by 1')).rows.map((row) => row.blob_key)
const complete = async (job: LeasedJob) => {
  const key = await queue.beginOutput(job)
  return queue.complete(job, { key: key!, format: 'md', size: 3 })
}

describe('a job that waits', () => {
  it('is handed to a worker with its lease, once', async () => {
    const session = newSession()
    const id = await waiting(session)
    const leaseId = randomUUID()
    const job = await queue.claim(['office', 'markup'], leaseId)
    expect(job).toMatchObject({ sessionHash: session, id, status: 'processing', attempts: 1, leaseId, progress: null })
    expect(await claim()).toBeUndefined()
  })

  it('is for the engine that it was enqueued for', async () => {
    await waiting(newSession(), 'office')
    expect(await claim('markup', 'images')).toBeUndefined()
    expect(await claim('office')).toMatchObject({ engine: 'office' })
  })

  it('is handed to one of twenty workers that race, each of them once', async () => {
    const sessions = Array.from({ length: 4 }, newSession)
    for (const session of sessions) for (let each = 0; each < 15; each++) await waiting(session)
    const seen: string[] = []
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let job = await claim(); job !== undefined; job = await claim()) {
          seen.push(job.id)
          expect(await complete(job)).toBe(true)
        }
      }),
    )
    expect(seen).toHaveLength(60)
    expect(new Set(seen).size).toBe(60)
  })

  it('is refused a second place, and so is one that has been converted', async () => {
    const session = newSession()
    const id = await waiting(session)
    await expect(enqueue(session, id)).rejects.toMatchObject({ code: 'job.busy' })
    const job = await claimed()
    await expect(enqueue(session, id)).rejects.toMatchObject({ code: 'job.busy' })
    await complete(job)
    await expect(enqueue(session, id)).rejects.toMatchObject({ code: 'job.converted' })
  })

  it('of another session is not found', async () => {
    const id = await uploaded(newSession())
    await expect(enqueue(newSession(), id)).rejects.toMatchObject({ code: 'job.not_found' })
    await expect(queue.cancel(newSession(), id)).rejects.toMatchObject({ code: 'job.not_found' })
  })
})

describe('sessions', () => {
  it('take turns, however many jobs each has and whoever came first', async () => {
    const sessions = [newSession(), newSession(), newSession()]
    const roomy = pgJobQueue(door, { waiting: 500, waitingOfSession: 50 })
    for (const session of sessions) {
      for (let each = 0; each < 50; each++) await enqueue(session, await uploaded(session), 'markup', roomy)
    }
    const order: string[] = []
    for (let job = await claim(); job !== undefined; job = await claim()) order.push(job.sessionHash)
    expect(order).toHaveLength(150)
    for (let at = 0; at < 150; at += 3) expect(new Set(order.slice(at, at + 3)).size).toBe(3)
  })

  it('take turns also when several workers ask at the same time', async () => {
    const sessions = [newSession(), newSession(), newSession()]
    for (const session of sessions) for (let each = 0; each < 10; each++) await waiting(session)
    const first = await Promise.all(Array.from({ length: 6 }, () => claim()))
    const counts = sessions.map((session) => first.filter((job) => job?.sessionHash === session).length)
    expect(counts).toEqual([2, 2, 2])
  })

  it('that come later are served before the many of one that was first', async () => {
    const [greedy, modest] = [newSession(), newSession()]
    for (let each = 0; each < 10; each++) await waiting(greedy)
    await claimed()
    const id = await waiting(modest)
    expect(await claimed()).toMatchObject({ sessionHash: modest, id })
  })

  it('serve their own jobs in the order in which they were enqueued', async () => {
    const session = newSession()
    const ids = [await waiting(session), await waiting(session), await waiting(session)]
    expect([(await claimed()).id, (await claimed()).id, (await claimed()).id]).toEqual(ids)
  })
})

describe('the limits', () => {
  it('of one session hold against requests that come at once', async () => {
    const small = pgJobQueue(door, { waiting: 100, waitingOfSession: 5 })
    const session = newSession()
    const ids = await Promise.all(Array.from({ length: 15 }, () => uploaded(session)))
    const outcomes = await Promise.allSettled(ids.map((id) => enqueue(session, id, 'markup', small)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'conversion.queue_full', retryAfterSeconds: 10 })
      }
    }
  })

  it('of all sessions together hold too, and what is worked on no longer waits', async () => {
    const small = pgJobQueue(door, { waiting: 2, waitingOfSession: 2 })
    for (let each = 0; each < 2; each++) await waiting(newSession())
    const session = newSession()
    const id = await uploaded(session)
    await expect(enqueue(session, id, 'markup', small)).rejects.toMatchObject({ code: 'conversion.queue_full' })
    await claimed()
    expect(await enqueue(session, id, 'markup', small)).toMatchObject({ status: 'queued' })
  })
})

describe('a lease', () => {
  it('lives as long as it is renewed, and never comes back', async () => {
    await waiting(newSession())
    const job = await claimed()
    await age('14 seconds')
    expect(await queue.renew([job.leaseId, randomUUID()])).toEqual([job.leaseId])
    await age('14 seconds')
    expect(await queue.reap()).toBe(0)
    await age('1 second')
    expect(await queue.renew([job.leaseId])).toEqual([])
    expect(await complete(job).catch((error: unknown) => error)).toBe(false)
  })

  it('that has run out gives the job to another worker, once; then it has failed with a reason', async () => {
    await waiting(newSession())
    const first = await claimed()
    await age('15 seconds')
    expect(await queue.reap()).toBe(1)
    expect(await find(first)).toMatchObject({ status: 'queued', attempts: 1, leaseId: null })
    const second = await claimed()
    expect(second).toMatchObject({ id: first.id, attempts: 2 })
    expect(second.leaseId).not.toBe(first.leaseId)
    await age('15 seconds')
    expect(await queue.reap()).toBe(1)
    expect(await find(first)).toMatchObject({
      status: 'failed',
      errorType: 'crashed',
      errorMessage: expect.stringMatching(/./),
      completedAt: expect.any(Date),
    })
    expect(await claim()).toBeUndefined()
  })

  it('of another server is left alone, unless no other server can live', async () => {
    await waiting(newSession())
    const job = await claimed()
    expect(await queue.reap()).toBe(0)
    expect(await queue.reap({ all: true })).toBe(1)
    expect(await find(job)).toMatchObject({ status: 'queued' })
  })

  it('that was lost says nothing any more of the job that another has', async () => {
    await waiting(newSession())
    const late = await claimed()
    await age('15 seconds')
    await queue.reap()
    const present = await claimed()
    await queue.tellProgress(late, 0.5)
    const said = [
      await queue.beginOutput(late),
      await queue.fail(late, 'refused'),
      await queue.lose(late),
      await queue.putBack(late),
      await queue.complete(late, { key: 'conversion/x', format: 'md', size: 1 }),
    ]
    expect(said).toEqual([undefined, false, false, false, false])
    expect(await find(present)).toMatchObject({ status: 'processing', leaseId: present.leaseId, progress: null })
    expect(await complete(present)).toBe(true)
  })

  it('is held by its name', async () => {
    await waiting(newSession())
    const job = await claimed()
    expect(await queue.listHeld([job.leaseId, randomUUID()])).toEqual([job.leaseId])
    await complete(job)
    expect(await queue.listHeld([job.leaseId])).toEqual([])
  })
})

describe('a worker', () => {
  it('that completes a job names its output, and the upload is removed', async () => {
    await waiting(newSession())
    const job = await claimed()
    await queue.tellProgress(job, 0.25)
    expect(await find(job)).toMatchObject({ status: 'processing', progress: 0.25 })
    expect(await complete(job)).toBe(true)
    expect(await find(job)).toMatchObject({
      status: 'completed',
      progress: 1,
      inputKey: null,
      outputKey: `conversion/${job.sessionHash}/${job.id}/out-${job.leaseId}`,
      outputFormat: 'md',
      outputSize: 3,
      leaseId: null,
      completedAt: expect.any(Date),
    })
    expect(await doomed()).toEqual([job.inputKey])
  })

  it('that fails keeps the upload, and the job can be tried again', async () => {
    const session = newSession()
    const id = await waiting(session)
    await queue.fail(await claimed(), 'timeout')
    expect(await jobs.find(session, id)).toMatchObject({
      status: 'failed',
      errorType: 'timeout',
      inputKey: expect.any(String),
    })
    expect(await doomed()).toEqual([])
    expect(await enqueue(session, id)).toMatchObject({ status: 'queued', attempts: 0, errorType: null })
    expect(await claimed()).toMatchObject({ id, attempts: 1 })
  })

  it('whose engine dies tries once more and not again', async () => {
    await waiting(newSession())
    const job = await claimed()
    await queue.lose(job)
    expect(await find(job)).toMatchObject({ status: 'queued' })
    await queue.lose(await claimed())
    expect(await find(job)).toMatchObject({ status: 'failed', errorType: 'crashed' })
  })

  it('that shuts down puts its jobs back in front, and that attempt does not count', async () => {
    const session = newSession()
    const id = await waiting(session)
    await waiting(session)
    await queue.putBack(await claimed())
    expect(await claimed()).toMatchObject({ id, attempts: 1 })
  })

  it('that dies over its output leaves a name by which that is removed, a moment later', async () => {
    await waiting(newSession())
    const job = await claimed()
    const key = await queue.beginOutput(job)
    await queue.reap({ all: true })
    const { rows } = await database.owner.query(
      `select blob_key, doomed_at > now() + interval '20 seconds' as later, doomed_at <= now() + interval '30 seconds' as soon
       from doomed_blobs`,
    )
    expect(rows).toEqual([{ blob_key: key, later: true, soon: true }])
  })
})

describe('a job that is cancelled', () => {
  it('while it waits has failed at once and is not begun', async () => {
    const session = newSession()
    const id = await waiting(session)
    expect(await queue.cancel(session, id)).toMatchObject({ status: 'failed', errorType: 'cancelled' })
    expect(await claim()).toBeUndefined()
  })

  it('while it is worked on has failed at once; its worker has no lease any more', async () => {
    const session = newSession()
    const id = await waiting(session)
    const job = await claimed()
    expect(await queue.cancel(session, id)).toMatchObject({ status: 'failed', errorType: 'cancelled' })
    expect(await queue.renew([job.leaseId])).toEqual([])
    expect(await queue.beginOutput(job)).toBeUndefined()
    // The upload stays, and another target may be tried at once.
    expect(await enqueue(session, id)).toMatchObject({ status: 'queued' })
    expect((await claimed()).leaseId).not.toBe(job.leaseId)
  })

  it('after it has ended stays as it is', async () => {
    const session = newSession()
    const id = await waiting(session)
    await complete(await claimed())
    expect(await queue.cancel(session, id)).toMatchObject({ status: 'completed' })
  })
})

describe('a session that is over', () => {
  it('has no jobs: none is begun, renewed or ended, and they are removed with the names of their blobs', async () => {
    const session = newSession()
    const id = await uploaded(session)
    await waiting(session)
    const job = await claimed()
    const key = await queue.beginOutput(job)
    await waiting(session)
    const other = newSession()
    await uploaded(other)
    const { rows } = await database.owner.query<{ input_key: string }>(
      'update conversion_jobs set expires_at = now() where session_hash = $1 returning input_key',
      [Buffer.from(session, 'hex')],
    )
    await expect(enqueue(session, id)).rejects.toMatchObject({ code: 'job.not_found' })
    expect(await claim()).toBeUndefined()
    expect([await queue.renew([job.leaseId]), await queue.fail(job, 'timeout')]).toEqual([[], false])
    expect(await queue.removeExpired(2)).toBe(2)
    expect(await queue.removeExpired(2)).toBe(1)
    expect(new Set(await doomed())).toEqual(new Set([...rows.map((row) => row.input_key), key]))
    expect(await jobs.list(other)).toHaveLength(1)
  })
})
