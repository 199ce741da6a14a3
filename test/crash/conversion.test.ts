/** Whoever converts dies at any moment: every job ends within half a minute, and nothing is left behind. */
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { openEvents, TEST_SECRET_KEY } from '#test/support/server.ts'
import { allEnded, beginSession, type ConversionClient, leftOf, pause } from './conversion-rounds.ts'
import { newDataDir, removeDataDir, type ServerProcess, startServerProcess } from './server-process.ts'

const MINUTE = 60_000
/** How long a job may take to end after its worker was killed, in milliseconds. */
const MOST = 30_000
const ROUNDS = Number(process.env['CONVERSION_ROUNDS'] ?? 5)

let dataDir: string
let database: TestDatabase | undefined
let servers: ServerProcess[]
beforeEach(async () => {
  dataDir = await newDataDir()
  servers = []
  return async () => {
    for (const server of servers) await server.killAll()
    await database?.drop()
    database = undefined
    removeDataDir(dataDir)
  }
})
afterEach(() => {
  for (const server of servers) expect(server.log()).not.toMatch(/"level":60/)
})

const start = async (env: Record<string, string> = {}): Promise<ServerProcess> => {
  const program = path.join(import.meta.dirname, 'converter.fixture.ts')
  const server = await startServerProcess({ dataDir, program, env })
  servers.push(server)
  return server
}
const pids = () => servers.map(({ pid }) => pid)

/** Nothing of these sessions is left once they are closed. */
const leavesNothing = async (sessions: readonly ConversionClient[]) => {
  for (const session of sessions) await session.close()
  const deadline = performance.now() + MINUTE
  let left = await leftOf(dataDir, pids())
  while (left.length > 0 && performance.now() < deadline) {
    await pause(250)
    left = await leftOf(dataDir, pids())
  }
  expect(left).toEqual([])
}

it(
  `a server that is killed ${ROUNDS} times in the middle of conversions has ended them all soon after its next start`,
  async () => {
    let server = await start()
    const sessions: ConversionClient[] = []
    const ended = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      const session = await beginSession(server.url)
      const ids = new Set<string>()
      for (let each = 0; each < 6; each++) ids.add(await session.convert(`Text ${each} of round ${round}.`))
      await pause(Math.random() * 1_500)
      await server.kill()
      server = await start()
      sessions.splice(0, Infinity, ...[...sessions, session].map((each) => each.at(server.url)))
      const jobs = await allEnded(sessions, MOST)
      expect(new Set(jobs.map((job) => job.job_id)).isSupersetOf(ids)).toBe(true)
      for (const job of jobs) {
        ended.add(job.job_id)
        // One kill costs one attempt, so that what was killed once is done afterwards.
        expect(job).toMatchObject({ status: 'completed', output_size: expect.any(Number), error_type: null })
      }
    }
    expect(ended.size).toBe(6 * ROUNDS)
    await leavesNothing(sessions)
  },
  ROUNDS * MINUTE,
)

it(
  'of two workers one is killed: the other ends what both had, and neither did a job of the other',
  async () => {
    database = await createTestDatabase()
    const env = { DATABASE_URL: database.url, SECRET_KEY: TEST_SECRET_KEY }
    const [front, dying, living] = await Promise.all([
      start({ ...env, ROLE: 'http' }),
      start({ ...env, ROLE: 'worker' }),
      start({ ...env, ROLE: 'worker' }),
    ])
    const sessions = [await beginSession(front.url), await beginSession(front.url)]
    for (const session of sessions) for (let each = 0; each < 6; each++) await session.convert(`Text ${each}.`)
    await pause(400)
    await dying.kill()
    const jobs = await allEnded(sessions, MOST)
    expect(jobs).toHaveLength(12)
    for (const job of jobs) expect(job).toMatchObject({ status: 'completed' })
    expect(living.log()).not.toMatch(/"level":50/)
    await leavesNothing(sessions)
  },
  3 * MINUTE,
)

it(
  'a worker that is asked to stop puts its jobs back, the next one does them, and readers elsewhere hear of it',
  async () => {
    database = await createTestDatabase()
    const env = { DATABASE_URL: database.url, SECRET_KEY: TEST_SECRET_KEY }
    const front = await start({ ...env, ROLE: 'http' })
    const worker = await start({ ...env, ROLE: 'worker' })
    const session = await beginSession(front.url)
    const events = await openEvents(`${front.url}/session/events`, session.headers)
    for (let each = 0; each < 6; each++) await session.convert(`Text ${each}.`)
    await events.next(({ job }) => job?.status === 'processing')
    expect(await worker.terminate()).toBe(0)
    expect((await session.jobs()).filter(({ status }) => status === 'processing')).toEqual([])
    await start({ ...env, ROLE: 'worker' })
    for (const job of await allEnded([session], MOST)) expect(job).toMatchObject({ status: 'completed' })
    const told = () =>
      new Set(events.seen.flatMap(({ data }) => (data.job?.status === 'completed' ? data.job.job_id : [])))
    await vi.waitFor(() => expect(told().size).toBe(6), 10_000)
    await leavesNothing([session])
    // The end of the session is the end of its streams.
    await events.ended
  },
  2 * MINUTE,
)
