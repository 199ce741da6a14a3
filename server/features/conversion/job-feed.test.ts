/** What readers of a session are told: how everything is, then what changes, whatever notices were late, lost or too many. */
import { expect, it, vi } from 'vitest'
import type { Notice, NoticeListener } from '#kernel/notices.ts'
import { type Job, received } from './job.ts'
import { type JobEvent, startJobFeed } from './job-feed.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const job = (sessionHash: string, id: string, change: Partial<Job> = {}): Job => ({
  ...received({ sessionHash, id, name: 'a.txt', sourceFormat: 'txt', size: 1, at, expiresAt: at }),
  ...change,
})

const world = async ({ retryMs = 1 } = {}) => {
  const held = new Map<string, Job[]>()
  const listeners: NoticeListener[] = []
  const list = vi.fn<(hash: string) => Promise<Job[]>>(async (hash) => held.get(hash) ?? [])
  const errors: unknown[] = []
  const feed = await startJobFeed({
    list,
    notices: { listen: async (listener) => void listeners.push(listener) },
    onError: (error) => errors.push(error),
    retryMs,
  })
  return {
    held,
    list,
    errors,
    feed,
    notice: (notice: Notice) => listeners.forEach(({ onNotice }) => onNotice(notice)),
    gap: () => listeners.forEach(({ onGap }) => onGap()),
  }
}
const changed = (...sessions: string[]): Notice => ({ kind: 'conversion', what: 'changed', sessions })

const reader = () => {
  const told: string[] = []
  return {
    told,
    receive: (event: JobEvent) =>
      void told.push(event.type === 'job' ? `${event.job.id} ${event.job.status}` : `${event.jobId} removed`),
    close: () => void told.push('closed'),
  }
}

it('a reader is told how all jobs are, then only what is different, then what is gone', async () => {
  const { held, feed, notice } = await world()
  held.set('s', [job('s', '1'), job('s', '2')])
  const own = reader()
  feed.attach('s', own)
  await vi.waitFor(() => expect(own.told).toEqual(['1 uploaded', '2 uploaded']), 10_000)
  held.set('s', [job('s', '1'), job('s', '2', { status: 'queued' })])
  notice(changed('s'))
  await vi.waitFor(() => expect(own.told.slice(2)).toEqual(['2 queued']), 10_000)
  held.set('s', [job('s', '2', { status: 'queued' })])
  notice(changed('s'))
  await vi.waitFor(() => expect(own.told.slice(3)).toEqual(['1 removed']), 10_000)
})

it('a lease that is renewed is no news', async () => {
  const { held, feed, notice } = await world()
  held.set('s', [job('s', '1', { status: 'processing', leaseId: 'a', leasedUntil: at })])
  const own = reader()
  feed.attach('s', own)
  await vi.waitFor(() => expect(own.told).toHaveLength(1), 10_000)
  held.set('s', [
    job('s', '1', { status: 'processing', leaseId: 'a', leasedUntil: new Date() }),
    job('s', '2', { status: 'queued' }),
  ])
  notice(changed('s'))
  await vi.waitFor(() => expect(own.told).toEqual(['1 processing', '2 queued']), 10_000)
})

it('who comes later is told everything, and the others nothing twice', async () => {
  const { held, feed } = await world()
  held.set('s', [job('s', '1')])
  const [first, second] = [reader(), reader()]
  feed.attach('s', first)
  await vi.waitFor(() => expect(first.told).toHaveLength(1), 10_000)
  feed.attach('s', second)
  await vi.waitFor(() => expect(second.told).toEqual(['1 uploaded']), 10_000)
  expect(first.told).toEqual(['1 uploaded'])
  expect(feed.readerCount()).toBe(2)
})

it('nobody hears of another session, and a session that nobody follows costs nothing', async () => {
  const { held, feed, notice, list } = await world()
  held.set('other', [job('other', '1')])
  const own = reader()
  feed.attach('s', own)
  await vi.waitFor(() => expect(list).toHaveBeenCalledTimes(1), 10_000)
  notice(changed('other'))
  notice({ kind: 'team-events' })
  expect(list.mock.calls).toEqual([['s']])
  expect(own.told).toEqual([])
})

it('many notices at once cost two looks: the one under way and one after it', async () => {
  const { held, feed, notice, list } = await world()
  const gate = Promise.withResolvers<void>()
  list.mockImplementationOnce(async () => {
    await gate.promise
    return []
  })
  const own = reader()
  feed.attach('s', own)
  for (let each = 0; each < 100; each++) notice(changed('s'))
  held.set('s', [job('s', '1')])
  gate.resolve()
  await vi.waitFor(() => expect(own.told).toEqual(['1 uploaded']), 10_000)
  expect(list).toHaveBeenCalledTimes(2)
})

it('what was missed while the way was broken is told afterwards', async () => {
  const { held, feed, gap } = await world()
  const own = reader()
  feed.attach('s', own)
  held.set('s', [job('s', '1')])
  gap()
  await vi.waitFor(() => expect(own.told).toEqual(['1 uploaded']), 10_000)
})

it('a look that fails is said once and followed by another', async () => {
  const { held, feed, list, errors } = await world()
  held.set('s', [job('s', '1')])
  list.mockRejectedValueOnce(new Error('away'))
  const own = reader()
  feed.attach('s', own)
  await vi.waitFor(() => expect(own.told).toEqual(['1 uploaded']), 10_000)
  expect(errors).toEqual([new Error('away')])
})

it('the end of a session closes its readers, on every server that hears of it', async () => {
  const { held, feed, notice } = await world()
  held.set('s', [job('s', '1')])
  const [own, other] = [reader(), reader()]
  feed.attach('s', own)
  feed.attach('other', other)
  await vi.waitFor(() => expect(own.told).toHaveLength(1), 10_000)
  notice({ kind: 'conversion', what: 'ended', sessions: ['s'] })
  expect(own.told).toEqual(['1 uploaded', 'closed'])
  expect(other.told).toEqual([])
  expect(feed.readerCount()).toBe(1)
})

it('who has left is told nothing, also when a look was under way', async () => {
  const { held, feed, list } = await world()
  const gate = Promise.withResolvers<void>()
  list.mockImplementationOnce(async () => {
    await gate.promise
    return held.get('s')!
  })
  held.set('s', [job('s', '1')])
  const own = reader()
  feed.attach('s', own).detach()
  gate.resolve()
  await gate.promise
  expect([own.told, feed.readerCount()]).toEqual([[], 0])
})
