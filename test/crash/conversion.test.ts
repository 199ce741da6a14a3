/** Whoever converts dies at any moment: every job ends within half a minute, and nothing is left behind. */
import path from 'node:path'
import { expect, it, type TestContext, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { openEvents, TEST_SECRET_KEY } from '#test/support/server.ts'
import { allEnded, beginSession, type ConversionClient, leftOf, pause } from './conversion-rounds.ts'
import { newDataDir, removeDataDir, type ServerProcess, startServerProcess } from './server-process.ts'

const MINUTE = 60_000
/** How long a job may take to end after its worker was killed, in milliseconds. */
const MOST = 30_000
const ROUNDS = Number(process.env['CONVERSION_ROUNDS'] ?? 3)

/** The servers of one case, in a folder of their own; when it is over they end, and none of them has died of a fault. */
const openWorld = async ({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) => {
  const dataDir = await newDataDir()
  const servers: ServerProcess[] = []
  let database: TestDatabase | undefined
  onTestFinished(async () => {
    for (const server of servers) await server.killAll()
    await database?.drop()
    removeDataDir(dataDir)
    for (const server of servers) expect(server.log()).not.toMatch(/"level":60/)
  })
  const start = async (env: Record<string, string> = {}): Promise<ServerProcess> => {
    const program = path.join(import.meta.dirname, 'converter.fixture.ts')
    const server = await startServerProcess({ dataDir, program, env })
    servers.push(server)
    return server
  }
  const left = () =>
    leftOf(
      dataDir,
      servers.map(({ pid }) => pid),
    )
  return {
    start,
    /** Starts one of several that share a database. */
    async startBeside(role: 'http' | 'worker') {
      database ??= await createTestDatabase()
      return start({ DATABASE_URL: database.url, SECRET_KEY: TEST_SECRET_KEY, ROLE: role })
    },
    /** Nothing of these sessions is left once they are closed. */
    async leavesNothing(sessions: readonly ConversionClient[]) {
      for (const session of sessions) await session.close()
      const deadline = performance.now() + MINUTE
      while ((await left()).length > 0 && performance.now() < deadline) await pause(250)
      expect(await left()).toEqual([])
    },
  }
}

// At the same time, for most of the second case is waiting for the end of a lease.
it.concurrent(
  `a server that is killed ${ROUNDS} times in the middle of conversions has ended them all soon after its next start`,
  async (context) => {
    const { start, leavesNothing } = await openWorld(context)
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

it.concurrent(
  'of two workers one is killed: the other ends what both had; asked to stop, it puts its jobs back, and the next does them',
  async (context) => {
    const { startBeside, leavesNothing } = await openWorld(context)
    const front = await startBeside('http')
    const [dying, living] = await Promise.all([startBeside('worker'), startBeside('worker')])
    const sessions = [await beginSession(front.url), await beginSession(front.url)]
    for (const session of sessions) for (let each = 0; each < 6; each++) await session.convert(`Text ${each}.`)
    await pause(400)
    await dying.kill()
    const jobs = await allEnded(sessions, MOST)
    expect(jobs).toHaveLength(12)
    for (const job of jobs) expect(job).toMatchObject({ status: 'completed' })
    expect(living.log()).not.toMatch(/"level":50/)
    await leavesNothing(sessions)

    const session = await beginSession(front.url)
    // Readers elsewhere hear of it.
    const events = await openEvents(`${front.url}/session/events`, session.headers)
    for (let each = 0; each < 6; each++) await session.convert(`Text ${each}.`)
    await events.next(({ job }) => job?.status === 'processing')
    expect(await living.terminate()).toBe(0)
    expect((await session.jobs()).filter(({ status }) => status === 'processing')).toEqual([])
    await startBeside('worker')
    for (const job of await allEnded([session], MOST)) expect(job).toMatchObject({ status: 'completed' })
    const told = () =>
      new Set(events.seen.flatMap(({ data }) => (data.job?.status === 'completed' ? data.job.job_id : [])))
    await vi.waitFor(() => expect(told().size).toBe(6), 10_000)
    await leavesNothing([session])
    // The end of the session is the end of its streams.
    await events.ended
  },
  5 * MINUTE,
)
