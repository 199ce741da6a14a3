/** Programs that misbehave in every way, in the real sandbox behind the real queue: a clear failure, and nothing left. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { diskBlobStore } from '#server/adapters/blobs/disk.ts'
import { diskWorkFolders } from '#server/adapters/engines/work-folders.ts'
import type { Door } from '#server/adapters/postgres/door.ts'
import { startWorker, type Worker } from '#server/features/conversion/run-jobs.job.ts'
import { inputKeyOf, type Job, received } from '#server/features/conversion/job.ts'
import { pgJobQueue, pgJobStore } from '#server/features/conversion/index.ts'
import { createTestDatabase, openTestDoor, type TestDatabase } from '#test/support/database.ts'
import { scriptedEngine, type scripts } from '#test/support/stub-engines.ts'

let database: TestDatabase
let door: Door
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
let root: string
let worker: Worker | undefined
beforeEach(async () => {
  root = await mkdtemp('/tmp/parlance-attacks-')
  return async () => {
    await worker?.stop(0)
    await rm(root, { recursive: true })
  }
})

const session = randomBytes(32).toString('hex')

/** Lets a script convert a file, and tells what became of the job and what it had made. */
const converted = async (script: keyof typeof scripts): Promise<{ job: Job; output: string | undefined }> => {
  const [queue, jobs] = [pgJobQueue(door), pgJobStore(door)]
  const blobs = diskBlobStore(path.join(root, 'blobs'))
  const [id, at] = [randomUUID(), new Date()]
  const expiresAt = new Date(at.getTime() + 3_600_000)
  const job = received({ sessionHash: session, id, name: 'a.txt', sourceFormat: 'txt', size: 7, at, expiresAt })
  await jobs.create(job, { jobs: 1_000, bytes: 1e9, allBytes: 1e9 })
  const key = inputKeyOf(job, randomUUID())
  await blobs.put(key, { bytes: Buffer.from('A text.') })
  await jobs.keepInput(job, key)
  await queue.enqueue(session, id, { id: randomUUID(), targetFormat: 'md', engine: 'markup' })
  worker = startWorker({
    queue,
    engines: [scriptedEngine(script)],
    blobs,
    folders: diskWorkFolders(path.join(root, 'work')),
    clock: { now: () => new Date() },
    newId: randomUUID,
    onError: () => {},
  })
  const ended = await vi.waitUntil(
    async () => {
      const found = await jobs.find(session, id)
      return found?.status === 'completed' || found?.status === 'failed' ? found : undefined
    },
    { timeout: 30_000, interval: 50 },
  )
  await worker.stop(10_000)
  const output = ended.outputKey === null ? undefined : await blobs.open(ended.outputKey)
  return { job: ended, output: output && (await text(output)) }
}

/**
 * Folders of sandboxes of this process, and the sandboxes that have one: whatever runs in a sandbox ends with it, since its first process is
 * a part of it. Others convert on this machine at the same time.
 */
const left = async (): Promise<string[]> => {
  const isOurs = (name: string) => name.includes('parlance-job-') && name.includes(`-${process.pid}-`)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return [...(await readdir(tmpdir())), ...commands].filter(isOurs)
}

it.each([
  ['writesNothing', 'refused'],
  ['writesGarbage', 'bad_output'],
  ['crashes', 'crashed'],
  ['hangs', 'timeout'],
  ['forks', 'timeout'],
  ['eatsMemory', 'too_large'],
  ['writesTenGigabytes', 'too_large'],
  ['writesManyFiles', 'too_large'],
  ['talksWithoutEnd', 'too_large'],
  ['linksToOurFile', 'refused'],
] as const)('a program that %s fails as %s', async (script, reason) => {
  const { job, output } = await converted(script)
  expect({ status: job.status, errorType: job.errorType, output }).toEqual({
    status: 'failed',
    errorType: reason,
    output: undefined,
  })
  expect(job.errorMessage).toMatch(/^[A-Z].*\.$/)
  await vi.waitFor(async () => expect(await left()).toEqual([]), 10_000)
  expect(await readdir(path.join(root, 'work'))).toEqual([])
  expect(job.inputKey).not.toBeNull()
})

it('a program that leaves others behind is believed, and they end with it', async () => {
  const { job, output } = await converted('leavesOthersBehind')
  expect({ status: job.status, output }).toEqual({ status: 'completed', output: 'A text.' })
  await vi.waitFor(async () => expect(await left()).toEqual([]), 10_000)
})
