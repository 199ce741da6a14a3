import { describe, expect, it } from 'vitest'
import { canCancel, canPause, canResume, canRetry, looksAgainAfter } from './run-state.ts'

const run = (
  status: 'queued' | 'processing' | 'paused' | 'completed' | 'failed' | 'cancelled',
  completed = 0,
  failed = 0,
) => ({
  status,
  progress: { total: 3, completed, successful: completed - failed, failed, cancelled: 0, percentage: 0 },
})

describe('what can be done with a run', () => {
  it.each([
    [run('queued'), ['pause', 'cancel']],
    [run('processing', 2, 1), ['pause', 'cancel', 'retry']],
    [run('paused', 1), ['resume', 'cancel']],
    [run('completed', 3), []],
    [run('completed', 3, 1), ['retry']],
    [run('failed', 3, 3), ['retry']],
    [run('failed', 2, 1), ['resume', 'cancel', 'retry']],
    [run('cancelled', 3), []],
  ])('%j: %j', (one, can) => {
    const actions = { pause: canPause, resume: canResume, cancel: canCancel, retry: canRetry }
    expect(Object.entries(actions).flatMap(([name, test]) => (test(one) ? [name] : []))).toEqual(can)
  })
})

describe('a run is looked at again', () => {
  it('soon while something may still arrive, and seldom once it has ended', () => {
    const soon = looksAgainAfter({ status: 'processing', ended_at: null })
    expect(looksAgainAfter({ status: 'paused', ended_at: null })).toBe(soon)
    expect(looksAgainAfter({ status: 'completed', ended_at: '2026-11-21T10:00:00.000Z' })).toBeGreaterThan(soon)
  })
})
