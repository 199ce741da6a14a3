/** Reports are made once, in the background where they are long, and found again. */
import { beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import type { Actor } from '#kernel/actor.ts'
import type { UnparsedRow } from '../training/index.ts'
import type { DatasetVersion, VersionRow } from './dataset.ts'
import { makeReports } from './report.ts'
import { contentOf, rowOf } from './targets/for-tests.ts'
import type { TargetChoice } from './targets/target.ts'

const ada: Actor = { userId: 'ada', subject: 'ada', credential: { kind: 'session', hash: Buffer.from('hash') } }
const choice: TargetChoice = { id: 'sharegpt', options: {} }
const key = { datasetId: 'd', version: 1 }
const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`

const versionOf = (total: number, changes: Partial<DatasetVersion> = {}): DatasetVersion =>
  ({
    ...key,
    status: 'completed',
    erased: 0,
    createdAt: new Date(0),
    completedAt: new Date(0),
    counts: {
      splits: { train: { conversations: total }, validation: { conversations: 0 }, test: { conversations: 0 } },
    },
    ...changes,
  }) as DatasetVersion

/** Versions of so many rows, of which every tenth ends with a question; what was asked of them; and how they can be held up. */
class Store {
  version: DatasetVersion | undefined
  batches: { readonly actor: Actor; readonly after: string | undefined }[] = []
  hold: Promise<void> = Promise.resolve()
  failure: unknown
  readonly total: number

  constructor(total: number) {
    this.total = total
    this.version = versionOf(total)
  }

  findVersion = () => Promise.resolve(this.version)

  readRows = async (actor: Actor, _: unknown, { after, limit }: { after?: string | undefined; limit: number }) => {
    this.batches.push({ actor, after })
    await this.hold
    if (this.failure !== undefined) throw this.failure
    const start = after === undefined ? 0 : Number(after.slice(-12)) + 1
    return Array.from({ length: Math.min(limit, this.total - start) }, (_value, offset): VersionRow<UnparsedRow> => {
      const index = start + offset
      const row = rowOf(contentOf(index % 10 === 0 ? 'uau' : 'ua'), { id: idOf(index) })
      return { row: { ...row, content: JSON.stringify(row.content) }, split: 'train', tokens: 1 }
    })
  }
}

let errors: unknown[] = []
beforeEach(() => {
  errors = []
})
const reportsOn = (store: Store) =>
  makeReports({
    datasets: store,
    trainings: { readRows: () => Promise.resolve([]), findProfile: () => Promise.resolve(undefined) },
    onError: (error) => errors.push(error),
  })

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 1_000; tries++) if (await isSo()) return
  throw new Error('it never came to be')
}

describe('the report of a version', () => {
  it('is made at once where the version is small, and not made again', async () => {
    const store = new Store(450)
    const reports = reportsOn(store)
    const first = await reports.ofVersion(ada, key, choice)
    expect(first).toMatchObject({ total: 450, processed: 450, report: { conversations: 450, leftOut: 45 } })
    expect(store.batches).toHaveLength(3)
    expect(await reports.ofVersion(ada, key, { id: 'sharegpt', options: { fixes: [] } })).toBe(first)
    expect(store.batches).toHaveLength(3)
  })

  it('is begun where it is large, says how far it is, and is found by asking again', async () => {
    const store = new Store(5_000)
    let release = (): void => {}
    store.hold = new Promise((resolve) => {
      release = resolve
    })
    const reports = reportsOn(store)
    expect(await reports.ofVersion(ada, key, choice)).toMatchObject({ total: 5_000, processed: 0, report: null })
    expect(await reports.ofVersion(ada, key, choice)).toMatchObject({ report: null })
    release()
    await until(async () => (await reports.ofVersion(ada, key, choice)).report !== null)
    expect(await reports.ofVersion(ada, key, choice)).toMatchObject({ processed: 5_000, report: { leftOut: 500 } })
    expect(store.batches).toHaveLength(26)
  })

  it('goes on as the person when their sign-in ends', async () => {
    const store = new Store(3_000)
    const reports = reportsOn(store)
    await until(async () => (await reports.ofVersion(ada, key, choice)).report !== null)
    expect(store.batches.map(({ actor }) => actor)).toContainEqual({ userId: 'ada', subject: 'ada' })
    expect(store.batches.every(({ actor }) => actor.credential === undefined)).toBe(true)
  })

  it('is another one for another person, target, option, and after an erasure', async () => {
    const store = new Store(10)
    const reports = reportsOn(store)
    await reports.ofVersion(ada, key, choice)
    await reports.ofVersion({ userId: 'eve', subject: 'eve' }, key, choice)
    await reports.ofVersion(ada, key, { id: 'sharegpt', options: { roles: 'user_assistant' } })
    await reports.ofVersion(ada, key, { id: 'mistral', options: {} })
    store.version = versionOf(10, { erased: 1 })
    await reports.ofVersion(ada, key, choice)
    expect(store.batches).toHaveLength(5)
  })

  it('is one of four at most that are made at the same time', async () => {
    const store = new Store(5_000)
    store.hold = new Promise(() => {})
    const reports = reportsOn(store)
    for (let version = 1; version <= 4; version++) {
      store.version = versionOf(5_000, { version })
      await reports.ofVersion(ada, { ...key, version }, choice)
    }
    store.version = versionOf(5_000, { version: 5 })
    await expect(reports.ofVersion(ada, { ...key, version: 5 }, choice)).rejects.toMatchObject({
      code: 'report.too_many',
    })
  })

  it('says once that it failed, and is made anew by whoever asks next', async () => {
    const store = new Store(5_000)
    store.failure = new AppError('server.internal')
    const reports = reportsOn(store)
    await reports.ofVersion(ada, key, choice)
    await until(() => Promise.resolve(errors.length > 0))
    await expect(reports.ofVersion(ada, key, choice)).rejects.toBe(store.failure)
    store.failure = undefined
    await until(async () => (await reports.ofVersion(ada, key, choice)).report !== null)
  })

  it('is of frozen versions only', async () => {
    const store = new Store(10)
    store.version = versionOf(10, { status: 'processing' })
    await expect(reportsOn(store).ofVersion(ada, key, choice)).rejects.toMatchObject({
      code: 'dataset.version_unfinished',
    })
    store.version = undefined
    await expect(reportsOn(store).ofVersion(ada, key, choice)).rejects.toMatchObject({
      code: 'dataset.version_not_found',
    })
  })
})

describe('conversations that break a rule', () => {
  it('are found page by page, none twice and none left out', async () => {
    const store = new Store(1_000)
    const reports = reportsOn(store)
    const found: string[] = []
    let after: string | undefined
    do {
      const { rows, next } = await reports.listBroken(ada, key, choice, { rule: 'end.assistant', after, limit: 30 })
      found.push(...rows.map(({ conversationId }) => conversationId))
      after = next
    } while (after !== undefined)
    expect(found).toEqual(Array.from({ length: 100 }, (_, index) => idOf(index * 10)))
  })

  it('are looked for in 5 000 at a time, whether or not any are there', async () => {
    const reports = reportsOn(new Store(6_000))
    const page = await reports.listBroken(ada, key, choice, { rule: 'system.first', limit: 50 })
    expect(page).toEqual({ rows: [], next: idOf(4_999) })
    expect(await reports.listBroken(ada, key, choice, { rule: 'system.first', after: page.next, limit: 50 })).toEqual({
      rows: [],
      next: undefined,
    })
  })
})
