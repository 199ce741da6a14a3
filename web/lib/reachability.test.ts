/** The server is asked until it answers, and nobody's question is taken for answered by one that left earlier. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { onReachable, probe } from './reachability.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('asks once more for who asks while an answer is on its way', async () => {
  const first = Promise.withResolvers<{ status: number }>()
  const fetch = vi
    .fn()
    .mockReturnValueOnce(first.promise)
    .mockRejectedValueOnce(new TypeError('the network is gone'))
    .mockResolvedValueOnce({ status: 200 })
  vi.stubGlobal('fetch', fetch)
  const isBack = vi.fn()
  const stop = onReachable(isBack)
  const asked = probe()
  await probe()
  first.resolve({ status: 200 })
  await vi.advanceTimersByTimeAsync(2_000)
  expect([fetch.mock.calls.length, isBack.mock.calls.length]).toEqual([2, 0])
  await vi.advanceTimersByTimeAsync(2_000)
  await asked
  expect([fetch.mock.calls.length, isBack.mock.calls.length]).toEqual([3, 1])
  stop()
})

it('takes a server that leaves a question open for one that is away, and goes on asking', async () => {
  const fetch = vi
    .fn()
    .mockImplementationOnce(
      (_address: string, { signal }: RequestInit) =>
        new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(new Error('given up')))),
    )
    .mockResolvedValueOnce({ status: 200 })
  vi.stubGlobal('fetch', fetch)
  const isBack = vi.fn()
  const stop = onReachable(isBack)
  const asked = probe()
  await vi.advanceTimersByTimeAsync(3_900)
  expect(fetch).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(4_000)
  await asked
  expect([fetch.mock.calls.length, isBack.mock.calls.length]).toEqual([2, 1])
  stop()
})
