/** Work that crashes, hangs, eats memory or wants more than its own: the server goes on, and the next job is done. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeWorkshop, type Workshop, type WorkshopOptions } from './workshop.ts'

const jobs = `
  import { serveJobs } from '${new URL('./jobs.ts', import.meta.url).href}'
  serveJobs({
    pid: async () => process.pid,
    add: async ({ a, b }) => a + b,
    fail: async () => { throw new TypeError('a fault of ours') },
    crash: async () => process.abort(),
    hang: async () => { for (;;); },
    wait: () => new Promise(() => {}),
    eat: async () => { const held = []; for (;;) held.push(Buffer.alloc(16 * 1024 * 1024, 1)) },
    eatObjects: async () => { const held = []; for (;;) held.push({ held }) },
    environment: async () => process.env,
    write: async ({ path }) => (await import('node:fs')).writeFileSync(path, 'x'),
    start: async () => (await import('node:child_process')).execFileSync('true'),
  })`

interface Jobs extends Record<string, (input: never) => Promise<unknown>> {
  pid(input: null): Promise<number>
  add(input: { a: number; b: number }): Promise<number>
  fail(input: null): Promise<void>
  crash(input: null): Promise<void>
  hang(input: null): Promise<void>
  wait(input: null): Promise<void>
  eat(input: null): Promise<void>
  eatObjects(input: null): Promise<void>
  environment(input: null): Promise<Record<string, string>>
  write(input: { path: string }): Promise<void>
  start(input: null): Promise<void>
}

let folder: string
let script: URL
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-workshop-'))
  writeFileSync(path.join(folder, 'jobs.ts'), jobs)
  script = new URL(`file://${folder}/jobs.ts`)
})
afterAll(() => rmSync(folder, { recursive: true }))

let workshop: Workshop<Jobs>
const open = (options: Partial<WorkshopOptions> = {}) => {
  workshop = makeWorkshop<Jobs>({ script, atOnce: 1, ...options })
  return workshop
}
afterEach(() => workshop.close())

const LIMIT = 20_000
const lost = (reason: string) => ({ name: 'JobLost', reason })
/** Whether a process is there, and is no corpse that only waits to be counted. */
const lives = (pid: number): boolean => {
  try {
    return !/\nState:\s+[ZX]/.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a workshop', () => {
  it('does jobs one after the other in the same process', async () => {
    const { run } = open()
    expect(await run('add', { a: 2, b: 3 }, LIMIT)).toBe(5)
    const [first, second] = await Promise.all([run('pid', null, LIMIT), run('pid', null, LIMIT)])
    expect(first).toBe(second)
    expect(first).not.toBe(process.pid)
  })
  it('says what was wrong with a job that failed, and goes on', async () => {
    const { run } = open()
    await expect(run('fail', null, LIMIT)).rejects.toThrow(/fail failed: TypeError: a fault of ours/)
    expect(await run('add', { a: 1, b: 1 }, LIMIT)).toBe(2)
  })
  it('takes so many jobs and no more', async () => {
    const { run } = open({ mostWaiting: 1 })
    const working = run('wait', null, 1000).catch((error: unknown) => error)
    const waiting = run('pid', null, LIMIT)
    await expect(run('pid', null, LIMIT)).rejects.toMatchObject({ code: 'request.rate_limited' })
    expect(await working).toMatchObject(lost('time'))
    expect(await waiting).toBeGreaterThan(0)
  })
})

describe('a job that', () => {
  it.each(['crash', 'eat', 'eatObjects'] as const)(
    'ends its process loses itself and nothing else: %s',
    async (name) => {
      const { run } = open({ memoryMb: 700 })
      const before = await run('pid', null, LIMIT)
      await expect(run(name, null, LIMIT)).rejects.toMatchObject({ message: expect.any(String) as string })
      expect(await run('add', { a: 1, b: 1 }, LIMIT)).toBe(2)
      if (name === 'crash') expect(await run('pid', null, LIMIT)).not.toBe(before)
    },
  )
  it.each(['hang', 'wait'] as const)('has no end is ended: %s', async (name) => {
    const { run } = open()
    const pid = await run('pid', null, LIMIT)
    await expect(run(name, null, 200)).rejects.toMatchObject(lost('time'))
    expect(await run('pid', null, LIMIT)).not.toBe(pid)
    expect(lives(pid)).toBe(false)
  })
  it('looks for secrets finds none of our environment', async () => {
    process.env['PARLANCE_CANARY'] = 'a secret'
    const environment = await open().run('environment', null, LIMIT)
    delete process.env['PARLANCE_CANARY']
    expect(Object.keys(environment)).toEqual(['NODE_NO_WARNINGS'])
  })
  it('writes a file or starts a program is not let', async () => {
    const { run } = open()
    await expect(run('write', { path: path.join(folder, 'written') }, LIMIT)).rejects.toThrow(
      /restricted|ERR_ACCESS_DENIED/,
    )
    await expect(run('start', null, LIMIT)).rejects.toThrow(/restricted|ERR_ACCESS_DENIED/)
  })
})

describe('when it is closed', () => {
  it('what is under way is lost, and no process stays', async () => {
    const { run, close } = open()
    const pid = await run('pid', null, LIMIT)
    const working = run('wait', null, LIMIT).catch((error: unknown) => error)
    close()
    expect(await working).toMatchObject(lost('crashed'))
    expect(lives(pid)).toBe(false)
  })
})
