/** The server is asked until it answers, and nobody's question is taken for answered by one that left earlier. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { awaitAnswer, onReachable, probe, reportSilence } from './reachability.ts'

/** The server is away for one question. @returns once it is back */
const goAway = async (): Promise<void> => {
  const fetch = vi.fn().mockRejectedValueOnce(new TypeError('the network is gone')).mockResolvedValue({ status: 200 })
  vi.stubGlobal('fetch', fetch)
  const asked = probe()
  await vi.advanceTimersByTimeAsync(3_000)
  await asked
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(async () => {
  await vi.runAllTimersAsync()
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

it('gives up on what was asked before the server went and is not answered soon after it is back', async () => {
  const [lost, answered, moving, later] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
  awaitAnswer(lost)
  const { ended } = awaitAnswer(answered)
  const upload = awaitAnswer(moving)
  await goAway()
  const answer = awaitAnswer(later)
  ended()
  await vi.advanceTimersByTimeAsync(7_900)
  upload.moves()
  expect(lost).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(200)
  const calls = [lost, answered, moving, later].map(({ mock }) => mock.calls.length)
  expect(calls).toEqual([1, 0, 0, 0])
  upload.ended()
  answer.ended()
})

it('tells of the return twice when something failed late, so that it is tried again, and no oftener', async () => {
  const isBack = vi.fn()
  const stop = onReachable(isBack)
  await goAway()
  reportSilence()
  await vi.advanceTimersByTimeAsync(7_900)
  expect(isBack).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(200)
  expect(isBack).toHaveBeenCalledTimes(2)
  reportSilence()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(isBack).toHaveBeenCalledTimes(2)
  stop()
})

it('tells of it once when nothing failed', async () => {
  const isBack = vi.fn()
  const stop = onReachable(isBack)
  await goAway()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(isBack).toHaveBeenCalledOnce()
  stop()
})
