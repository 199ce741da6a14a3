/** What a worker makes of jobs, good ones and bad, on a real queue with blobs and folders on disk; engines are stubs. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { diskBlobStore } from '#server/adapters/blobs/disk.ts'
import { diskQuarantine } from '#server/adapters/blobs/quarantine.ts'
import { diskWorkFolders } from '#server/adapters/engines/work-folders.ts'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, type TestDatabase } from '#test/support/database.ts'
import {
  brokenEngine,
  copyingEngine,
  deafEngine,
  emptyEngine,
  failingEngine,
  garbageEngine,
  hangingEngine,
  idleEngine,
  slowEngine,
} from '#test/support/stub-engines.ts'
import { type BlobStore, makeSweepBlobs, pgFileStore } from '../files/index.ts'
import type { Engine, EngineTask } from './engine.ts'
import { inputKeyOf, type Job, received } from './job.ts'
import type { JobQueue } from './job-queue.ts'
import { pgJobQueue } from './job-queue.pg.ts'
import type { JobStore } from './job-store.ts'
import { pgJobStore } from './job-store.pg.ts'
import { startWorker, type Worker } from './run-jobs.job.ts'
import { makeSweepConversions } from './sweep-conversions.job.ts'
import type { WorkFolders } from './work-folders.ts'

const HOUR = 3_600_000

let database: TestDatabase
let door: Door
let queue: JobQueue
let jobs: JobStore
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  queue = pgJobQueue(door)
  jobs = pgJobStore(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

let root: string
let blobs: BlobStore
let folders: WorkFolders
let sweep: () => Promise<void>
let workers: Worker[]
let problems: { what: string; error: unknown }[]
beforeEach(async () => {
  await database.owner.query('delete from conversion_jobs')
  await database.owner.query('delete from doomed_blobs')
  root = await mkdtemp('/tmp/parlance-jobs-')
  blobs = diskBlobStore(path.join(root, 'blobs'))
  folders = diskWorkFolders(path.join(root, 'work'))
  sweep = makeSweepConversions({
    queue,
    folders,
    sweepBlobs: makeSweepBlobs({
      store: pgFileStore(door),
      blobs,
      quarantine: diskQuarantine(path.join(root, 'quarantine')),
    }),
  })
  workers = []
  problems = []
  return async () => {
    await Promise.all(workers.map((worker) => worker.stop(0)))
    await rm(root, { recursive: true })
  }
})

const start = (engine: Engine, pace: Partial<Parameters<typeof startWorker>[0]['pace']> = {}): Worker => {
  const worker = startWorker({
    queue,
    engines: [engine],
    blobs,
    folders,
    clock: { now: () => new Date() },
    newId: randomUUID,
    onError: (error, what) => problems.push({ what, error }),
    pace: { beatMs: 50, progressMs: 500, deafMs: 100, ...pace },
  })
  workers.push(worker)
  return worker
}

const session = randomBytes(32).toString('hex')
/** A job that waits, with its file. */
const waiting = async (content = 'A text.', sessionHash = session): Promise<string> => {
  const [id, at] = [randomUUID(), new Date()]
  const expiresAt = new Date(at.getTime() + HOUR)
  const job = received({ sessionHash, id, name: 'a.txt', sourceFormat: 'txt', size: content.length, at, expiresAt })
  await jobs.create(job, { jobs: 1_000, bytes: 1e9, allBytes: 1e9 })
  const key = inputKeyOf(job, randomUUID())
  await blobs.put(key, { bytes: Buffer.from(content) })
  await jobs.keepInput(job, key)
  await queue.enqueue(sessionHash, id, { id: randomUUID(), targetFormat: 'md', engine: 'markup' })
  return id
}
const until = async (id: string, isSo: (job: Job) => boolean): Promise<Job> => {
  const found = await vi.waitUntil(
    async () => {
      const job = await jobs.find(session, id)
      return job !== undefined && isSo(job) ? job : undefined
    },
    { timeout: 20_000, interval: 20 },
  )
  return found
}
const ended = (id: string) => until(id, ({ status }) => status === 'completed' || status === 'failed')
/** Everything that lies in a folder of this test. */
const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)
}
const idle = () => vi.waitUntil(() => workers.every((worker) => worker.runningCount() === 0), { timeout: 20_000 })
/** Makes what an engine does plain to see. */
const engineThat = (convert: (task: EngineTask) => Promise<string>): Engine => ({
  ...copyingEngine(),
  convert: async (task) => ({ outputPath: await convert(task) }),
})

describe('a job', () => {
  it('is converted: its output is kept, the upload and the folder are removed', async () => {
    const id = await waiting('# A text.')
    start(copyingEngine())
    const job = await ended(id)
    expect(job).toMatchObject({
      status: 'completed',
      outputFormat: 'md',
      outputSize: 9,
      inputKey: null,
      errorType: null,
    })
    expect(await text((await blobs.open(job.outputKey!))!)).toBe('# A text.')
    await idle()
    await sweep()
    expect(await filesIn('blobs')).toEqual([`out-${job.outputKey!.split('out-')[1]}`])
    expect(await filesIn('work')).toEqual([])
    expect(problems).toEqual([])
  })

  it('is found by a worker that nobody has told', async () => {
    start(copyingEngine())
    await idle()
    expect(await ended(await waiting())).toMatchObject({ status: 'completed' })
  })

  it('sees its own folder and the format, and is told whose documents it may meet', async () => {
    const tasks: EngineTask[] = []
    const id = await waiting()
    start(
      engineThat(async (task) => {
        tasks.push(task)
        expect(await readdir(task.folder)).toEqual(['in.txt'])
        await writeFile(path.join(task.folder, 'out.md'), 'x')
        return path.join(task.folder, 'out.md')
      }),
    )
    expect(await ended(id)).toMatchObject({ status: 'completed' })
    expect(tasks).toMatchObject([{ from: 'txt', to: 'md', sessionKey: session }])
    expect(tasks[0]!.inputPath).toBe(path.join(tasks[0]!.folder, 'in.txt'))
  })

  it('waits while its engine has no room', async () => {
    let atOnce = 0
    let most = 0
    const ids = await Promise.all(Array.from({ length: 7 }, () => waiting()))
    const copying = slowEngine(100, { concurrency: 3 })
    start({
      ...copying,
      async convert(task) {
        most = Math.max(most, ++atOnce)
        return copying.convert(task).finally(() => atOnce--)
      },
    })
    for (const id of ids) expect(await ended(id)).toMatchObject({ status: 'completed' })
    expect(most).toBe(3)
  })

  it('waits until its engine is installed', async () => {
    let isInstalled = false
    const id = await waiting()
    const worker = start(copyingEngine({ isInstalled: async () => isInstalled }))
    await until(id, ({ status }) => status === 'queued')
    isInstalled = true
    worker.look()
    expect(await ended(id)).toMatchObject({ status: 'completed' })
  })

  it('is worked on once when several processes share the queue, and all of them work', async () => {
    const runs: string[] = []
    const ids = await Promise.all(Array.from({ length: 12 }, () => waiting()))
    const shares = [0, 0]
    for (const which of [0, 1]) {
      const slow = slowEngine(150, { concurrency: 2 })
      start({
        ...slow,
        convert(task) {
          runs.push(task.folder)
          shares[which]!++
          return slow.convert(task)
        },
      })
    }
    for (const id of ids) expect(await ended(id)).toMatchObject({ status: 'completed', attempts: 1 })
    expect(new Set(runs).size).toBe(12)
    expect(runs).toHaveLength(12)
    expect(Math.min(...shares)).toBeGreaterThan(0)
  })

  it('tells how far it is, at most twice a second', async () => {
    const tell = vi.spyOn(queue, 'tellProgress')
    const id = await waiting()
    start(
      engineThat(async (task) => {
        for (let step = 0; step <= 100; step++) task.onProgress(step / 100)
        for (const nonsense of [Number.NaN, -1, 2]) task.onProgress(nonsense)
        await until(id, ({ progress }) => progress === 0)
        await writeFile(path.join(task.folder, 'out.md'), 'x')
        return path.join(task.folder, 'out.md')
      }),
    )
    expect(await ended(id)).toMatchObject({ status: 'completed', progress: 1 })
    expect(tell.mock.calls.map(([, share]) => share)).toEqual([0])
    tell.mockRestore()
  })
})

describe('a job fails with a reason and leaves nothing but its upload', () => {
  const leavesOnlyTheUpload = async (job: Job) => {
    await idle()
    await sweep()
    expect(await filesIn('work')).toEqual([])
    expect(await filesIn('blobs')).toEqual([job.inputKey!.split('/').at(-1)])
  }

  it.each([
    ['says that it made a file and has not', idleEngine()],
    ['makes an empty file', emptyEngine()],
    ['makes something else than what was asked for', garbageEngine()],
  ])('when the engine %s', async (_, engine) => {
    const id = await waiting()
    start(engine)
    const job = await ended(id)
    expect(job).toMatchObject({ status: 'failed', errorType: 'bad_output', attempts: 1, outputKey: null })
    expect(job.errorMessage).toMatch(/\.$/)
    await leavesOnlyTheUpload(job)
  })

  it('when the output is a link, a folder, another task’s file or the file of somebody else', async () => {
    const secret = path.join(root, 'secret')
    await writeFile(secret, 'a secret')
    const ways: ((task: EngineTask) => Promise<string>)[] = [
      async (task) => {
        await symlink(secret, path.join(task.folder, 'out.md'))
        return path.join(task.folder, 'out.md')
      },
      async (task) => task.folder,
      async () => secret,
      async (task) => {
        await symlink(root, path.join(task.folder, 'up'))
        return path.join(task.folder, 'up', 'secret')
      },
    ]
    for (const way of ways) {
      const id = await waiting()
      const worker = start(engineThat(way))
      expect(await ended(id)).toMatchObject({ status: 'failed', errorType: 'bad_output' })
      await worker.stop(0)
    }
  })

  it.each(['refused', 'too_large', 'timeout'] as const)(
    'when the engine says %s, without another attempt',
    async (reason) => {
      const id = await waiting()
      start(failingEngine(reason))
      const job = await ended(id)
      expect(job).toMatchObject({ status: 'failed', errorType: reason, attempts: 1 })
      await leavesOnlyTheUpload(job)
    },
  )

  it.each([
    ['crashes', failingEngine('crashed')],
    ['has a mistake', brokenEngine()],
    ['says that it was cancelled, though nobody did', failingEngine('cancelled')],
  ])('when the engine %s twice', async (_, engine) => {
    const id = await waiting()
    start(engine)
    const job = await ended(id)
    expect(job).toMatchObject({ status: 'failed', errorType: 'crashed', attempts: 2 })
    expect(problems.map(({ what }) => what)).toEqual(['conversion.crash', 'conversion.crash'])
    await leavesOnlyTheUpload(job)
  })

  it('unless the engine crashes once only', async () => {
    const id = await waiting()
    start(failingEngine('crashed', 1))
    expect(await ended(id)).toMatchObject({ status: 'completed', attempts: 2 })
  })

  it.each([
    ['never ends', hangingEngine({ timeoutMs: 100 })],
    ['never ends and does not hear', deafEngine({ timeoutMs: 100, concurrency: 1 })],
  ])('when the engine %s; its place is free again and nothing is tried twice', async (_, engine) => {
    const ids = [await waiting(), await waiting()]
    start(engine)
    for (const id of ids) {
      expect(await ended(id)).toMatchObject({ status: 'failed', errorType: 'timeout', attempts: 1 })
    }
  })

  it('when its upload is gone', async () => {
    const id = await waiting()
    await blobs.deleteAll((await jobs.find(session, id))!.inputKey!)
    start(copyingEngine())
    expect(await ended(id)).toMatchObject({ status: 'failed', errorType: 'crashed' })
  })
})

describe('a job that is taken away', () => {
  const aborted = () => {
    const begun = Promise.withResolvers<void>()
    const stopped = Promise.withResolvers<unknown>()
    const engine = engineThat((task) => {
      task.signal.addEventListener('abort', () => stopped.resolve(task.signal.reason))
      begun.resolve()
      return new Promise((_, reject) => task.signal.addEventListener('abort', () => reject(new Error('stopped'))))
    })
    return { engine, begun: begun.promise, stopped: stopped.promise }
  }

  it('because it was cancelled stops its engine as soon as that is noticed', async () => {
    const { engine, begun, stopped } = aborted()
    const id = await waiting()
    // So long that only the notice can be it.
    const worker = start(engine, { beatMs: 60_000 })
    await begun
    await queue.cancel(session, id)
    worker.hear({ kind: 'conversion', what: 'stopped', sessions: [session] })
    expect(await stopped).toBe('lost')
    await idle()
    expect(await jobs.find(session, id)).toMatchObject({ status: 'failed', errorType: 'cancelled' })
    expect(await filesIn('work')).toEqual([])
  })

  it('because it was removed stops its engine with the next renewal, and what it made is removed', async () => {
    const { engine, begun, stopped } = aborted()
    const id = await waiting()
    start(engine)
    await begun
    await jobs.remove(session, id)
    expect(await stopped).toBe('lost')
    await idle()
    await sweep()
    expect([await filesIn('work'), await filesIn('blobs')]).toEqual([[], []])
  })

  it('while its output is being stored leaves no output', async () => {
    const id = await waiting()
    const put = blobs.put
    blobs = {
      ...blobs,
      async put(key, content) {
        await queue.cancel(session, id)
        await sweep()
        await put(key, content)
      },
    }
    start(copyingEngine())
    const job = await ended(id)
    await idle()
    expect(job).toMatchObject({ status: 'failed', errorType: 'cancelled' })
    expect(await filesIn('blobs')).toEqual([job.inputKey!.split('/').at(-1)])
  })
})

describe('a worker that stops', () => {
  it('lets what ends in time end, and takes nothing new', async () => {
    const ids = [await waiting(), await waiting()]
    const worker = start(slowEngine(300, { concurrency: 1 }))
    await until(ids[0]!, ({ status }) => status === 'processing')
    await worker.stop(10_000)
    const found = await Promise.all(ids.map((id) => jobs.find(session, id)))
    expect(found.map((job) => job!.status).toSorted()).toEqual(['completed', 'queued'])
  })

  it('puts the rest back, and another finishes it', async () => {
    const id = await waiting()
    const worker = start(hangingEngine())
    await until(id, ({ status }) => status === 'processing')
    await worker.stop(0)
    expect(await jobs.find(session, id)).toMatchObject({ status: 'queued', attempts: 0 })
    expect(await filesIn('work')).toEqual([])
    start(copyingEngine())
    expect(await ended(id)).toMatchObject({ status: 'completed', attempts: 1 })
  })
})

describe('the sweep', () => {
  it('gives the job of a dead worker to a living one and removes its folder', async () => {
    const id = await waiting()
    const dead = (await queue.claim(['markup'], randomUUID()))!
    await folders.make(dead.leaseId)
    await sweep()
    expect(await folders.list()).toEqual([dead.leaseId])
    await database.owner.query(`update conversion_jobs set leased_until = leased_until - interval '15 seconds'`)
    await sweep()
    expect(await folders.list()).toEqual([])
    start(copyingEngine())
    expect(await ended(id)).toMatchObject({ status: 'completed', attempts: 2 })
  })

  it('removes everything of sessions that are over, and nothing else', async () => {
    const other = randomBytes(32).toString('hex')
    await waiting('over')
    await waiting('not over', other)
    await database.owner.query('update conversion_jobs set expires_at = now() where session_hash = $1', [
      Buffer.from(session, 'hex'),
    ])
    await sweep()
    expect([await jobs.list(session), (await jobs.list(other)).length]).toEqual([[], 1])
    expect(await filesIn('blobs')).toHaveLength(1)
  })

  it('can run in many processes at once', async () => {
    for (let each = 0; each < 20; each++) await waiting()
    await database.owner.query('update conversion_jobs set expires_at = now()')
    await Promise.all(Array.from({ length: 5 }, () => sweep()))
    expect([await jobs.list(session), await filesIn('blobs')]).toEqual([[], []])
  })
})
